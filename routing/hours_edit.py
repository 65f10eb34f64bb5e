"""What can be changed about hours, as functions from calendar to calendar; who stores it calls `hours_file.change`.

An area may be written as people write it: id, Chinese name, or `all`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime

from core.clock import CHINA
from core.errors import BadInput
from core.ids import AreaId
from routing.areas import AreaTree
from routing.days import Days
from routing.hours import ALL, Calendar, Closure, Notice
from routing.statutory import announced
from routing.week import read

TEXT_LIMIT = 100
"""Characters of an announcement: a caller listens for half a minute at most."""
WHY_LIMIT = 100
_YEARS_BACK, _YEARS_AHEAD = 1, 2
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
"""Times beyond are mistakes."""
EVERYWHERE = "全省"
"""Every area, in Chinese."""
Edit = Callable[[Calendar], Calendar]


def area_named(name: str, tree: AreaTree) -> str:
    """The area id of an id or name; `all` stays. Raises `BadInput`."""
    if name in (ALL, EVERYWHERE):
        return ALL
    area = tree.named(name)
    if area is None:
        raise BadInput(f"{name[:40]!r} is no area of {tree.root.name}; write an id (zhengzhou), a name (郑州), or all")
    return area.id


def grounded(tree: AreaTree, now: datetime) -> Edit:
    """The calendar with this province's areas and every year the installed package knows around `now`.

    A year that was known and is no more stays.
    """
    year = now.astimezone(CHINA).year
    days = announced(range(year - _YEARS_BACK, year + _YEARS_AHEAD + 1))
    parents: dict[str, AreaId] = {county.id: tree.city_of(county.id).id for county in tree.counties}

    def edit(calendar: Calendar) -> Calendar:
        known = Days({**calendar.days.off, **days.off}, {**calendar.days.worked, **days.worked})
        return replace(calendar, root=tree.root.id, parents=parents, days=known)

    return edit


def shown(area: str, tree: AreaTree) -> str:
    """The Chinese name of an area's id, or of `all`."""
    return EVERYWHERE if area == ALL else tree.area(AreaId(area)).name if area in tree else area


def set_hours(area: str, spec: str | None) -> Edit:
    """Hours of an area, as `routing.week.read` reads them; None: those of its city, or of the province."""
    week = None if spec is None else read(spec)

    def edit(calendar: Calendar) -> Calendar:
        others = {name: hours for name, hours in calendar.hours.items() if name != area}
        return replace(calendar, hours=others if spec is None else {**others, area: week})

    return edit


def close(closure: Closure, now: datetime) -> Edit:
    """One closure more; those that are over go. Raises `BadInput` when it ends before it begins, or is over."""
    sane(closure.start)
    sane(closure.end)
    if closure.end is not None and closure.end <= max(closure.start, now):
        raise BadInput("a closure ends after it begins, and not in the past")
    if len(closure.why) > WHY_LIMIT:
        raise BadInput(f"the reason is longer than {WHY_LIMIT} characters")

    def edit(calendar: Calendar) -> Calendar:
        kept = (it for it in calendar.closures if it.end is None or it.end > now)
        return replace(calendar, closures=(*kept, closure))

    return edit


def reopen(area: str) -> Edit:
    """Without every closure of that very area. Raises `BadInput` when there is none."""

    def edit(calendar: Calendar) -> Calendar:
        kept = tuple(it for it in calendar.closures if it.area != area)
        if len(kept) == len(calendar.closures):
            raise BadInput(f"no closure of {area} is set; hotline hours show lists them")
        return replace(calendar, closures=kept)

    return edit


def announce(notice: Notice, now: datetime) -> Edit:
    """The area's announcement, in place of one it had; those that are over go."""
    sane(notice.until)
    if notice.until is not None and notice.until <= now:
        raise BadInput("an announcement ends in the future")

    def edit(calendar: Calendar) -> Calendar:
        kept = {it.area: it for it in calendar.notices.values() if it.until is None or it.until > now}
        return replace(calendar, notices={**kept, notice.area: notice})

    return edit


def hush(area: str) -> Edit:
    """Without the announcement of that very area. Raises `BadInput` when there is none."""

    def edit(calendar: Calendar) -> Calendar:
        if area not in calendar.notices:
            raise BadInput(f"nothing is announced for {area}; hotline announce list shows what is")
        return replace(calendar, notices={name: it for name, it in calendar.notices.items() if name != area})

    return edit


def set_peak(month: str, day: date | None) -> Edit:
    """The announced end of a month's filing (`2026-10`); None: as the rule says. Raises `BadInput`."""
    if day is not None and f"{day:%Y-%m}" != month:
        raise BadInput(f"{day} is not in {month}")

    def edit(calendar: Calendar) -> Calendar:
        others = {name: it for name, it in calendar.peaks.items() if name != month}
        return replace(calendar, peaks=others if day is None else {**others, month: day})

    return edit


def checked_text(text: str) -> str:
    """An announcement's text on one line. Raises `BadInput` when it is empty, too long or holds what cannot be said."""
    plain = " ".join(text.split())
    if not plain or len(plain) > TEXT_LIMIT or not plain.isprintable():
        raise BadInput(f"an announcement has 1 to {TEXT_LIMIT} printable characters, this one has {len(plain)}")
    return plain


def sane(moment: datetime | None) -> None:
    """Raises `BadInput` for a time that can only be a mistake."""
    if moment is not None and not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise BadInput(f"{moment.year} is no year between {_FIRST_YEAR} and {_LAST_YEAR}")


def in_turn(edits: Iterable[Edit]) -> Edit:
    """One edit after another."""
    chain = tuple(edits)

    def edit(calendar: Calendar) -> Calendar:
        for one in chain:
            calendar = one(calendar)
        return calendar

    return edit
