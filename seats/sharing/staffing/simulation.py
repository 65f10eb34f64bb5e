"""A day of calls in a second: events in a heap, and `next_seat` to choose, the very function the platform uses. Pure.

Callers arrive at random (or all at given moments), seats take an exponential time, callers lose patience after an
exponential one. A seeded day is the same day whatever the seats: comparisons are between like and like.
"""

import random
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from core.ids import AreaId, SeatNumber
from seats.sharing.choice import AreaNow, Idle, next_seat
from seats.sharing.plan import AreaPlan, Plan


@dataclass(frozen=True, slots=True)
class Caller:
    """One call to come."""

    at: float
    area: AreaId
    handling: float
    patience: float


@dataclass(slots=True)
class Tally:
    """What became of an area's callers."""

    offered: int = 0
    connected: int = 0
    in_time: int = 0
    waited: float = 0.0
    """Seconds, of those connected."""
    helped: int = 0
    """Connected with a seat of another area."""

    @property
    def rate(self) -> float:
        """Connected of offered."""
        return self.connected / self.offered if self.offered else 1.0

    @property
    def timely(self) -> float:
        """In time of offered."""
        return self.in_time / self.offered if self.offered else 1.0


@dataclass(slots=True)
class _Area:
    free: "OrderedDict[SeatNumber, float]"
    staffed: int
    waiting: "deque[int]" = field(default_factory=deque)
    queued: int = 0


def day(
    calls: Mapping[AreaId, float], hours: float, handling: float, patience: float, seed: int = 12366
) -> list[Caller]:
    """Callers of `hours`; `calls` an hour by area, `handling` and `patience` mean seconds."""
    found: list[Caller] = []
    for area in sorted(calls):
        dice = random.Random(f"{seed} {area}")  # noqa: S311 - a simulation, repeatable
        at = 0.0
        while calls[area] > 0:
            at += dice.expovariate(calls[area] / 3600)
            if at >= hours * 3600:
                break
            found.append(Caller(at, area, dice.expovariate(1 / handling), dice.expovariate(1 / patience)))
    return sorted(found, key=lambda caller: caller.at)


def alone(plan: Plan) -> Plan:
    """The same areas, none helping another."""
    return Plan({each.area: AreaPlan(each.area, each.name, each.reserve, False, ()) for each in plan})


def simulate(
    callers: Sequence[Caller], seats: Mapping[AreaId, int], plan: Plan, *, in_time: float = 15.0, warm_up: float = 0.0
) -> dict[AreaId, Tally]:
    """What becomes of `callers` with so many `seats`. Callers of the first `warm_up` seconds are not counted."""
    return _Run(callers, seats, plan, in_time, warm_up).run()


class _Run:
    def __init__(
        self, callers: Sequence[Caller], seats: Mapping[AreaId, int], plan: Plan, in_time: float, warm_up: float
    ) -> None:
        self.callers, self.plan, self.in_time, self.warm_up = callers, plan, in_time, warm_up
        self.areas = {each.area: _made(each.area, seats.get(each.area, 0)) for each in plan}
        self.view = {area: _now(one) for area, one in self.areas.items()}
        self.gone = bytearray(len(callers))
        self.needy: dict[AreaId, None] = {}
        """Areas with somebody waiting."""
        self.tallies = {each.area: Tally() for each in plan}
        self.heap: list[tuple[float, int, int, AreaId, SeatNumber]] = []
        """When, 0 seat free / 1 patience over, caller, the seat's area, seat."""

    def run(self) -> dict[AreaId, Tally]:
        nobody, nowhere = SeatNumber(""), AreaId("")
        for number, caller in enumerate(self.callers):
            self._until(caller.at)
            if caller.at >= self.warm_up:
                self.tallies[caller.area].offered += 1
            if not self._serve(number, caller.at):
                own = self.areas[caller.area]
                own.waiting.append(number)
                own.queued += 1
                self.needy[caller.area] = None
                self._look(caller.area)
                heappush(self.heap, (caller.at + caller.patience, 1, number, nowhere, nobody))
        self._until(float("inf"))
        return self.tallies

    def _until(self, at: float) -> None:
        heap = self.heap
        while heap and heap[0][0] <= at:
            now, kind, number, area, seat = heappop(heap)
            if kind:
                self._leaves(number)
            else:
                self.areas[area].free[seat] = now
                self._look(area)
                self._take(area, now)

    def _leaves(self, number: int) -> None:
        if not self.gone[number]:
            self.gone[number] = 1
            self._shorter(self.callers[number].area)

    def _shorter(self, area: AreaId) -> None:
        own = self.areas[area]
        own.queued -= 1
        while own.waiting and self.gone[own.waiting[0]]:
            own.waiting.popleft()
        if not own.queued:
            self.needy.pop(area, None)
        self._look(area)

    def _take(self, area: AreaId, now: float) -> None:
        """A seat of `area` has become free: its own callers first, then whoever waits longest and may be helped."""
        if area in self.needy:
            self._next(area, now)
            return
        for needy in sorted(self.needy, key=lambda each: self.callers[self.areas[each].waiting[0]].at):
            if area in self.plan[needy].penalties and self._next(needy, now):
                return

    def _next(self, area: AreaId, now: float) -> bool:
        number = self.areas[area].waiting[0]
        if not self._serve(number, now):
            return False
        self.gone[number] = 1
        self._shorter(area)
        return True

    def _serve(self, number: int, now: float) -> bool:
        caller = self.callers[number]
        choice = next_seat(caller.area, self.view, self.plan)
        if choice.seat is None or choice.area is None:
            return False
        del self.areas[choice.area].free[choice.seat]
        self._look(choice.area)
        heappush(self.heap, (now + caller.handling, 0, number, choice.area, choice.seat))
        if caller.at >= self.warm_up:
            tally = self.tallies[caller.area]
            tally.connected += 1
            tally.in_time += now - caller.at <= self.in_time
            tally.waited += now - caller.at
            tally.helped += choice.area != caller.area
        return True

    def _look(self, area: AreaId) -> None:
        self.view[area] = _now(self.areas[area])


def _made(area: AreaId, seats: int) -> _Area:
    free = OrderedDict((SeatNumber(f"{area}-{number}"), 0.0) for number in range(seats))
    return _Area(free, seats)


def _now(own: _Area) -> AreaNow:
    idle = tuple(Idle(since, seat) for seat, since in _first(own.free))
    return AreaNow(len(own.free), own.staffed, own.queued, idle)


def _first(free: "OrderedDict[SeatNumber, float]") -> Iterable[tuple[SeatNumber, float]]:
    for pair in free.items():
        return (pair,)
    return ()


def total(tallies: Mapping[AreaId, Tally]) -> Tally:
    """All areas as one."""
    whole = Tally()
    for each in tallies.values():
        whole.offered += each.offered
        whole.connected += each.connected
        whole.in_time += each.in_time
        whole.waited += each.waited
        whole.helped += each.helped
    return whole
