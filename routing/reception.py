"""How callers of an area are met: what is announced, whether anybody answers now, and what they hear when not. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import CHINA
from core.ids import AreaId
from routing.hours import Calendar, opening
from routing.week import STEP

_NEAR_DAYS = 3
"""Today, tomorrow, the day after; further days are said as a date."""


@dataclass(frozen=True, slots=True)
class Reception:
    """How callers of an area are met at one moment. Sounds are prompt keys."""

    closed: str = ""
    """Why nobody of the area answers, a word of `routing.hours.Reason`; empty while it is open."""
    says: tuple[str, ...] = ()
    """What tells a caller so, and when the area is open again."""
    province_open: bool = False
    """The area is closed and the province centre is not."""
    notices: tuple[str, ...] = ()
    """What is announced first."""


OPEN = Reception()
"""Somebody answers, and nothing is announced."""


def reception(area: AreaId, root: AreaId, at: datetime, calendar: Calendar) -> Reception:
    """How callers of `area` are met at `at`; `root` is the province centre's area."""
    notices = tuple(notice.sound for notice in calendar.notices_for(area, at))
    found = opening(area, at, calendar)
    if found.open:
        return Reception(notices=notices)
    says = (f"closed_{found.reason.value}", *(reopens(found.next_change, at) if found.next_change else ()))
    return Reception(found.reason.value, says, area != root and opening(root, at, calendar).open, notices)


def reopens(moment: datetime, now: datetime) -> tuple[str, ...]:
    """Prompt keys that say when somebody answers again: 明天 · 上午八点 · 半 · 恢复人工服务.

    A time between two steps of `routing.week.STEP` minutes is said as the later one.
    """
    local = moment.astimezone(CHINA)
    past_step = timedelta(minutes=local.minute % STEP, seconds=local.second, microseconds=local.microsecond)
    if past_step:
        local += timedelta(minutes=STEP) - past_step
    ahead = (local.date() - now.astimezone(CHINA).date()).days
    if 0 <= ahead < _NEAR_DAYS:
        day: tuple[str, ...] = (f"day_{ahead}",)
    else:
        day = (f"month_{local.month}", f"date_{local.day}", f"weekday_{local.isoweekday()}")
    minute = (f"minute_{local.minute}",) if local.minute else ()
    return (*day, f"hour_{local.hour:02}", *minute, "open_again")
