"""The only source of time. Everything else takes a `Clock`, so that tests can turn it."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China keeps one time zone and, since 1992, no daylight saving; a fixed offset needs no tz database."""


class Clock(Protocol):
    """Wall time for records, monotonic time for durations."""

    def now(self) -> datetime:
        """Aware wall-clock time, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class TurnedClock:
    """A clock that moves only when turned."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def turn(self, seconds: float) -> None:
        """Move wall time and monotonic time forward by `seconds`."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds
