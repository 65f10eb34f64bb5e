"""Each area's calls of today, by the definitions of `seats/records/figures`. Pure.

Kept call by call, so that an event told twice, late or after a cut, and a row from Postgres that tells of the same
call, count once. The day is China's.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from core.clock import CHINA
from core.ids import AreaId, UniqueId
from seats.live.parts import newer

IN_TIME: Final = 15.0
"""Seconds from the first queue to a seat (GB/T 33358)."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One call of today that is over, as it is stored. Times are seconds since 1970."""

    uniqueid: UniqueId
    """Of the caller's channel: the call's linkedid."""
    area: AreaId | None
    queue: AreaId | None
    began: float
    joined: float | None
    """Entered the first queue."""
    answered: float | None
    self_served: bool


@dataclass(slots=True)
class Count:
    """One area's figures."""

    offered: int = 0
    """Callers."""
    decided: int = 0
    """Of those, answered or gone: a seat was needed, and there was one or not."""
    answered: int = 0
    in_time: int = 0
    """Answered in 15 s."""


@dataclass(slots=True)
class _Entry:
    began: float | None = None
    joined: float | None = None
    queue: AreaId | None = None
    answered: float | None = None
    ended: bool = False
    self_served: bool = False
    area: AreaId | None = None
    decided_at: float = 0.0
    counted: tuple[AreaId, bool, bool, bool] | None = None
    """Area, decided, answered, in time: how it stands in the counts."""


class Today:
    """The figures. A call belongs to the area decided for it, else to the first queue it joined, and to the day it
    began; one that ends before either is known belongs to no area."""

    def __init__(self, now: datetime) -> None:
        self.day: date = now.astimezone(CHINA).date()
        self.counts: dict[AreaId, Count] = {}
        self.changed: set[AreaId] = set()
        self._entries: dict[UniqueId, _Entry] = {}
        self._midnight = midnight(now).timestamp()

    def began(self, uniqueid: UniqueId, at: float) -> None:
        """A caller is there."""
        entry = self._entries.setdefault(uniqueid, _Entry())
        if entry.began is None or at < entry.began:
            entry.began = at
            self._count(entry)

    def ended(self, uniqueid: UniqueId) -> None:
        """The caller has gone."""
        entry = self._entries.setdefault(uniqueid, _Entry())
        if not entry.ended:
            entry.ended = True
            self._count(entry)

    def joined(self, uniqueid: UniqueId, queue: AreaId, at: float) -> None:
        """The caller reached a queue; the first one counts."""
        entry = self._entries.setdefault(uniqueid, _Entry())
        if entry.joined is None or at < entry.joined:
            entry.joined, entry.queue = at, queue
            entry.began = at if entry.began is None else min(at, entry.began)
            self._count(entry)

    def answered(self, uniqueid: UniqueId, at: float) -> None:
        """A seat took the caller."""
        entry = self._entries.setdefault(uniqueid, _Entry())
        if entry.answered is None or at < entry.answered:
            entry.answered = at
            self._count(entry)

    def decided(self, uniqueid: UniqueId, area: AreaId | None, at: float) -> None:
        """The caller's area; the newest decision counts."""
        entry = self._entries.setdefault(uniqueid, _Entry())
        if newer(at, entry.decided_at):
            entry.area, entry.decided_at = area, at
            self._count(entry)

    def stored(self, row: Offered) -> None:
        """A call Postgres knows of."""
        entry = self._entries.setdefault(row.uniqueid, _Entry())
        entry.self_served = row.self_served
        if row.area is not None:
            self.decided(row.uniqueid, row.area, row.began)
        self.began(row.uniqueid, row.began)
        if row.joined is not None and row.queue is not None:
            self.joined(row.uniqueid, row.queue, row.joined)
        if row.answered is not None:
            self.answered(row.uniqueid, row.answered)
        self.ended(row.uniqueid)
        self._count(entry)

    def turn(self, now: datetime) -> bool:
        """Begin a new day when it is one; answers whether it was."""
        if (day := now.astimezone(CHINA).date()) == self.day:
            return False
        self.day = day
        self._midnight = midnight(now).timestamp()
        self.changed |= self.counts.keys()
        self.counts.clear()
        kept = {name: entry for name, entry in self._entries.items() if (entry.began or 0) >= self._midnight}
        self._entries = kept
        for entry in kept.values():
            entry.counted = None
            self._count(entry)
        return True

    def _count(self, entry: _Entry) -> None:
        belongs = entry.area or entry.queue
        now: tuple[AreaId, bool, bool, bool] | None = None
        if belongs is not None and entry.began is not None and entry.began >= self._midnight:
            answered = entry.answered is not None
            decided = (answered or entry.ended) and not entry.self_served
            in_time = (
                entry.answered is not None and entry.joined is not None and entry.answered - entry.joined <= IN_TIME
            )
            now = belongs, decided, answered, in_time
        if now != entry.counted:
            self._add(entry.counted, -1)
            self._add(now, 1)
            entry.counted = now

    def _add(self, counted: tuple[AreaId, bool, bool, bool] | None, by: int) -> None:
        if counted is None:
            return
        area, decided, answered, in_time = counted
        count = self.counts.setdefault(area, Count())
        count.offered += by
        count.decided += by * decided
        count.answered += by * answered
        count.in_time += by * in_time
        self.changed.add(area)


def midnight(now: datetime) -> datetime:
    """When the day of `now` began in China."""
    return datetime.combine(now.astimezone(CHINA).date(), time(), CHINA)
