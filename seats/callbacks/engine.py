"""Calls people back: whose turn has come goes into the line, what is under way is followed, what was lost is found.

Every step is a fact in the journal before it is an act at Asterisk, and the next step is decided from what Asterisk
has or wrote: a process killed anywhere takes up where it was, calls nobody twice and forgets nobody.
"""

import asyncio
import hashlib
import logging
from collections import Counter
from datetime import timedelta
from typing import Final

from core.clock import Clock
from core.db import DatabaseAway
from core.errors import HotlineError
from core.ids import AreaId, LinkedId
from core.journal import JSON, Journal
from routing.areas import AreaTree
from seats.callbacks.book import KEPT
from seats.callbacks.dialler import PERSON, Dialler, NotDone
from seats.callbacks.line import Policy, Works, expired, overdue, position, turns, unseated_again
from seats.callbacks.request import ASKED, CALLABLE, MOVED, OWN_CALL, PREFIX, Callback
from seats.callbacks.states import NEXT, UNDER_WAY, Move, State
from seats.callbacks.store import CallbackStore
from seats.callbacks.tail import Tail
from seats.callbacks.truth import CARRIER, CUT_OFF, EMPTY, Truth
from seats.live.model import Pictured, SeatState
from seats.records.record import Outcome

TICK: Final = 0.3
_SETTLED: Final = 1.0
"""Seconds after an act in which the live picture may not show it yet."""
_WRITTEN: Final = 3.0
"""Seconds after the end of a call in which Asterisk has written all of it."""
_PEOPLED: Final = 1.0
"""Seconds an answer to whether anybody is at work holds."""
_LOOK_EVERY: Final = 5.0
"""Seconds between two looks into Postgres."""
_LOAD_EVERY: Final = 30.0
_LOST_SINCE: Final = timedelta(hours=24)
_UNSTORED: Final = timedelta(minutes=10)
"""A call of which there is no record so long after it is over never gets one."""
_log = logging.getLogger("seats.callbacks")


class Engine:
    """One a copy. `start` begins; `step` is one round."""

    def __init__(
        self, tail: Tail, journal: Journal, live: Pictured, dialler: Dialler, truth: Truth, store: CallbackStore,
        rules: Policy, days: Works, tree: AreaTree, clock: Clock, *, calls_out: bool, lost_after: int,
    ) -> None:  # fmt: skip
        self.tail = tail
        self.overdue = 0
        """How many are."""
        self._journal, self._live, self._dialler, self._truth, self._store = journal, live, dialler, truth, store
        self._rules, self._days, self._tree, self._clock = rules, days, tree, clock
        self._peopled: dict[AreaId, tuple[float, bool]] = {}
        """By area: when Asterisk was asked last, and whether anybody was there."""
        self._calls_out, self._lost_after = calls_out, lost_after
        self._touched: dict[str, float] = {}
        """By id: monotonic seconds of our last act, or of when its channel was first missed."""
        self._looked = self._loaded = float("-inf")
        self._alarmed: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Stop. What is under way goes on at Asterisk; the next process takes it up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def step(self) -> None:
        """One round. Raises `NotDone`, `DatabaseAway`, `OSError`: the next round goes on."""
        self.tail.catch_up()
        now = self._clock.monotonic()
        if now - self._loaded > _LOAD_EVERY:
            self._loaded = now
            await self._load()
        self.tail.book.forget(self._clock.now())
        fresh = self._live.picture.stale_since is None
        for callback in self.tail.book.open():
            if fresh and callback.state in UNDER_WAY:
                await self._follow(callback)
            elif expired(callback, self._clock.now(), self._rules, self._days):
                self.move(callback, Move.EXPIRED)
        if fresh:
            await self._end_what_is_not_wanted()
            if self._calls_out:
                await self._place()
        self._alarm()
        self.tail.keep()
        if now - self._looked > _LOOK_EVERY:
            self._looked = now
            await self._look()

    def move(self, callback: Callback, move: Move, **details: JSON) -> Callback:
        """Note what happens to one; it as it is then, unchanged where that cannot happen to it.

        Raises `JournalUnwritable`: then nothing has happened.
        """
        if move not in NEXT[callback.state]:
            return callback
        call = LinkedId(callback.channel) if callback.channel else callback.call
        self._journal.append(MOVED, call, {"id": callback.id, "move": str(move), "base": callback.base(), **details})
        self.tail.catch_up()
        return self.tail.book.get(callback.id) or callback

    async def _place(self) -> None:
        picture = self._live.picture
        here = (seat.area for seat in picture.seats.values() if seat.state is not SeatState.OFFLINE)
        seats = Counter(area for area in here if area is not None)
        if not seats:
            return  # no phone at all: Asterisk has just begun, and finds them again one by one
        waiting = picture.calls.values()
        for callback in turns(self.tail.book.open(), self._clock.now(), self._rules, seats):
            if callback.result in EMPTY and not await self._anybody(callback.area):
                continue  # as a night, or a holiday: nothing is written until somebody comes
            channel = f"{callback.id}-{callback.placed + 1}"
            placed = self.move(callback, Move.PLACED, channel=channel)
            if placed.channel != channel or placed.state is not State.DIALLING_SEAT:
                continue  # somebody else was faster: the person is on the line again, or it was cancelled
            self._touched[callback.id] = self._clock.monotonic()
            try:
                area = self._tree.area(callback.area).name if callback.area in self._tree else ""
                await self._dialler.place(placed, channel, position(placed, waiting, self.tail.book.open()), area)
            except NotDone as error:
                _log.warning("a callback was not put into the line: %s", error, extra={"call": channel})
                if error.certain:
                    self._unseated(placed, "not_done")

    async def _anybody(self, area: AreaId) -> bool:
        """Whether a place of that area would find a phone: its own, a helper's or the province's."""
        now = self._clock.monotonic()
        asked_at, found = self._peopled.get(area, (float("-inf"), False))
        if now - asked_at > _PEOPLED:
            found = await self._dialler.anybody(area) or await self._dialler.anybody(self._tree.root.id)
            self._peopled[area] = (now, found)
        return found

    def _unseated(self, callback: Callback, result: str, *, at_once: bool = False) -> None:
        wait = self._rules.again_after if result == CARRIER else unseated_again(callback)
        again = self._clock.now() + (timedelta() if at_once else wait)
        self.move(callback, Move.UNSEATED, result=result, not_before=again.isoformat())

    async def _follow(self, callback: Callback) -> None:
        """From what Asterisk has of it now, else from what it wrote."""
        call = self._live.picture.calls.get(LinkedId(callback.channel))
        if call is not None:
            self._touched[callback.id] = self._clock.monotonic()
            seat = next((leg.seat for leg in call.channels if leg.seat and leg.up), None)
            person = next((leg for leg in call.channels if leg.channel.startswith(PERSON)), None)
            if person is not None and person.up and callback.state is not State.TALKING:
                self.move(callback, Move.REACHED, seat=seat)
            elif person is not None and callback.state is State.DIALLING_SEAT:
                self.move(callback, Move.DIALLED, seat=seat)
            return
        missed = self._clock.monotonic() - self._touched.setdefault(callback.id, self._clock.monotonic())
        if missed < _SETTLED or await self._dialler.there(callback.channel):
            return
        ended = await self._truth.of(callback.channel)
        if ended is None or (not ended.over and missed < _WRITTEN):
            return
        self._touched.pop(callback.id, None)
        seat = ended.seat
        if ended.move is Move.UNSEATED and callback.state is State.TALKING:
            # They were seen to talk, and nothing is left that says how it ended: nobody is called twice for that.
            self.move(callback, Move.HUNG_UP, result="unknown")
        elif ended.move is Move.UNSEATED:
            # Asterisk died with it in the line: it is put back at once, before those who come now.
            self._unseated(callback, ended.result, at_once=not ended.over)
        elif ended.move is Move.HUNG_UP:
            self.move(callback, Move.HUNG_UP, seat=seat, result=ended.result)
        elif callback.tries + 1 >= self._rules.tries:
            self.move(callback, Move.GIVEN_UP, seat=seat, result=ended.result)
        else:
            # Whoever was cut off holds the phone in their hand.
            again = self._clock.now() + (timedelta() if ended.result == CUT_OFF else self._rules.again_after)
            self.move(callback, Move.NOT_REACHED, seat=seat, result=ended.result, not_before=again.isoformat())

    async def _end_what_is_not_wanted(self) -> None:
        """A place in the line whose person is on the line again, or wants no call any more. Not a talk: whoever
        answered our call while they rang us has been reached."""
        for linkedid, call in list(self._live.picture.calls.items()):
            if not linkedid.startswith(PREFIX):
                continue
            callback = self.tail.book.get(linkedid.rpartition("-")[0])
            if callback is None or callback.state in UNDER_WAY:
                continue
            if not any(leg.channel.startswith(PERSON) and leg.up for leg in call.channels):
                await self._dialler.hang_up(linkedid)
            elif callback.state is State.RETURNED and callback.channel == linkedid:
                self.move(callback, Move.REACHED)

    async def _look(self) -> None:
        """What only Postgres knows: calls that were lost, calls that were answered after all."""
        now = self._clock.now()
        for callback in [one for one in self.tail.book.open() if one.state is State.RETURNED]:
            await self._returned(callback)
        promised = [one for one in self.tail.book.open() if one.why in OWN_CALL and one.state not in UNDER_WAY]
        if promised:
            since = min(one.asked_at for one in promised)
            answered = await self._store.answered({one.number for one in promised}, since)
            for callback in promised:
                at = answered.get(callback.number)
                if at is not None and at > callback.asked_at:
                    self.move(callback, Move.MET, result="answered")
        if self._lost_after < 0:
            return
        for lost in await self._store.lost(now - _LOST_SINCE, timedelta(seconds=self._lost_after)):
            area = lost.area if lost.area in self._tree else self._tree.root.id
            if not CALLABLE.fullmatch(lost.number) or self.tail.book.of(lost.number) is not None:
                continue
            id = PREFIX + hashlib.sha256(f"lost {lost.call}".encode()).hexdigest()[:12]
            asked = {"id": id, "number": lost.number, "area": area, "why": str(lost.why), "story": lost.story}
            self._journal.append(ASKED, lost.call, {**asked, "joined_at": lost.joined_at.isoformat()})
            self.tail.catch_up()

    async def _returned(self, callback: Callback) -> None:
        """The person is, or was, on the line again."""
        call = callback.returned_call
        if call is None or call in self._live.picture.calls:
            return
        outcome = await self._store.outcome(call)
        if outcome == Outcome.ANSWERED:
            self.move(callback, Move.MET, result="answered")
        elif outcome is not None or self._clock.now() - (callback.changed_at or callback.asked_at) > _UNSTORED:
            self.move(callback, Move.LEFT)

    async def _load(self) -> None:
        try:
            self.tail.book.adopt(await self._store.load(self._clock.now() - KEPT))
        except DatabaseAway as error:
            _log.info("callbacks go on from the journal alone: %s", error)

    def _alarm(self) -> None:
        late = {one.id for one in self.tail.book.open() if overdue(one, self._clock.now(), self._rules, self._days)}
        for id in late - self._alarmed:
            _log.warning("a callback is overdue", extra={"callback": id})
        self.overdue, self._alarmed = len(late), late

    async def _run(self) -> None:
        while True:
            try:
                await self.step()
            except (HotlineError, OSError) as error:
                _log.warning("callbacks wait: %s", error)
            await asyncio.sleep(TICK)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("calling back stopped and is begun again", exc_info=error)
            asyncio.get_running_loop().call_later(_LOOK_EVERY, self.start)
