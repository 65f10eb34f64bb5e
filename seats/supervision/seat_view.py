"""What a seat may see of the supervisions that touched it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ids import LinkedId, SeatNumber
from seats.supervision.entry import CLOSING, Kind, Row


@dataclass(frozen=True, slots=True)
class SeatSupervision:
    """One supervision as the seat sees it."""

    supervision: str
    user: str
    modes: tuple[str, ...]
    """In the order they were used on this seat."""
    call: LinkedId | None
    reason: str
    started: datetime | None
    """When it first reached this seat."""
    ended: datetime | None
    """When it left this seat; None: it has not, or nobody knows."""


def seen_by_seat(
    rows: Sequence[Row], seat: SeatNumber, now: datetime, told_after: timedelta
) -> tuple[SeatSupervision, ...]:
    """From the rows (oldest first) of whole supervisions. One that ended less than `told_after` ago is left out, and so
    is one still running unless there is no delay. Newest first."""
    by_id: dict[str, list[Row]] = {}
    for row in rows:
        by_id.setdefault(row.supervision, []).append(row)
    found = [_seen(own, seat) for own in by_id.values()]
    shown = [each for each in found if not told_after or (each.ended is not None and each.ended + told_after <= now)]
    return tuple(sorted(shown, key=lambda each: each.started or now, reverse=True))


def _seen(rows: Sequence[Row], seat: SeatNumber) -> SeatSupervision:
    here = [row for row in rows if row.seat == seat and row.kind in {Kind.STARTED, Kind.STOPPED}]
    began = [row for row in here if row.kind is Kind.STARTED]
    last = here[-1] if here else rows[-1]
    closed = next((row for row in reversed(rows) if row.kind in CLOSING), None)
    # In its ear until told otherwise: stopped, or over altogether.
    left = last if last.kind is Kind.STOPPED else closed
    asked = rows[0]
    return SeatSupervision(
        supervision=asked.supervision,
        user=asked.user_name or "",
        modes=tuple(dict.fromkeys(row.verb for row in began)),
        call=began[-1].call if began else asked.call,
        reason=asked.reason,
        started=_when(began[0]) if began else None,
        ended=_when(left) if left is not None else None,
    )


def _when(row: Row) -> datetime | None:
    return row.happened_at or row.at
