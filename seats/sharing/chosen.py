"""That a queue rang a seat, and why that one: as a fact of the journal, and as it is shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.ids import AreaId, SeatNumber
from seats.sharing.choice import Choice

CHOSEN: Final = "seat_chosen"
"""Kind of the fact."""


@dataclass(frozen=True, slots=True)
class SeatChosen:
    """One ring of one seat."""

    at: datetime
    queue: AreaId
    """The area whose caller it is."""
    seat: SeatNumber
    area: AreaId | None
    """The seat's own."""
    rule: str
    """home, parent, pair, province; nobody: the queue rang it in its own order."""
    why: str
    """In Chinese, for people."""
    candidates: Sequence[Mapping[str, Any]] = ()
    """Areas considered, in the order of asking: area, rule, free, waiting, reserve, room, seat."""


def chosen(at: datetime, queue: AreaId, seat: SeatNumber, choice: Choice) -> SeatChosen:
    """The ring that followed from `choice`."""
    candidates = tuple(
        {
            "area": each.area,
            "rule": each.rule.value,
            "free": each.free,
            "waiting": each.waiting,
            "reserve": each.reserve,
            "room": each.room,
            "seat": each.seat,
        }
        for each in choice.candidates
    )
    return SeatChosen(at, queue, seat, choice.area, choice.rule.value, choice.why, candidates)


def fields(ring: SeatChosen) -> dict[str, Any]:
    """What the fact says."""
    return {
        "queue": ring.queue,
        "seat": ring.seat,
        "area": ring.area,
        "rule": ring.rule,
        "why": ring.why,
        "candidates": ring.candidates,
    }
