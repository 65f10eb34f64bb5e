"""Free seats and waiting callers of every area, kept in step with what happens. Pure; mutable, so that a step is cheap.

No step costs more when there are more seats or callers: an area's view names its first few free seats alone.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from core.ids import AreaId, SeatNumber, UniqueId
from seats.live.model import SeatState
from seats.sharing.callers import Callers
from seats.sharing.choice import AreaNow, Idle, View
from seats.sharing.wait import USUAL_HANDLING, estimated_wait, smoothed

NAMED: Final = 8
"""Free seats of an area named in a view; more than callers come between two looks."""
AT_WORK: Final = frozenset({SeatState.READY, SeatState.RINGING, SeatState.TALKING, SeatState.HELD, SeatState.WRAP_UP})
_WITH_A_CALLER: Final = frozenset({SeatState.TALKING, SeatState.HELD, SeatState.WRAP_UP})


@dataclass(slots=True)
class _Desk:
    """One area's seats."""

    free: OrderedDict[SeatNumber, float] = field(default_factory=OrderedDict)
    """Since when; whoever was free first stands first."""
    staffed: int = 0
    helpers: int = 0
    """Seats of other areas with a caller of its queue."""
    handling: float | None = None


@dataclass(slots=True)
class _Seat:
    area: AreaId
    state: SeatState
    talks_since: float | None = None
    helps: AreaId | None = None
    """The queue of another area whose caller it has."""


class Floor:
    """Everything sharing has to know. `changed` says whether `view` would be another one than last time."""

    def __init__(self, areas: Iterable[AreaId]) -> None:
        self._desks = {area: _Desk() for area in areas}
        self.callers = Callers(self._desks)
        """Told directly who joins and leaves a queue."""
        self._seats: dict[SeatNumber, _Seat] = {}
        self._view: dict[AreaId, AreaNow] = {}
        self._moved = self.callers.moved
        self._moved.update(self._desks)
        self._unseen = True

    @property
    def changed(self) -> bool:
        """Whether anything is different since `seen`."""
        return self._unseen or bool(self._moved)

    def seen(self) -> View:
        """`view`, by whoever acts on what changed."""
        self._unseen = False
        return self._settled()

    def look_again(self) -> None:
        """Something outside is not as it should be: whoever acts must look."""
        self._unseen = True

    @property
    def seats(self) -> Collection[SeatNumber]:
        """Those there are."""
        return self._seats.keys()

    def view(self) -> View:
        """The areas as they are; those that did not change stay the same object."""
        self._unseen = self.changed
        return self._settled()

    def _settled(self) -> View:
        for area in self._moved:
            self._view[area] = self._now(area)
        self._moved.clear()
        return self._view

    def seat_is(self, number: SeatNumber, area: AreaId | None, state: SeatState, at: float) -> None:
        """That seat's state; an area the plan does not know, or None, means that it is gone."""
        seat = self._seats.get(number)
        if seat is not None and (seat.area, seat.state) == (area, state):
            return
        if seat is not None:
            self._take_out(number, seat)
        if area is None or area not in self._desks:
            self._let_go(number, seat)
            self._seats.pop(number, None)
            return
        seat = self._seats[number] = _Seat(area, state) if seat is None or seat.area != area else seat
        seat.state = state
        self._time(seat, at)
        if state is not SeatState.RINGING:
            self.callers.silent(number)
        if state not in _WITH_A_CALLER and state is not SeatState.RINGING:
            self._let_go(number, seat)
        desk = self._desks[area]
        desk.staffed += state in AT_WORK
        if state is SeatState.READY:
            desk.free[number] = at

    def rings(self, number: SeatNumber, caller: UniqueId, queue: AreaId) -> None:
        """A queue rings that seat for that caller."""
        seat = self._seats.get(number)
        if queue not in self._desks or seat is None:
            return
        self._let_go(number, seat)
        self.callers.rings(number, caller)
        if seat.area != queue:
            seat.helps = queue
            self._desks[queue].helpers += 1
        if seat.state is SeatState.READY:
            self.seat_is(number, seat.area, SeatState.RINGING, 0.0)

    def waits(self) -> dict[AreaId, int | None]:
        """Estimated seconds for whoever joins each queue now; None where nobody is at work for it."""
        return {area: self._wait(area, desk) for area, desk in self._desks.items()}

    def free(self, area: AreaId) -> int:
        """Free seats of that area."""
        return len(self._desks[area].free)

    def _take_out(self, number: SeatNumber, seat: _Seat) -> None:
        desk = self._desks[seat.area]
        desk.staffed -= seat.state in AT_WORK
        desk.free.pop(number, None)
        self._moved.add(seat.area)

    def _time(self, seat: _Seat, at: float) -> None:
        self._moved.add(seat.area)
        if seat.state in _WITH_A_CALLER:
            if seat.talks_since is None and seat.state is SeatState.TALKING:
                seat.talks_since = at
        elif seat.talks_since is not None:
            desk = self._desks[seat.area]
            desk.handling = smoothed(desk.handling, max(0.0, at - seat.talks_since))
            seat.talks_since = None

    def _let_go(self, number: SeatNumber, seat: _Seat | None) -> None:
        self.callers.silent(number)
        if seat is not None and seat.helps is not None:
            self._desks[seat.helps].helpers -= 1
            seat.helps = None

    def _wait(self, area: AreaId, desk: _Desk) -> int | None:
        waiting, serving = self.callers.waiting[area], desk.staffed + desk.helpers
        return estimated_wait(waiting, len(desk.free), serving, desk.handling or USUAL_HANDLING)

    def _now(self, area: AreaId) -> AreaNow:
        desk, unserved = self._desks[area], self.callers.unserved[area]
        return AreaNow(
            free=len(desk.free),
            staffed=desk.staffed,
            waiting=len(unserved),
            idle=tuple(Idle(since, seat) for seat, since in islice(desk.free.items(), NAMED)),
            waiting_since=next(iter(unserved.values()), 0.0),
        )
