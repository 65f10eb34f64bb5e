"""A province at its filing peak, as a live picture: 1,000 seats, 300 calls, and something new at every step."""

import random
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from core.ids import AreaId, LinkedId, SeatNumber
from seats.live.model import CallState, LiveArea, LiveCall, LiveSeat, Picture, SeatState
from tests.fakes.desk import HOSTILE, Still
from tests.fakes.henan_tree import TREE

AREAS = tuple(area.id for area in TREE)
CODES = {area.id: area.code or "0371" for area in TREE}


class Peak:
    """Makes a picture and keeps it moving. The same seed makes the same day."""

    def __init__(self, *, seats: int = 1000, calls: int = 300, now: datetime | None = None, seed: int = 1) -> None:
        self.dice = random.Random(seed)
        self.now = now or datetime.now(UTC)
        self.count = 0
        desks = [self._seat(place, self.dice.choice(AREAS)) for place in range(seats)]
        self.live = Still(
            Picture(
                MappingProxyType({}),
                MappingProxyType({desk.number: desk for desk in desks}),
                MappingProxyType({area: self._area(area) for area in AREAS}),
                None,
                self.now,
                1,
            )
        )
        made = [self._call() for _ in range(calls)]
        self.live.put(*made)

    def step(self, now: datetime, changes: int = 5) -> LiveCall:
        """Time goes on: a call goes and another comes, seats change, areas count. Answers the newest call."""
        self.now = now
        picture = self.live.picture
        gone = self.dice.choice(list(picture.calls))
        call = self._call()
        numbers = self.dice.sample(sorted(picture.seats), min(changes, len(picture.seats)))
        seats = [self._moved(picture.seats[SeatNumber(number)]) for number in numbers]
        areas = [self._area(area) for area in self.dice.sample(AREAS, 3)]
        self.live.put(call, *seats, *areas, gone=[gone], newest_event=now)
        return call

    def _moved(self, seat: LiveSeat) -> LiveSeat:
        state = self.dice.choice(list(SeatState))
        reason = self.dice.choice(("午餐", "培训", "会议")) if state is SeatState.PAUSED else None
        return LiveSeat(seat.number, seat.area, seat.name, state, reason, self.now, None)

    def _seat(self, place: int, area: AreaId) -> LiveSeat:
        number = SeatNumber(f"{CODES[area][1:]}{place:04}")
        since = self.now - timedelta(seconds=self.dice.randrange(900))
        state = self.dice.choice(list(SeatState))
        return LiveSeat(number, area, f"{TREE.area(area).name}座席{place}", state, None, since, None)

    def _call(self) -> LiveCall:
        self.count += 1
        area = self.dice.choice(AREAS)
        state = self.dice.choice((CallState.WAITING, CallState.TALKING, CallState.TALKING, CallState.RINGING))
        started = self.now - timedelta(seconds=self.dice.randrange(240))
        waits = state in {CallState.WAITING, CallState.RINGING}
        seat = None
        if state is not CallState.WAITING:
            seat = self.dice.choice(list(self.live.picture.seats))
        return LiveCall(
            linkedid=LinkedId(f"1763779200.{self.count}"),
            number=f"138{self.dice.randrange(10**8):08}",
            name=HOSTILE if self.count % 50 == 7 else self.dice.choice("王李张刘陈") + "女士",
            area=area,
            reason=self.dice.choice(("segment", "area-code", "keyed")),
            state=state,
            since=started,
            queue=area if waits else None,
            waiting_since=started if waits else None,
            seat=seat,
            started=started,
            channels=(),
            areas=(area,),
        )

    def _area(self, area: AreaId) -> LiveArea:
        offered = self.dice.randrange(50, 400)
        answered = int(offered * self.dice.uniform(0.9, 1))
        in_15 = int(answered * self.dice.uniform(0.7, 1))
        waiting = self.dice.randrange(4)
        return LiveArea(
            area, waiting, 0, offered, answered, in_15, answered / offered, in_15 / offered,
            *(self.dice.randrange(20) for _ in range(5)), offered,
        )  # fmt: skip


__all__ = ["Peak"]
