"""Each area's calls of today: offered, answered, answered in 15 s. Pure.

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
    """One call of today as it is stored. Times are seconds since 1970."""

    uniqueid: UniqueId
    """Of the caller's channel: the call's linkedid."""
    area: AreaId | None
    queue: AreaId
    joined: float
    answered: float | None


@dataclass(slots=True)
class Count:
    """One area's figures."""

    offered: int = 0
    answered: int = 0
    in_time: int = 0


@dataclass(slots=True)
class _Entry:
    joined: float | None = None
    queue: AreaId | None = None
    answered: float | None = None
    area: AreaId | None = None
    decided_at: float = 0.0
    counted: tuple[AreaId, bool, bool] | None = None
    """Area, answered, in time: how it stands in the counts."""


class Today:
    """The figures. A call belongs to the area decided for it, else to the first queue it joined."""

    def __init__(self, now: datetime) -> None:
        self.day: date = now.astimezone(CHINA).date()
        self.counts: dict[AreaId, Count] = {}
        self.changed: set[AreaId] = set()
        self._entries: dict[UniqueId, _Entry] = {}
        self._midnight = midnight(now).timestamp()

    def joined(self, uniqueid: UniqueId, queue: AreaId, at: float) -> None:
        """The caller reached a queue; the first one counts."""
        entry = self._entries.setdefault(uniqueid, _Entry())
        if entry.joined is None or at < entry.joined:
            entry.joined, entry.queue = at, queue
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
        if row.area is not None:
            self.decided(row.uniqueid, row.area, row.joined)
        self.joined(row.uniqueid, row.queue, row.joined)
        if row.answered is not None:
            self.answered(row.uniqueid, row.answered)

    def turn(self, now: datetime) -> bool:
        """Begin a new day when it is one; answers whether it was."""
        if (day := now.astimezone(CHINA).date()) == self.day:
            return False
        self.day = day
        self._midnight = midnight(now).timestamp()
        self.changed |= self.counts.keys()
        self.counts.clear()
        kept = {name: entry for name, entry in self._entries.items() if (entry.joined or 0) >= self._midnight}
        self._entries = kept
        for entry in kept.values():
            entry.counted = None
            self._count(entry)
        return True

    def _count(self, entry: _Entry) -> None:
        belongs = entry.area or entry.queue
        now: tuple[AreaId, bool, bool] | None = None
        if belongs is not None and entry.joined is not None and entry.joined >= self._midnight:
            answered = entry.answered is not None
            in_time = entry.answered is not None and entry.answered - entry.joined <= IN_TIME
            now = belongs, answered, in_time
        if now != entry.counted:
            self._add(entry.counted, -1)
            self._add(now, 1)
            entry.counted = now

    def _add(self, counted: tuple[AreaId, bool, bool] | None, by: int) -> None:
        if counted is None:
            return
        area, answered, in_time = counted
        count = self.counts.setdefault(area, Count())
        count.offered += by
        count.answered += by * answered
        count.in_time += by * in_time
        self.changed.add(area)


def midnight(now: datetime) -> datetime:
    """When the day of `now` began in China."""
    return datetime.combine(now.astimezone(CHINA).date(), time(), CHINA)
