"""What the events of a rating say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.ids import LinkedId
from core.journal import Fact
from seats.callbacks.request import ASKED as CALLBACK_ASKED
from seats.callbacks.request import CALLABLE, Why
from seats.records.cel import CelEvent

ASKED: Final = "RATING_ASKED"
RATED: Final = "RATED"
BEST: Final = 5
LOW: Final = 2
"""A score up to this opens a follow-up."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A row of `seats.ratings`. Times are UTC."""

    linkedid: LinkedId
    asked_at: datetime
    rated_at: datetime | None
    score: int | None
    seat: str
    area: str


def rating(event: CelEvent) -> Rating:
    """What one event adds; a score that is none counts as no answer."""
    said = event.details()
    score = said.get("score")
    rated = isinstance(score, int) and not isinstance(score, bool) and 1 <= score <= BEST
    return Rating(
        event.linkedid,
        event.at,
        event.at if rated else None,
        score if rated else None,
        str(said.get("seat") or ""),
        str(said.get("queue") or ""),
    )


def follow_ups(events: Sequence[CelEvent]) -> list[Fact]:
    """A promise to call back for every low score whose number can be called: the same fact whenever it is asked."""
    facts = []
    for event in events:
        given = rating(event)
        number = str(event.details().get("number") or "")
        if given.score is not None and given.score <= LOW and CALLABLE.fullmatch(number):
            story = f"评分 {given.score} 分" + (f",座席 {given.seat}" if given.seat else "")
            said = {"number": number, "area": given.area, "why": str(Why.LOW_RATING), "story": story}
            facts.append(Fact(f"low-rating-{event.linkedid}", CALLBACK_ASKED, event.at, event.linkedid, said))
    return facts
