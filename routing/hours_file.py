"""`hours.json`: everything set about hours, kept whole on disk and watched by whoever needs it. Standard library only.

A file that is not there means: always open. One that cannot be read means the same, with one line in the log: no caller
is dropped for it. Writers take turns under a lock beside it and put a whole new file in its place.
"""

import fcntl
import json
import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.clock import CHINA
from core.errors import BadInput, HotlineError
from core.ids import AreaId
from core.whole import write_whole
from routing.days import Days
from routing.hours import ALWAYS_OPEN, Calendar, Closure, Notice
from routing.week import read, written

_VERSION = 1
_FIRST_YEAR, _LAST_YEAR = 1990, 2110
"""Arithmetic with times beyond overflows."""
log = logging.getLogger("routing.hours")


class HoursUnwritable(HotlineError):
    """The new hours are not on disk; the old ones hold."""


class HoursFile:
    """The file at `path`, read again whenever it changed. Not for several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._calendar = ALWAYS_OPEN

    def calendar(self) -> Calendar:
        """What holds now: one look at the file's time, and the file only when that changed. Never raises."""
        try:
            found = self._path.stat()
        except OSError:
            self._seen, self._calendar = None, ALWAYS_OPEN
            return self._calendar
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._seen = seen
            try:
                self._calendar = load(self._path)
            except BadInput as error:
                log.error("hours cannot be read, every area counts as open", extra={"reason": str(error)})
                self._calendar = ALWAYS_OPEN
        return self._calendar


def load(path: Path) -> Calendar:
    """What the file says; nothing set when it is not there. Raises `BadInput` when it cannot be read."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ALWAYS_OPEN
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: {error}; mend it, or remove it and set the hours again") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{path}: {type(error).__name__}: {error}; mend it, or remove it") from error


def change(path: Path, edit: Callable[[Calendar], Calendar]) -> Calendar:
    """Replace what is set by what `edit` makes of it, one writer at a time; what holds then.

    Raises `BadInput` when the file cannot be read (it is left as it is), `HoursUnwritable` when nothing can be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            new = edit(load(path))
            write_whole(path, json.dumps(as_json(new), ensure_ascii=False, indent=1) + "\n", lasting=True)
    except OSError as error:
        raise HoursUnwritable(f"cannot write {path}: {error.strerror}; nothing has changed") from error
    return new


def as_json(calendar: Calendar) -> dict[str, Any]:
    """`calendar` as the file holds it."""
    return {
        "version": _VERSION,
        "root": calendar.root,
        "parents": dict(calendar.parents),
        "hours": {area: written(week) for area, week in calendar.hours.items()},
        "closures": [
            {"area": it.area, "from": _time(it.start), "to": _time(it.end), "why": it.why, "by": it.by}
            for it in calendar.closures
        ],
        "notices": [
            {
                "area": it.area,
                "text": it.text,
                "sound": it.sound,
                "until": _time(it.until),
                "by": it.by,
                "since": None if it.since is None else it.since.astimezone(CHINA).isoformat(timespec="milliseconds"),
            }
            for it in calendar.notices.values()
        ],
        "days": {
            str(year): {
                "off": [day.isoformat() for day in sorted(calendar.days.off[year])],
                "worked": [day.isoformat() for day in sorted(calendar.days.worked.get(year, ()))],
            }
            for year in calendar.days.years
        },
        "peaks": {month: day.isoformat() for month, day in calendar.peaks.items()},
    }


def parse(data: Mapping[str, Any]) -> Calendar:
    """The calendar of what `as_json` wrote. Anything else raises `BadInput` or what Python raises for a wrong shape."""
    if data["version"] != _VERSION:
        raise BadInput(f"hours of version {data['version']}, this program knows {_VERSION}")
    notices = [
        Notice(
            str(it["area"]),
            str(it["text"]),
            str(it["sound"]),
            _moment(it["until"]),
            str(it["by"]),
            _moment(it["since"]),
        )
        for it in data["notices"]
    ]
    return Calendar(
        root=AreaId(data["root"]) if data["root"] else None,
        parents={str(area): AreaId(city) for area, city in data["parents"].items()},
        hours={str(area): read(text) for area, text in data["hours"].items()},
        closures=tuple(
            Closure(str(it["area"]), _sure(_moment(it["from"])), _moment(it["to"]), str(it["why"]), str(it["by"]))
            for it in data["closures"]
        ),
        notices={notice.area: notice for notice in notices},
        days=Days(
            {int(year): frozenset(map(date.fromisoformat, it["off"])) for year, it in data["days"].items()},
            {int(year): frozenset(map(date.fromisoformat, it["worked"])) for year, it in data["days"].items()},
        ),
        peaks={str(month): date.fromisoformat(day) for month, day in data["peaks"].items()},
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(CHINA).isoformat(timespec="minutes")


def _moment(text: str | None) -> datetime | None:
    """A time; one without a zone is China's."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"the year {moment.year}")
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _sure(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a closure without a beginning")
    return moment
