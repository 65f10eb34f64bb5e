"""Whether an area answers at a moment, why, and when that changes. Pure; times are China's.

What holds for an area is its own, else its city's, else what is set for `all`, else the province's, else: always open.
Closures and notices of a city hold for its county units too, those of `all` for everybody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from core.clock import CHINA
from core.ids import AreaId
from routing.days import WEEKDAYS, DayKind, Days
from routing.week import Span, Week

ALL = "all"
"""Stands for every area."""
PEAK_DAYS = 3
"""Working days of a month's filing rush: its last day and those before."""
_AHEAD = 400
"""Days looked ahead for the next change."""
_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why an area is open, or closed."""

    ALWAYS = "always"
    HOURS = "hours"
    EXTRA_WORKDAY = "extra_workday"
    """A weekend worked for a holiday (调休)."""
    LUNCH_COVER = "lunch_cover"
    PEAK = "peak"
    """Longer hours of a filing day."""
    OFF_HOURS = "off_hours"
    LUNCH = "lunch"
    REST_DAY = "rest_day"
    HOLIDAY = "holiday"
    CLOSURE = "closure"


OPEN_REASONS = frozenset({Reason.ALWAYS, Reason.HOURS, Reason.EXTRA_WORKDAY, Reason.LUNCH_COVER, Reason.PEAK})


@dataclass(frozen=True, slots=True)
class Opening:
    """What holds for an area at a moment."""

    open: bool
    reason: Reason
    next_change: datetime | None
    """When it opens or closes next, China time; None when not within about a year."""
    peak: bool
    """A filing day."""
    why: str = ""
    """What was written beside a closure."""


@dataclass(frozen=True, slots=True)
class Closure:
    """An area, or `all`, is shut from `start` to before `end`, whatever its hours."""

    area: str
    start: datetime
    end: datetime | None
    """None: until it is taken back."""
    why: str = ""
    by: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Notice:
    """What callers of an area, or of `all`, hear first."""

    area: str
    text: str
    sound: str
    """Prompt key, under the folder of the hotline's sounds."""
    until: datetime | None = None
    """None: until it is taken back."""
    by: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything set about hours."""

    root: AreaId | None = None
    parents: Mapping[str, AreaId] = field(default_factory=dict)
    """County unit -> its city."""
    hours: Mapping[str, Week | None] = field(default_factory=dict)
    """Area id or `all` -> hours; None: always open."""
    closures: tuple[Closure, ...] = ()
    notices: Mapping[str, Notice] = field(default_factory=dict)
    days: Days = WEEKDAYS
    peaks: Mapping[str, date] = field(default_factory=dict)
    """Month (`2026-10`) -> last filing day, where it was announced otherwise than the rule says."""

    def week(self, area: str) -> Week | None:
        """The hours that hold for `area`; None: always open."""
        for name in (*self._nearest(area), ALL, self.root or ALL):
            if name in self.hours:
                return self.hours[name]
        return None

    def closed_by(self, area: str, at: datetime) -> Closure | None:
        """The closure in force, the area's own before its city's before everybody's."""
        for name in (*self._nearest(area), ALL):
            for closure in self.closures:
                if closure.area == name and closure.holds(at):
                    return closure
        return None

    def notices_for(self, area: str, at: datetime) -> tuple[Notice, ...]:
        """What callers of `area` hear: everybody's first, then the area's own, else its city's."""
        own = next((self.notices[name] for name in self._nearest(area) if name in self.notices), None)
        found = (self.notices.get(ALL), own)
        return tuple(it for it in found if it is not None and (it.until is None or at < it.until))

    def last_filing_day(self, year: int, month: int) -> date:
        """When the month's filing ends."""
        return self.peaks.get(f"{year}-{month:02}") or self.days.last_filing_day(year, month)

    def is_peak(self, day: date) -> bool:
        """Whether `day` is one of the last `PEAK_DAYS` working days of its month's filing."""
        last = self.last_filing_day(day.year, day.month)
        return self.days.works(day) and day <= last and self.days.after(day, PEAK_DAYS) > last

    def edges(self, area: str) -> Iterator[datetime]:
        """Moments at which a closure of `area` begins or ends."""
        names = (*self._nearest(area), ALL)
        for closure in self.closures:
            if closure.area in names:
                yield closure.start
                if closure.end is not None:
                    yield closure.end

    def _nearest(self, area: str) -> tuple[str, ...]:
        city = self.parents.get(area)
        return (area,) if city is None else (area, city)


ALWAYS_OPEN = Calendar()
"""Nothing set."""


def opening(area: str, at: datetime, calendar: Calendar) -> Opening:
    """What holds for `area` at `at` (an aware time). An area nobody knows is open."""
    local = at.astimezone(CHINA)
    reason = _reason(area, local, calendar)
    closure = calendar.closed_by(area, local) if reason is Reason.CLOSURE else None
    change = _next_change(area, local, reason in OPEN_REASONS, calendar)
    why = closure.why if closure else ""
    return Opening(reason in OPEN_REASONS, reason, change, calendar.is_peak(local.date()), why)


def works(area: str, day: date, calendar: Calendar) -> bool:
    """Whether `area` answers at any time of `day`."""
    week = calendar.week(area)
    moments = [_noon(day)] if week is None else [start for start, _, _ in _spans_of(week, day, calendar)]
    return any(calendar.closed_by(area, moment) is None for moment in moments)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), CHINA)


def _reason(area: str, local: datetime, calendar: Calendar) -> Reason:
    if calendar.closed_by(area, local) is not None:
        return Reason.CLOSURE
    week = calendar.week(area)
    if week is None:
        return Reason.ALWAYS
    today = local.date()
    for day in (today, today - _DAY):
        for start, end, reason in _spans_of(week, day, calendar):
            if start <= local < end:
                return reason
    return _why_closed(week, local, calendar)


def _why_closed(week: Week, local: datetime, calendar: Calendar) -> Reason:
    spans = [(start, end) for start, end, _ in _spans_of(week, local.date(), calendar)]
    if spans:
        before = any(end <= local for _, end in spans)
        after = any(local < start for start, _ in spans)
        return Reason.LUNCH if before and after else Reason.OFF_HOURS
    return Reason.HOLIDAY if calendar.days.kind(local.date()) is DayKind.HOLIDAY else Reason.REST_DAY


def _spans_of(week: Week | None, day: date, calendar: Calendar) -> Iterator[tuple[datetime, datetime, Reason]]:
    """When the area answers, of the spans that begin on `day`; peak hours last, because the plain ones explain more."""
    kind = calendar.days.kind(day)
    if week is None or (kind is DayKind.HOLIDAY and not week.on_holidays):
        return
    extra = kind is DayKind.EXTRA_WORKDAY
    spans = week.workday if extra else week.days[day.weekday()]
    for span in spans:
        yield (*_times(span, day), Reason.EXTRA_WORKDAY if extra else Reason.HOURS)
    if week.lunch_cover and len(spans) > 1:
        yield (*_times(Span(spans[0].start, spans[-1].end), day), Reason.LUNCH_COVER)
    if week.peak and calendar.is_peak(day):
        for span in week.peak:
            yield (*_times(span, day), Reason.PEAK)


def _times(span: Span, day: date) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time(), CHINA)
    return midnight + timedelta(minutes=span.start), midnight + timedelta(minutes=span.end)


def _next_change(area: str, local: datetime, is_open: bool, calendar: Calendar) -> datetime | None:
    """The first moment after `local` at which the area is open and was not, or the other way round."""
    week = calendar.week(area)
    closure = calendar.closed_by(area, local)
    if closure is not None and closure.end is None:
        return None
    # While a closure holds nothing changes: a long one is not walked through day by day.
    begins = local if closure is None or closure.end is None else closure.end.astimezone(CHINA)
    moments = {edge.astimezone(CHINA) for edge in calendar.edges(area)}
    first = begins.date() - _DAY
    for ahead in range(0 if week is None else _AHEAD):
        day = first + ahead * _DAY
        moments.update(moment for start, end, _ in _spans_of(week, day, calendar) for moment in (start, end))
        # What ends past midnight waits for the next day's turn.
        midnight = datetime.combine(day + _DAY, time(), CHINA)
        due = {moment for moment in moments if moment < midnight}
        moments -= due
        change = _first_change(due, area, local, is_open, calendar)
        if change is not None:
            return change
    return _first_change(moments, area, local, is_open, calendar)


def _first_change(
    moments: Iterable[datetime], area: str, local: datetime, is_open: bool, calendar: Calendar
) -> datetime | None:
    for moment in sorted(moments):
        if moment > local and (_reason(area, moment, calendar) in OPEN_REASONS) is not is_open:
            return moment
    return None
