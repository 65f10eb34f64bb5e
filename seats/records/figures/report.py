"""A report: which figures were asked for, how they are named, and how a value is shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal

from core.clock import CHINA
from core.errors import BadInput
from routing.areas import AreaTree
from seats.records.figures.figure import WORDS, Figures

Lang = Literal["zh", "en"]

IN_SHORT: Final = (
    "offered",
    "answered",
    "connect_rate",
    "connect_rate_net",
    "service_level",
    "service_level_net",
    "abandon_rate",
    "abandon_rate_net",
    "short_abandoned",
    "ai_share",
    "wait_mean_ms",
    "wait_p95_ms",
    "talk_mean_ms",
    "response_rate",
    "satisfaction",
)
"""What fits on a terminal: the figures of the standard, with short abandons in and out. Files hold all of them."""

_TEXTS: Final = {
    "zh": {"area": "地区", "begins_at": "时段", "whole": "合计", "undecided": "未定", "seconds": "秒"},
    "en": {"area": "area", "begins_at": "from", "whole": "total", "undecided": "undecided", "seconds": "s"},
}


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of a span of time, grouped."""

    since: datetime
    until: datetime
    by: tuple[str, ...]
    tree: AreaTree
    made_at: datetime
    lang: Lang
    rows: Sequence[Figures]
    """The last one is everything together."""
    by_area: Sequence[Figures] = ()
    """For plots; without the whole."""
    by_time: Sequence[Figures] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that say which group a row is, time first."""
        timed = any(word != "area" for word in self.by)
        return (("begins_at",) if timed else ()) + (("area",) if "area" in self.by else ())

    def text(self, name: str) -> str:
        """A word of the report's own, in its language."""
        return _TEXTS[self.lang][name]

    def column(self, name: str, *, unit: bool = False) -> str:
        """A column's title; `unit` adds the unit of times."""
        if name not in WORDS:
            return self.text(name)
        word = WORDS[name]
        title = word.chinese if self.lang == "zh" else word.english
        return f"{title}({self.text('seconds')})" if unit and word.unit == "time" else title

    def place(self, row: Figures, key: str) -> str:
        """What a row says in a key column."""
        if row.whole:
            return self.text("whole") if key == self.keys[0] else ""
        if key == "area":
            return self.area(row)
        assert row.begins_at is not None  # noqa: S101 - a row of a bucket
        return row.begins_at.astimezone(CHINA).strftime("%m-%d %H:%M" if "half-hour" in self.by else "%Y-%m-%d")

    def area(self, row: Figures) -> str:
        """The area of a row, as people call it."""
        if not row.area:
            return self.text("undecided")
        return self.tree.area(row.area).name if self.lang == "zh" and row.area in self.tree else row.area

    @property
    def span(self) -> str:
        """From when until when, in China's time."""
        return " – ".join(f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}" for moment in (self.since, self.until))


def shown(name: str, value: float | None) -> str:
    """A figure for people: `93.4 %`, `12.3`, `-` when there is nothing to divide by."""
    if value is None:
        return "-"
    unit = WORDS[name].unit
    return f"{value * 100:.1f}%" if unit == "rate" else f"{value / 1000:.1f}" if unit == "time" else str(value)


def plain(name: str, value: float | None) -> str:
    """The same for a spreadsheet: rates from 0 to 1, times in seconds, nothing for nothing."""
    if value is None:
        return ""
    unit = WORDS[name].unit
    return f"{value:.6g}" if unit == "rate" else f"{value / 1000:.3f}" if unit == "time" else str(value)


def moment_of(text: str, *, end: bool = False) -> datetime:
    """`2026-11-22` or `2026-11-22T08:30`, China's time unless it names a zone, as UTC.

    A day as the `end` of a span is part of it. Raises `BadInput`.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no date; write 2026-11-22, or 2026-11-22T08:30") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CHINA)
    if end and len(text) <= len("2026-11-22"):
        moment += timedelta(days=1)
    return moment.astimezone(UTC)


def today(now: datetime) -> datetime:
    """When China's day began."""
    return datetime.combine(now.astimezone(CHINA).date(), time(), CHINA).astimezone(UTC)
