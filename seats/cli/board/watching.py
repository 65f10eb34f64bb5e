"""What is seen of the live picture: three tables, the lines around them, and the feed that keeps them up."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar, Final

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size

from core.clock import Clock
from seats.cli.alerts import newest
from seats.cli.board import says
from seats.cli.board.asks import AskFilter
from seats.cli.board.bar import Bar, Part
from seats.cli.board.grid import Grid
from seats.cli.board.keys import key_line
from seats.cli.client import Client, Denied, NotLoggedIn, Person, Unreachable
from seats.cli.columns import AREAS, CALLS, PLAIN, SEATS, Sight
from seats.cli.feed import Cut, Feed, Told
from seats.cli.picture import Picture

WIDE: Final = (132, 28)
"""Columns and lines from which all three tables are seen at once."""
NARROW: Final = 110
"""Columns below which the head is said in fewer words."""
ALERTED: Final = 60.0
"""Seconds an alert stands in the line of what is said."""
FASTEST: Final = 0.04
"""Seconds between two rearrangements, at least: a burst of messages is painted once."""


class Watching(App[str]):
    """One supervisor's view; answers with a sentence when it ended by itself."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #headline, #keys { background: $surface-lighten-1; }
    #body { height: 1fr; }
    Grid.old { opacity: 55%; }
    .wide Grid { border-top: solid $primary 40%; }
    .wide Grid:focus { border-top: solid $accent; }
    .wide #areas { width: 5fr; min-width: 64; max-width: 88; border-right: solid $primary 40%; }
    .wide #right { width: 7fr; }
    .wide #calls { height: 3fr; }
    .wide #seats { height: 2fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(at), f"table('{tab}')", show=False) for at, tab in enumerate(says.TABS, 1)),
        Binding("tab", "turn(1)", show=False, priority=True),
        Binding("shift+tab", "turn(-1)", show=False, priority=True),
        Binding("s", "sort(1)", show=False),
        Binding("S", "sort(-1)", show=False),
        Binding("r", "reverse", show=False),
        Binding("slash", "filter", show=False),
        Binding("escape", "out", show=False),
        Binding("q,ctrl+c", "quit", show=False),
    ]

    def __init__(self, client: Client, person: Person, sight: Sight, clock: Clock) -> None:
        super().__init__()
        self.picture = Picture()
        self.sight = sight
        self.person = person
        self.client = client
        self.shown = "areas"
        self.inside: str | None = None
        """The area drilled into."""
        self.cut: Cut | None = None
        self._clock = clock
        self._said: Part = (sight.words("connecting", server=client.server), PLAIN)
        self._arranged_at = 0.0
        self._arranging = False
        self._room = Size(80, 24)
        self.grids: dict[str, Grid] = {
            "areas": Grid(AREAS, sight, lambda row: row.area, id="areas", sort="area"),
            "calls": Grid(CALLS, sight, lambda call: call.linkedid, id="calls", sort="state"),
            "seats": Grid(SEATS, sight, lambda seat: seat.number, id="seats", sort="area"),
        }

    def compose(self) -> ComposeResult:
        """Head, place, tables, what was said, keys."""
        yield Bar(id="headline")
        yield Bar(id="place")
        with Horizontal(id="body"):
            yield self.grids["areas"]
            with Vertical(id="right"):
                yield self.grids["calls"]
                yield self.grids["seats"]
        yield Bar(id="said")
        yield Bar(id="keys")

    def on_mount(self) -> None:
        """Begin to watch."""
        self._room = self.size
        self._lay_out()
        self.grids["areas"].focus()
        self.set_interval(1.0, self.tick)
        self.run_worker(self._watch(), exit_on_error=True)

    def on_resize(self, event: events.Resize) -> None:
        """One table or three."""
        self._room = event.size
        self._lay_out()

    @property
    def now(self) -> float:
        """Seconds since 1970 by the platform's clock; stands still while the picture is old."""
        if self.cut is None and self.picture.stale_since is not None:
            return self.picture.stale_since.timestamp()
        ours = self.cut.since if self.cut is not None else self._clock.now()
        return ours.timestamp() + self.client.skew

    def take(self, message: Told | Cut) -> None:
        """What the feed says."""
        if isinstance(message, Cut):
            self.cut = message
            self.tick()
            return
        if self.cut is not None:
            # The platform also cuts a user whose role or area was changed.
            self.run_worker(self._who_again())
        if self.cut is not None or not self._arranged_at:
            self.cut, self._said = None, ("", PLAIN)
        self.picture.take(message.message)
        self.noticed()
        late = self._clock.monotonic() - self._arranged_at
        if late >= FASTEST:
            self.arrange()
        elif not self._arranging:
            self._arranging = True
            self.set_timer(FASTEST - late, self.arrange)

    def arrange(self) -> None:
        """The tables from the picture."""
        self._arranging, self._arranged_at = False, self._clock.monotonic()
        self.sight.waits = self.picture.waits()
        self.sight.calls = self.picture.calls
        self.sight.now = self.now
        picture = self.picture
        entries: dict[str, Iterable[Any]] = {
            "areas": picture.areas.values(),
            "calls": picture.calls.values(),
            "seats": picture.seats.values(),
        }
        if self.inside is not None:
            here = self.sight.places.inside(self.inside)
            entries["calls"] = [call for call in picture.calls.values() if here & {call.home, *call.areas}]
            entries["seats"] = [seat for seat in picture.seats.values() if seat.area in here]
        for name, grid in self.grids.items():
            grid.put(entries[name])
        self._say_lines()

    def tick(self) -> None:
        """A second has gone."""
        self.sight.now = self.now
        for grid in self.grids.values():
            grid.paint()
        self._say_lines()

    def action_table(self, name: str) -> None:
        """Go to a table."""
        self.shown = name
        self._lay_out()
        self.grids[name].focus()

    def action_turn(self, step: int) -> None:
        """The next table; in a window, the next question."""
        if self.screen.is_modal:
            self.screen.focus_next() if step > 0 else self.screen.focus_previous()
            return
        self.action_table(says.TABS[(says.TABS.index(self.shown) + step) % len(says.TABS)])

    def action_sort(self, step: int) -> None:
        """Sort by another column."""
        self.grids[self.shown].sort_next(step)
        self._say_lines()

    def action_reverse(self) -> None:
        """The other way round."""
        self.grids[self.shown].reverse()

    def action_filter(self) -> None:
        """Ask what rows must show."""
        grid = self.grids[self.shown]
        self.push_screen(AskFilter(grid.needle, self.sight.words("filter"), self._filter))

    def action_out(self) -> None:
        """Take back the last narrowing."""
        grid = self.grids[self.shown]
        if grid.needle:
            self._filter("")
        elif self.inside is not None:
            inside, self.inside = self.inside, None
            self.arrange()
            self.action_table("areas")
            self.grids["areas"].select(inside)
        self._said = ("", PLAIN)
        self._say_lines()

    def noticed(self) -> None:
        """The picture has changed."""

    def running(self) -> tuple[Part, ...]:
        """What of the user's own goes on."""
        return ()

    def answer(self, text: str, style: str = PLAIN) -> None:
        """Say how something went."""
        self._said = (text, style)
        self._say_lines()

    async def _who_again(self) -> None:
        with suppress(Unreachable, Denied):
            self.person = await self.client.me()
            self._say_lines()

    async def _watch(self) -> None:
        try:
            async for message in Feed(self.client, self._clock).messages():
                self.take(message)
        except NotLoggedIn as error:
            self.exit(str(error), 2)

    def _filter(self, needle: str) -> None:
        grid = self.grids[self.shown]
        grid.needle = needle
        grid.order()
        self._say_lines()

    def _say_lines(self) -> None:
        if not self.query("#headline"):
            return
        sight, words = self.sight, self.sight.words
        now = self._clock.now() + timedelta(seconds=self.client.skew)
        self.query_one("#headline", Bar).say(
            *says.headline(self.picture, self.person, sight, narrow=self._room.width < NARROW),
            right=says.whose(self.person, now, sight),
        )
        grid = self.grids[self.shown]
        counts = {name: len(each.rows) for name, each in self.grids.items()}
        self.query_one("#place", Bar).say(
            *says.place(self.shown, counts, self.inside, grid.needle, grid.sorted_by, sight)
        )
        old = says.staleness(self.picture, self.cut, sight)
        alert = newest(self.picture, words, since=now.timestamp() - ALERTED)
        told = ((f" {alert} ", "bold yellow"),) if alert else ()
        self.query_one("#said", Bar).say(*old, *told, *self.running(), self._said)
        self.query_one("#keys", Bar).say((key_line(words, self.person.verbs), PLAIN))
        for each in self.grids.values():
            each.set_class(bool(old), "old")

    def _lay_out(self) -> None:
        wide = self._room.width >= WIDE[0] and self._room.height >= WIDE[1]
        if not self.query("#body"):
            return
        self.query_one("#body").set_class(wide, "wide")
        for name, grid in self.grids.items():
            grid.display = wide or name == self.shown
            grid.border_title = self.sight.words(name)
        self.query_one("#right").display = wide or self.shown != "areas"
        self._say_lines()
