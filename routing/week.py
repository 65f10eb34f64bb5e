"""Working hours as people write them: `mon-fri 08:30-12:00,13:30-17:30; sat 09:00-12:00; lunch cover`. Pure."""

import itertools
import re
from dataclasses import dataclass

from core.errors import BadInput

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STEP = 5
"""Minutes: hours begin and end at a time that can be said shortly."""
_MINUTES = 24 * 60
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_HOW = "write e.g. 'mon-fri 08:30-12:00,13:30-17:30; sat 09:00-12:00; lunch cover; peak 08:00-20:00', or 'always'"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` to before `end`, minutes since midnight; past midnight when `end` is beyond 1440."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end if self.end == _MINUTES else self.end % _MINUTES)}"


@dataclass(frozen=True, slots=True)
class Week:
    """When the seats of an area answer."""

    days: tuple[tuple[Span, ...], ...]
    """Spans of Monday to Sunday, in order, apart from each other."""
    lunch_cover: bool = False
    """Somebody answers between a day's spans too."""
    on_holidays: bool = False
    """Statutory holidays change nothing."""
    peak: tuple[Span, ...] = ()
    """Open besides, on filing days."""

    @property
    def workday(self) -> tuple[Span, ...]:
        """Hours of a weekend that is worked (调休): those of the week's first day with any."""
        return next((spans for spans in self.days if spans), ())

    def __str__(self) -> str:
        return written(self)


def read(text: str) -> Week | None:
    """The hours `text` says; None for `always`. Raises `BadInput` saying what is wrong, and how it is written."""
    words = " ".join(text.lower().replace("；", ";").replace("，", ",").replace("：", ":").split())
    if words == "always":
        return None
    days: list[tuple[Span, ...]] = [()] * len(DAY_NAMES)
    lunch_cover = on_holidays = False
    peak: tuple[Span, ...] = ()
    for part in filter(None, (part.strip() for part in words.split(";"))):
        name, _, rest = part.partition(" ")
        if part == "lunch cover":
            lunch_cover = True
        elif part == "holidays open":
            on_holidays = True
        elif name == "peak":
            peak = _spans(rest)
        else:
            for day in _days(name):
                if days[day]:
                    raise BadInput(f"hours: {DAY_NAMES[day]} is there twice in {text!r}; {_HOW}")
                days[day] = _spans(rest)
    if not any(days):
        raise BadInput(f"hours: no day has any in {text[:80]!r}; {_HOW}")
    return Week(tuple(days), lunch_cover, on_holidays, peak)


def written(week: Week | None) -> str:
    """`week` as `read` reads it."""
    if week is None:
        return "always"
    parts = []
    first = 0
    for day in range(1, len(DAY_NAMES) + 1):
        if day < len(DAY_NAMES) and week.days[day] == week.days[first]:
            continue
        if week.days[first]:
            name = DAY_NAMES[first] if day == first + 1 else f"{DAY_NAMES[first]}-{DAY_NAMES[day - 1]}"
            parts.append(f"{name} {_listed(week.days[first])}")
        first = day
    parts += ["lunch cover"] * week.lunch_cover + ["holidays open"] * week.on_holidays
    return "; ".join([*parts, f"peak {_listed(week.peak)}"] if week.peak else parts)


def _listed(spans: tuple[Span, ...]) -> str:
    return ",".join(map(str, spans))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAY_NAMES or (last or first) not in DAY_NAMES:
            raise BadInput(f"hours: {part[:40]!r} names no days of the week ({' '.join(DAY_NAMES)}); {_HOW}")
        begin, end = DAY_NAMES.index(first), DAY_NAMES.index(last or first)
        if end < begin:
            raise BadInput(f"hours: {part!r} ends before it begins; {_HOW}")
        found += range(begin, end + 1)
    return found


def _spans(text: str) -> tuple[Span, ...]:
    spans = sorted(_span(part.strip()) for part in text.split(","))
    for one, other in itertools.pairwise(spans):
        if other.start <= one.end:
            raise BadInput(f"hours: {one} and {other} touch or overlap; {_HOW}")
    if spans[-1].end - _MINUTES > spans[0].start:
        raise BadInput(f"hours: {spans[-1]} reaches into the next day's {spans[0]}; {_HOW}")
    return tuple(spans)


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise BadInput(f"hours: {text[:40]!r} is no time such as 08:30-17:30; {_HOW}")
    begin_hour, begin_minute, end_hour, end_minute = map(int, match.groups())
    start, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if start >= _MINUTES or end > _MINUTES or max(begin_minute, end_minute) >= 60:
        raise BadInput(f"hours: {text} is no time of a day; {_HOW}")
    if start % STEP or end % STEP:
        raise BadInput(f"hours: {text} is not in steps of {STEP} minutes")
    if start == end:
        raise BadInput(f"hours: {text} is empty; for the whole day write 00:00-24:00, for every day always")
    return Span(start, end if end > start else end + _MINUTES)
