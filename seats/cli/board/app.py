"""The live board: what is seen, and the keys that act on it."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from core.clock import Clock
from core.errors import HotlineError
from seats.cli import sheets
from seats.cli.board.acts import Aim, Supervisor
from seats.cli.board.asks import AskAct, Sheet
from seats.cli.board.bar import Part
from seats.cli.board.grid import Grid
from seats.cli.board.keys import BY_VERB, DEEDS, On, act_line, help_text
from seats.cli.board.watching import Watching
from seats.cli.client import Client, NotLoggedIn, Person
from seats.cli.columns import ALARM, GOOD, PLAIN, Sight
from seats.cli.words import reason_of


class Board(Watching):
    """One supervisor's screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(deed.key, f"deed('{deed.verb}')", show=False) for deed in DEEDS),
        Binding("e", "leave", show=False),
        Binding("question_mark", "help", show=False),
        Binding("x", "differences", show=False),
    ]

    def __init__(self, client: Client, person: Person, sight: Sight, clock: Clock) -> None:
        super().__init__(client, person, sight, clock)
        self.supervisor = Supervisor(client)
        self._stories: dict[str, str] = {}
        """Of the calls looked at."""

    def noticed(self) -> None:
        """The user's own phone may have hung up."""
        self.supervisor.look(self.picture, self.person.phone)

    def running(self) -> tuple[Part, ...]:
        """The supervision that goes on."""
        running, words = self.supervisor.running, self.sight.words
        if running is None:
            return ()
        return (
            (f" {words('running', verb=words(running.verb), target=running.target)} ", "bold reverse"),
            (" ", PLAIN),
        )

    def action_help(self) -> None:
        """All keys."""
        self.push_screen(Sheet(lambda: help_text(self.sight.words), self.sight.words("close")))

    def action_differences(self) -> None:
        """Where picture and Asterisk do not agree."""
        self.push_screen(
            Sheet(
                lambda: sheets.difference_sheet(self.picture.differences, self.sight),
                self.sight.words("close"),
            )
        )

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """Into an area; or one call, one seat in full."""
        if event.grid.id == "areas":
            self.inside = None if event.key == self.sight.places.root else event.key
            self.arrange()
            self.action_table("calls")
            return
        aim = self._aim()
        show = self._seat_text(event.key) if event.grid.id == "seats" else self._call_text(event.key)
        if event.grid.id == "calls":
            self.run_worker(self._fetch_story(event.key))
        keys = frozenset(deed.key for deed in DEEDS if deed.verb in self.person.verbs)
        below = f"{act_line(self.sight.words, self.person.verbs)}\n{self.sight.words('close')}"

        def then(key: str | None) -> None:
            deed = next((deed for deed in DEEDS if deed.key == key), None)
            if deed is not None:
                self._ask(deed.verb, aim)

        self.push_screen(Sheet(show, below, keys), then)

    def action_deed(self, verb: str) -> None:
        """An act on what the cursor is on."""
        self._ask(verb, self._aim())

    def action_leave(self) -> None:
        """End the supervision that runs."""
        self.run_worker(self._leave())

    def _ask(self, verb: str, aim: Aim | None) -> None:
        words, deed = self.sight.words, BY_VERB[verb]
        if verb not in self.person.verbs:
            return self.answer(words("may_not", verb=words(verb)), ALARM)
        if deed.rings and self.person.phone is None:
            return self.answer(words("no_phone", verb=words(verb)), ALARM)
        target = aim.of(deed) if aim is not None else None
        if target is None:
            return self.answer(words("pick_seat" if deed.on is On.SEAT else "pick_call"), ALARM)
        if self.supervisor.switches(deed, target):
            self.run_worker(self._do(verb, target, "", ""))
            return None

        def then(answer: tuple[str, str] | None) -> None:
            if answer is not None:
                self.run_worker(self._do(verb, target, *answer))

        title = f"{words(verb)} {self._who(target)}"
        note = words("your_phone", phone=self.person.phone) if deed.rings else ""
        ask_to = words("ask_to") if verb == "move" else ""
        self.push_screen(AskAct((title, note), words("ask_reason"), words("go_back"), ask_to), then)
        return None

    async def _do(self, verb: str, target: str, to: str, reason: str) -> None:
        words, switches = self.sight.words, self.supervisor.switches(BY_VERB[verb], target)
        try:
            act = await self.supervisor.act(verb, target, to=to, reason=reason)
        except NotLoggedIn as error:
            self.exit(str(error), 2)
        except HotlineError as error:
            self.answer(f"{words(verb)} {target}: {reason_of(error, words)}", ALARM)
        else:
            rings = BY_VERB[verb].rings and not switches
            done = words("act_done", verb=words(verb), target=target, id=act.id)
            self.answer(words("your_phone", phone=self.person.phone) if rings else done, GOOD)

    async def _leave(self) -> None:
        words = self.sight.words
        try:
            act = await self.supervisor.leave()
        except HotlineError as error:
            self.answer(f"{words('leave')}: {reason_of(error, words)}", ALARM)
        else:
            self.answer(words("left", id=act.id) if act else words("no_running"), GOOD if act else PLAIN)

    def _aim(self) -> Aim | None:
        key = self.grids[self.shown].chosen
        if key is None or self.shown == "areas":
            return None
        if self.shown == "calls":
            call = self.picture.calls.get(key)
            return Aim(key, call.seat if call else None, prefers_seat=False)
        seat = self.picture.seats.get(key)
        return Aim(seat.call if seat else None, key, prefers_seat=True)

    def _who(self, target: str) -> str:
        places = self.sight.places
        if (call := self.picture.calls.get(target)) is not None:
            return f"{call.number or '-'} {call.name} {places.name(call.home)} → {call.seat or '-'}"
        if (seat := self.picture.seats.get(target)) is not None:
            return f"{seat.number} {seat.name} {places.name(seat.area)}"
        return target

    def _call_text(self, key: str) -> Callable[[], str]:
        def text() -> str:
            call = self.picture.calls.get(key)
            if call is None:
                return self.sight.words("gone")
            told = self._stories.get(key, "")
            return sheets.call_sheet(call, self.picture, self.sight) + (f"\n\n{told}" if told else "")

        return text

    async def _fetch_story(self, key: str) -> None:
        try:
            told = await self.supervisor.story(key)
        except HotlineError:
            return  # the sheet tells of the call all the same
        self._stories = {key: sheets.story_sheet(told, self.sight)}

    def _seat_text(self, key: str) -> Callable[[], str]:
        def text() -> str:
            seat = self.picture.seats.get(key)
            return sheets.seat_sheet(seat, self.picture, self.sight) if seat else self.sight.words("gone")

        return text
