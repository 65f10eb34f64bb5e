"""When people may be called, and the half-hours they may choose. Pure; times are China's, answers are UTC."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from core.clock import CHINA
from core.errors import BadInput

SLOT: Final = timedelta(minutes=30)
DAYS: Final = 3
"""Today, tomorrow, the day after: the days a caller is asked about."""
REACH: Final = 21
"""Days, today included, of the half-hours offered when those are taken or closed: longer than any holiday."""
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the day in which the platform may call anybody. Not before `begins`, not at or after `ends`."""

    begins: int
    """Minutes after midnight."""
    ends: int

    def holds(self, at: datetime) -> bool:
        """Whether somebody may be called at `at`."""
        local = at.astimezone(CHINA)
        return self.begins <= local.hour * 60 + local.minute < self.ends

    def next(self, at: datetime) -> datetime:
        """The first moment from `at` on at which somebody may be called."""
        if self.holds(at):
            return at
        local = at.astimezone(CHINA)
        day = local.date() if local.hour * 60 + local.minute < self.begins else local.date() + timedelta(days=1)
        return _at(day, self.begins)

    def time_in(self, start: datetime, end: datetime, works: Callable[[date], bool] = lambda _day: True) -> timedelta:
        """How much of the time from `start` to `end` was calling time, of days that `works` says count."""
        passed, day = timedelta(), start.astimezone(CHINA).date()
        while day <= end.astimezone(CHINA).date():
            first, last = max(start, _at(day, self.begins)), min(end, _at(day, self.ends))
            passed += max(last - first, timedelta()) if works(day) else timedelta()
            day += timedelta(days=1)
        return passed


def window(begins: str, ends: str) -> Window:
    """The window of the settings `callbacks.begins` and `callbacks.ends`. Raises `BadInput`."""
    found = [_CLOCK.fullmatch(each) for each in (begins, ends)]
    minutes = [int(each[1]) * 60 + int(each[2]) for each in found if each]
    if len(minutes) < 2 or not 0 <= minutes[0] < minutes[1] <= 24 * 60:
        raise BadInput(
            f"callbacks.begins = {begins!r} and callbacks.ends = {ends!r} must be times such as 08:30 and 20:00"
        )
    return Window(*minutes)


def keyed_time(day: date, keys: str) -> datetime | None:
    """The half-hour somebody keyed: `1430`, `930`, `14`, `9`; minutes go down to the half-hour. None: no time."""
    if not re.fullmatch(r"[0-9]{1,4}", keys):
        return None
    hour, minute = (int(keys), 0) if len(keys) < 3 else (int(keys[:-2]), int(keys[-2:]))
    if hour > 23 or minute > 59:
        return None
    return _at(day, hour * 60 + minute // 30 * 30)


def first_free(
    start: datetime, now: datetime, within: Window, free: Callable[[datetime], bool], days: int = REACH
) -> datetime | None:
    """The first half-hour from `start` on, later than `now`, within `days` and calling time, that is `free`."""
    for slot in _slots(start, _at(day_of(days, now), 0)):
        if slot > now and within.holds(slot) and free(slot):
            return slot
    return None


def spoken(slot: datetime, now: datetime) -> tuple[str, ...]:
    """Prompt keys that say the half-hour: 明天 · 下午两点 · 半; 十月 · 八日 · 星期四 · 上午九点 · 整."""
    local = slot.astimezone(CHINA)
    ahead = (local.date() - now.astimezone(CHINA).date()).days
    if 0 <= ahead < DAYS:
        day: tuple[str, ...] = (f"day_{ahead}",)
    else:
        day = (f"month_{local.month}", f"date_{local.day}", f"weekday_{local.isoweekday()}")
    return (*day, f"hour_{local.hour:02}", "half_30" if local.minute >= 30 else "half_00")


def whole(at: datetime) -> datetime:
    """The half-hour `at` lies in."""
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def day_of(ahead: int, now: datetime) -> date:
    """The day so many days after today."""
    return now.astimezone(CHINA).date() + timedelta(days=ahead)


def _slots(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += SLOT


def _at(day: date, minutes: int) -> datetime:
    return (datetime.combine(day, time(), CHINA) + timedelta(minutes=minutes)).astimezone(UTC)
