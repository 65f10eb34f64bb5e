"""Working days of China: statutory holidays, working weekends (调休), and the last day of a month's filing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

_SATURDAY = 5
_FILING_DAY = 15
_LONG = 3
"""Days of one holiday that push the end of filing back (税收征收管理法实施细则 第一百零九条)."""


class DayKind(StrEnum):
    """What a date is to working people."""

    WORKDAY = "workday"
    EXTRA_WORKDAY = "extra_workday"
    """A Saturday or Sunday worked for a holiday (调休)."""
    REST_DAY = "rest_day"
    """An ordinary weekend."""
    HOLIDAY = "holiday"
    """A statutory holiday, or a weekday off that a weekend was worked for."""


@dataclass(frozen=True, slots=True)
class Days:
    """What the State Council announced, by year. A year that is not there has weekdays and weekends only."""

    off: Mapping[int, frozenset[date]] = field(default_factory=dict)
    """Days off, weekends that are part of a holiday included."""
    worked: Mapping[int, frozenset[date]] = field(default_factory=dict)
    """Saturdays and Sundays that are worked."""

    @property
    def years(self) -> tuple[int, ...]:
        """Years that are known, earliest first."""
        return tuple(sorted(self.off))

    def kind(self, day: date) -> DayKind:
        """What `day` is; of a year not known, by its weekday alone."""
        if day in self.worked.get(day.year, ()):
            return DayKind.EXTRA_WORKDAY
        if day in self.off.get(day.year, ()):
            return DayKind.HOLIDAY
        return DayKind.REST_DAY if day.weekday() >= _SATURDAY else DayKind.WORKDAY

    def works(self, day: date) -> bool:
        """Whether `day` is worked."""
        return self.kind(day) in (DayKind.WORKDAY, DayKind.EXTRA_WORKDAY)

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself for 0."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.works(day)
        return day

    def last_filing_day(self, year: int, month: int) -> date:
        """When the month's filing ends: the 15th, or the next working day; later by the length of a long holiday.

        A holiday of three days or more within the period pushes the end back by as many working days as it has days
        there. Checked against the announced dates of 2024 and 2025.
        """
        fifteenth = date(year, month, _FILING_DAY)
        run = longest = 0
        for number in range(1, _FILING_DAY + 1):
            day = date(year, month, number)
            run = 0 if self.works(day) else run + 1
            if run and self._in_holiday(day, run):
                longest = max(longest, run)
        moved = self.after(fifteenth, longest if longest >= _LONG else 0)
        return moved if self.works(moved) else self.after(moved, 1)

    def _in_holiday(self, day: date, run: int) -> bool:
        """Whether one of the `run` days up to `day` is a statutory holiday."""
        return any(self.kind(day - timedelta(days=back)) is DayKind.HOLIDAY for back in range(run))


WEEKDAYS = Days()
"""Nothing announced."""
