"""Lends seats: keeps open in Asterisk exactly the (queue, seat) pairs that the choice names, and notes whom it chose.

A seat is a member of its own queue and of every queue it may help. Its own queue's pause is the seat's. In the other
queues it is paused by us, and lent by ending that pause: `app_queue` then rings it at once, home seats first, and needs
none of us while it does. Without this service the dialplan ends those pauses (`unlent` in `deliver.j2`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from core.clock import Clock
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from core.journal import Journal
from seats.ami import AmiError
from seats.live import change as c
from seats.live.live import Live
from seats.live.model import Picture, SeatState
from seats.live.read import seat_of
from seats.live.translate import Changes, seat_of_channel
from seats.live.truth import Truth
from seats.sharing.choice import Choice, next_seat
from seats.sharing.chosen import CHOSEN, SeatChosen, chosen, fields
from seats.sharing.floor import Floor
from seats.sharing.offers import Pair, offers
from seats.sharing.pauses import NOT_LENT, Commands, Pauses
from seats.sharing.plan import Plan, Rule

WAIT: Final = "HOTLINE_WAIT_"
"""Before an area's id: the global variable with the seconds its next caller is expected to wait; empty: unknown."""
_WAITS: Final = 2.0
"""Seconds between two looks at the expected waits."""
_BLIND: Final = 5.0
"""Seconds without Asterisk's word after which nobody is kept from helping."""
_GIVING_BACK: Final = 1.5
"""Seconds for leaving Asterisk without us."""
_REMEMBERED: Final = 2_000
"""Calls whose rings are kept in mind, for screens; stored they are all."""


class Lending:
    """From `start` to `close`; a watcher of `Live`."""

    def __init__(self, live: Live, commander: Commands, plan: Plan, clock: Clock, journal: Journal) -> None:
        self.plan = plan
        self.floor = Floor(each.area for each in plan)
        self.pauses = Pauses(commander)
        self.offered: Mapping[Pair, Choice] = {}
        """The pairs that are to be open, and why."""
        self.looks = 0
        """Times the offers were worked out."""
        self._live, self._commander, self._clock, self._journal = live, commander, clock, journal
        self._home: dict[SeatNumber, AreaId] = {}
        self._reasons: dict[Pair, Choice] = {}
        """Why each pair is, or was last, open."""
        self._rings: OrderedDict[LinkedId, list[SeatChosen]] = OrderedDict()
        self._touched: set[SeatNumber] = set()
        self._asked_to_look = False
        self._told: dict[AreaId, int | None] = {}
        self._drawn = -1
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin; returns at once."""
        self._live.watchers.append(self)
        self._tasks = [asyncio.create_task(step()) for step in (self.pauses.keep_acting, self._keep_telling)]

    async def close(self) -> None:
        """Leave Asterisk as it is without us: everybody at work may help."""
        self._live.watchers.remove(self)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._release()
        await self.pauses.finish(_GIVING_BACK)

    def rings(self, call: LinkedId) -> tuple[SeatChosen, ...]:
        """Seats rung for that call since we began, oldest first."""
        return tuple(self._rings.get(call, ()))

    # What happened

    def changed(self, changes: Changes) -> None:
        """Of an event. Looked at together with whatever else came with it."""
        for change in changes:
            match change:
                case c.ChannelSeen():
                    if (seat := seat_of_channel(change.channel)) is not None:
                        self._touched.add(seat)
                        self._rung_soon(change, seat)
                case c.ChannelGone():
                    if (seat := seat_of_channel(change.channel)) is not None:
                        self._touched.add(seat)
                    else:
                        self.floor.callers.left(change.uniqueid)
                case c.QueueJoined():
                    self.floor.callers.joined(change.uniqueid, change.queue, change.at)
                case c.QueueLeft():
                    self.floor.callers.left(change.uniqueid)
                case c.SeatCalled():
                    self._called(change)
                case c.PauseSet():
                    self._paused(change)
                case c.DeviceSet() | c.WorkEnded():
                    self._touched.add(change.seat)
                case _:
                    pass
        if not self._asked_to_look:
            self._asked_to_look = True
            asyncio.get_running_loop().call_soon(self._look)

    def redrawn(self, truth: Truth) -> None:
        """From Asterisk's own answer: which pairs are open, and every seat and caller as the picture has them now."""
        picture = self._live.picture
        self._home = {number: seat.area for number, seat in picture.seats.items() if seat.area is not None}
        self.pauses.told({pair: paused for pair, paused in truth.members.items() if self._lendable(pair)})
        for number, seen in truth.seats.items():
            if seen.paused and seen.reason == NOT_LENT and (area := self._home.get(number)) is not None:
                # A seat that has changed its area meanwhile: what was another's queue is its own now.
                self.pauses.free((area, number))
        if self._drawn != (drawn := self._live.tally["resyncs"]):
            # Another Asterisk, perhaps: one that knows no variables of ours.
            self._drawn = drawn
            self._told.clear()
        self._agree(picture)
        self._touched.clear()
        self.floor.look_again()
        self._look()

    def _lendable(self, pair: Pair) -> bool:
        queue, seat = pair
        home = self._home.get(seat)
        return queue in self.plan.areas and home != queue and home in self.plan[queue].penalties

    def _agree(self, picture: Picture) -> None:
        floor, callers = self.floor, self.floor.callers
        for number in set(floor.seats) - picture.seats.keys():
            floor.seat_is(number, None, SeatState.OFFLINE, 0.0)
        # Longest free first: seats are told in the order in which they became so.
        for seat in sorted(picture.seats.values(), key=lambda seat: seat.since):
            floor.seat_is(seat.number, seat.area, seat.state, seat.since.timestamp())
        waiting = {call.channels[0].uniqueid: call for call in picture.calls.values() if call.queue and call.channels}
        for caller in callers.queued.keys() - waiting.keys():
            callers.left(caller)
        for caller, call in waiting.items():
            if call.queue is None:
                continue
            if callers.queued.get(caller, ("",))[0] != call.queue:
                callers.joined(caller, call.queue, (call.waiting_since or call.since).timestamp())
            for leg in call.channels[1:]:
                if leg.seat is not None and not leg.up and callers.rung_for.get(leg.seat) != caller:
                    floor.rings(leg.seat, caller, call.queue)

    def _rung_soon(self, seen: c.ChannelSeen, seat: SeatNumber) -> None:
        """A queue's new leg is told of before the queue says that it rings: its caller needs nobody else meanwhile."""
        caller = UniqueId(seen.linkedid)
        queued = self.floor.callers.queued.get(caller)
        if queued is not None and seen.state < c.UP and self.floor.callers.rung_for.get(seat) != caller:
            self.floor.rings(seat, caller, queued[0])

    def _paused(self, pause: c.PauseSet) -> None:
        if self._home.get(pause.seat, pause.queue) == pause.queue:
            self._touched.add(pause.seat)
        elif self.pauses.heard((pause.queue, pause.seat), paused=pause.paused):
            self.floor.look_again()

    def _called(self, called: c.SeatCalled) -> None:
        if called.queue not in self.plan.areas:
            return
        choice = self._why(called.queue, called.seat)
        self.floor.rings(called.seat, called.uniqueid, called.queue)
        ring = chosen(self._clock.now(), called.queue, called.seat, choice)
        self._rings.setdefault(called.linkedid, []).append(ring)
        if len(self._rings) > _REMEMBERED:
            self._rings.popitem(last=False)
        self._journal.note(CHOSEN, called.linkedid, fields(ring))

    def _why(self, queue: AreaId, seat: SeatNumber) -> Choice:
        """Why that seat rings: as the choice was made, or that the queue took it in its own order."""
        home = self._home.get(seat)
        if home != queue and (known := self._reasons.get((queue, seat))) is not None:
            return known
        candidates = next_seat(queue, self.floor.view(), self.plan).candidates
        if home == queue:
            return Choice(seat, home, Rule.HOME, f"{self.plan[queue].name}本地座席空闲", candidates[:1])
        return Choice(seat, home, self.plan.rule(queue, home), "互助未选定，由队列按顺序振铃", candidates)

    # What follows

    def _look(self) -> None:
        self._asked_to_look = False
        ledger, now = self._live.ledger, self._clock.now().timestamp()
        for number in self._touched:
            desk = ledger.desks.get(number)
            if desk is None:
                self.floor.seat_is(number, None, SeatState.OFFLINE, now)
                continue
            if desk.area is not None:
                self._home[number] = desk.area
            self.floor.seat_is(number, desk.area, seat_of(desk, ledger, now).state, now)
        self._touched.clear()
        if self.floor.changed and self.pauses.known:
            self.looks += 1
            self.offered = offers(self.floor.seen(), self.plan)
            self._reasons.update(self.offered)
            self.pauses.want(self.offered)

    def _release(self) -> None:
        """Everybody may help but seats that pause."""
        for pair in self.pauses.known - self.pauses.open:
            desk = self._live.ledger.desks.get(pair[1])
            if desk is not None and not desk.paused:
                self.pauses.wish(pair, open_=True)

    async def _keep_telling(self) -> None:
        blind = 0.0
        while True:
            await asyncio.sleep(_WAITS)
            blind = 0.0 if self._live.connected else blind + _WAITS
            if blind > _BLIND:
                self._release()
            await self._tell()

    async def _tell(self) -> None:
        """Each queue's expected wait, where the dialplan can read it without us."""
        for area, wait in self.floor.waits().items():
            if self._told.get(area, -1) == wait:
                continue
            try:
                value = "" if wait is None else str(wait)
                await self._commander.action("Setvar", {"Variable": f"{WAIT}{area}", "Value": value})
            except AmiError:
                self._told.clear()
                return
            self._told[area] = wait
