"""Who works when: read from a table, checked, and asked whose shift has ended. Pure."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from core.clock import CHINA
from core.errors import BadInput
from core.ids import AreaId, SeatNumber

COLUMNS: Final = ("seat", "days", "from", "to", "lunch_from", "lunch_to")
_TIME: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\Z", re.ASCII)
_DAYS: Final = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True, slots=True)
class Shift:
    """One seat, one weekday (1 Monday to 7 Sunday). Minutes of China's day; `ends` is after `starts`."""

    seat: SeatNumber
    weekday: int
    starts: int
    ends: int
    lunch_from: int | None = None
    lunch_to: int | None = None


def read(text: str, areas: Mapping[SeatNumber, AreaId]) -> tuple[Shift, ...]:
    """Shifts from CSV: `seat,days,from,to,lunch_from,lunch_to`, days like `1-5` or `1,3,6`, times like `08:30`.

    `areas` are the seats there are. Raises `BadInput` naming the line.
    """
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise BadInput(f"the first line of a table of shifts is {','.join(COLUMNS)}")
    found: list[Shift] = []
    for row in rows:
        try:
            found += _of_row(row, areas)
        except ValueError as error:
            raise BadInput(f"line {rows.line_num}: {error}") from None
    _check_overlaps(found)
    return tuple(found)


def _of_row(row: Mapping[str, str | None], areas: Mapping[SeatNumber, AreaId]) -> Iterator[Shift]:
    words = {name: (row.get(name) or "").strip() for name in COLUMNS}
    seat = SeatNumber(words["seat"])
    if seat not in areas:
        raise ValueError(f"there is no seat {seat[:20]!r}")
    starts, ends = _minute(words["from"]), _minute(words["to"])
    if ends <= starts:
        raise ValueError("a shift ends after it begins; write one over midnight as two")
    lunch = (words["lunch_from"], words["lunch_to"])
    if any(lunch) and not all(lunch):
        raise ValueError("lunch has a beginning and an end, or neither")
    lunch_from, lunch_to = (_minute(lunch[0]), _minute(lunch[1])) if all(lunch) else (None, None)
    if lunch_from is not None and lunch_to is not None and not starts <= lunch_from < lunch_to <= ends:
        raise ValueError("lunch lies inside the shift")
    for day in _days(words["days"]):
        yield Shift(seat, day, starts, ends, lunch_from, lunch_to)


def _minute(word: str) -> int:
    found = _TIME.match(word)
    minute = int(found.group(1)) * 60 + int(found.group(2)) if found else -1
    if not 0 <= minute <= 24 * 60:
        raise ValueError(f"{word[:20]!r} is no time of the day; write it like 08:30")
    return minute


def _days(word: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in word.split(","):
        found = re.fullmatch(r"([1-7])(?:-([1-7]))?", part.strip(), re.ASCII)
        if not found:
            raise ValueError(f"{word[:20]!r} are no days; write them like 1-5 or 1,3,6 (1 is Monday)")
        days.update(range(int(found.group(1)), int(found.group(2) or found.group(1)) + 1))
    return tuple(sorted(days))


def _check_overlaps(shifts: Iterable[Shift]) -> None:
    by_day: defaultdict[tuple[SeatNumber, int], list[Shift]] = defaultdict(list)
    for each in shifts:
        by_day[each.seat, each.weekday].append(each)
    for (seat, day), own in by_day.items():
        own.sort(key=lambda each: each.starts)
        for one, other in pairwise(own):
            if other.starts < one.ends:
                raise BadInput(f"seat {seat} has two shifts at once on {_DAYS[day - 1]}")


def check_lunch(shifts: Sequence[Shift], areas: Mapping[SeatNumber, AreaId], names: Mapping[AreaId, str]) -> None:
    """Never all seats of an area at lunch at once; an area with one seat on shift is exempt: others answer for it.

    Raises `BadInput` naming area, day and time.
    """
    groups: defaultdict[tuple[AreaId, int], list[Shift]] = defaultdict(list)
    for each in shifts:
        groups[areas[each.seat], each.weekday].append(each)
    for (area, day), own in sorted(groups.items()):
        for minute in sorted({each.lunch_from for each in own if each.lunch_from is not None}):
            working = [each for each in own if each.starts <= minute < each.ends]
            eating = [each for each in working if _at_lunch(each, minute)]
            if len(working) > 1 and len(eating) == len(working):
                until = min(each.lunch_to or 0 for each in eating)
                raise BadInput(
                    f"{names.get(area, area)} {_DAYS[day - 1]} {_clock(minute)}-{_clock(until)}: "
                    f"all {len(working)} seats would be at lunch at once; move one seat's lunch"
                )


def _at_lunch(shift: Shift, minute: int) -> bool:
    return shift.lunch_from is not None and shift.lunch_to is not None and shift.lunch_from <= minute < shift.lunch_to


def ended(shifts: Iterable[Shift], since: datetime, until: datetime) -> frozenset[SeatNumber]:
    """Seats whose shift ended after `since` and not after `until`, and who have no other one going on then."""
    found: set[SeatNumber] = set()
    local = until.astimezone(CHINA)
    for each in shifts:
        for day in (local, local - timedelta(days=1)):
            midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
            end = midnight + timedelta(minutes=each.ends)
            if day.isoweekday() == each.weekday and since < end <= until:
                found.add(each.seat)
    return frozenset(found) - on_shift(shifts, until)


def on_shift(shifts: Iterable[Shift], at: datetime) -> frozenset[SeatNumber]:
    """Seats that work at that moment."""
    local = at.astimezone(CHINA)
    minute = local.hour * 60 + local.minute
    return frozenset(s.seat for s in shifts if s.weekday == local.isoweekday() and s.starts <= minute < s.ends)


def shown(shift: Shift) -> tuple[str, str, str, str]:
    """Seat, day, hours, lunch, for people."""
    lunch = ""
    if shift.lunch_from is not None and shift.lunch_to is not None:
        lunch = f"{_clock(shift.lunch_from)}-{_clock(shift.lunch_to)}"
    return shift.seat, _DAYS[shift.weekday - 1], f"{_clock(shift.starts)}-{_clock(shift.ends)}", lunch


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
