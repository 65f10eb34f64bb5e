"""What the State Council announced for a year, from the `holidays` package: days off, and weekends that are worked."""

from collections.abc import Iterable
from datetime import date, timedelta

import holidays

from routing.days import Days

_SATURDAY = 5


def announced(years: Iterable[int]) -> Days:
    """The years of `years` that the installed package knows; the others are left out.

    A year is known once its working weekends are: the package computes statutory days for any year, but every year's
    announcement since 2008 moves some weekends. Saturdays and Sundays inside a holiday count as its days.
    """
    off: dict[int, frozenset[date]] = {}
    worked: dict[int, frozenset[date]] = {}
    for year in years:
        table = holidays.country_holidays("CN", years=year)
        weekends = frozenset(day for day in getattr(table, "weekend_workdays", ()) if day.year == year)
        if not weekends:
            continue
        days = {day for day in table if day.year == year} - weekends
        worked[year] = weekends
        off[year] = frozenset(days | _weekends_between(days, weekends))
    return Days(off, worked)


def _weekends_between(days: set[date], worked: frozenset[date]) -> set[date]:
    """Weekend days that touch a day off: part of the same holiday as people count it."""
    found: set[date] = set()
    for day in days:
        for step in (-1, 1):
            near = day + timedelta(days=step)
            while near.weekday() >= _SATURDAY and near not in worked and near.year == day.year:
                found.add(near)
                near += timedelta(days=step)
    return found - days
