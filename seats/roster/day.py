"""A day of a seat: what it did when, and how long it did what. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A time in one state."""

    state: str
    reason: str
    since: datetime
    until: datetime
    move: str
    """How it came there; empty when nobody can say."""
    by: str
    call: str
    mode: str

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.until - self.since).total_seconds()


def spans(rows: Sequence[Any], since: datetime, until: datetime) -> tuple[Span, ...]:
    """From stored steps, oldest first; the first may be from before `since`: what the seat was at then."""
    found = []
    for place, row in enumerate(rows):
        inside = row.at >= since
        begun = max(row.at, since)
        ended = max(min(rows[place + 1].at, until) if place + 1 < len(rows) else until, begun)
        if inside or ended > begun:
            move, by, call = (row.move or "", row.by, row.call or "") if inside else ("", "", "")
            found.append(Span(row.to_state, row.reason, begun, ended, move, by, call, row.mode))
    return tuple(found)


def totals(spans: Iterable[Span]) -> Mapping[str, float]:
    """Seconds by state; a pause by its reason."""
    found: dict[str, float] = {}
    for span in spans:
        key = f"{span.state} {span.reason}" if span.state == "paused" and span.reason else span.state
        found[key] = found.get(key, 0.0) + span.seconds
    return found
