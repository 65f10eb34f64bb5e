"""The picture, kept: takes changes, and works out anew only what they touched. Pure but for the time it is given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from core.ids import AreaId, LinkedId, SeatNumber
from routing.areas import AreaTree
from seats.live.change import Change
from seats.live.ledger import Ledger
from seats.live.model import Alert, Difference, LiveArea, LiveCall, LiveSeat, Picture
from seats.live.read import area_of, call_of, seat_of, writes_up_until
from seats.live.today import Count, Today
from seats.roster.seat import Seat

Key = TypeVar("Key")


class Board:
    """One ledger and the picture read from it."""

    def __init__(self, tree: AreaTree, now: datetime) -> None:
        self.today = Today(now)
        self.ledger = Ledger(self.today)
        self.picture = Picture(stale_since=now)
        self._areas = tuple(area.id for area in tree)
        self._calls: dict[LinkedId, LiveCall] = {}
        self._seats: dict[SeatNumber, LiveSeat] = {}
        self._rows: dict[AreaId, LiveArea] = {}
        self._calls_of: defaultdict[AreaId | None, set[LinkedId]] = defaultdict(set)
        self._seats_of: defaultdict[AreaId | None, set[SeatNumber]] = defaultdict(set)
        self._stale: set[AreaId | None] = set(self._areas)
        self._writing_up: dict[SeatNumber, float] = {}

    def apply(self, changes: Iterable[Change]) -> None:
        """Take changes in; `settle` shows them."""
        for change in changes:
            self.ledger.apply(change)

    def enrol(self, seats: Iterable[Seat]) -> None:
        """The roster, whole."""
        self.ledger.enrol(seats)

    def pending(self) -> bool:
        """Whether `settle` would find something changed by an event."""
        return bool(self.ledger.changed_calls or self.ledger.changed_seats or self.today.changed)

    def tick(self, now: datetime) -> None:
        """What time alone changes: waits grow longer, writing up ends, the day turns."""
        self.today.turn(now)
        self.ledger.tidy()
        self._stale.update(area for area, row in self._rows.items() if row.waiting)
        end = now.timestamp()
        for number in [number for number, until in self._writing_up.items() if until <= end]:
            del self._writing_up[number]
            self.ledger.changed_seats.add(number)

    def settle(
        self,
        now: datetime,
        *,
        stale_since: datetime | None,
        newest_event: datetime | None,
        differences: tuple[Difference, ...] = (),
        alerts: tuple[Alert, ...] = (),
    ) -> bool:
        """Bring `picture` up to what was applied; answers whether it changed."""
        calls = self._settle_calls()
        seats = self._settle_seats(now)
        areas = self._settle_areas(now)
        before = self.picture
        told = (stale_since, differences, alerts) == (before.stale_since, before.differences, before.alerts)
        if told and not (calls or seats or areas):
            if newest_event != before.newest_event:
                self.picture = replace(before, newest_event=newest_event)
            return False
        self.picture = Picture(
            calls=_frozen(self._calls) if calls else before.calls,
            seats=_frozen(self._seats) if seats else before.seats,
            areas=_frozen(self._rows) if areas else before.areas,
            stale_since=stale_since,
            newest_event=newest_event,
            version=before.version + 1,
            differences=differences,
            alerts=alerts,
        )
        return True

    def _settle_calls(self) -> bool:
        ledger, moved = self.ledger, False
        for linkedid in ledger.changed_calls:
            before, after = self._calls.get(linkedid), call_of(linkedid, ledger)
            if after == before:
                continue
            moved = True
            self._move(self._calls_of, linkedid, _belongs(before), _belongs(after), after is not None)
            _put(self._calls, linkedid, after)
        ledger.changed_calls.clear()
        return moved

    def _settle_seats(self, now: datetime) -> bool:
        ledger, moved = self.ledger, False
        for number in ledger.changed_seats:
            desk, before = ledger.desks.get(number), self._seats.get(number)
            after = seat_of(desk, ledger, now.timestamp()) if desk is not None else None
            if desk is not None and (until := writes_up_until(desk)) > now.timestamp():
                self._writing_up[number] = until
            if after == before:
                continue
            moved = True
            where = before.area if before else None
            self._move(self._seats_of, number, where, after.area if after else None, after is not None)
            _put(self._seats, number, after)
        ledger.changed_seats.clear()
        return moved

    def _settle_areas(self, now: datetime) -> bool:
        moved = False
        self._stale |= self.today.changed
        self.today.changed.clear()
        for area in self._areas:
            if area not in self._stale:
                continue
            seats = [self._seats[number] for number in self._seats_of[area]]
            calls = [self._calls[linkedid] for linkedid in self._calls_of[area]]
            after = area_of(area, seats, calls, self.today.counts.get(area) or Count(), now)
            if after != self._rows.get(area):
                self._rows[area] = after
                moved = True
        self._stale.clear()
        return moved

    def _move(
        self,
        places: defaultdict[AreaId | None, set[Key]],
        key: Key,
        before: AreaId | None,
        after: AreaId | None,
        there: bool,
    ) -> None:
        places[before].discard(key)
        if there:
            places[after].add(key)
        self._stale |= {before, after}


def _belongs(call: LiveCall | None) -> AreaId | None:
    return (call.area or call.queue) if call else None


def _put(entries: dict[Any, Any], key: Any, value: Any) -> None:
    if value is None:
        entries.pop(key, None)
    else:
        entries[key] = value


def _frozen(entries: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(dict(entries))
