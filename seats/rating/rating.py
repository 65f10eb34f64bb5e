"""What the events of a rating say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.ids import LinkedId
from core.journal import Fact
from seats.callbacks.request import ASKED as CALLBACK_ASKED
from seats.callbacks.request import CALLABLE, Why
from seats.callbacks.request import PREFIX as OWN
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


def low_story(score: int, seat: str) -> str:
    """What the seat who follows up is told."""
    return f"评分 {score} 分" + (f",座席 {seat}" if seat else "")


def follow_ups(events: Sequence[CelEvent]) -> list[Fact]:
    """A promise to call back for every low score whose number can be called: the same fact whenever it is asked. Who is
    owed another call already is followed up later (`seats.callbacks.owed`); so is whoever rates a call of ours."""
    facts = []
    for event in events:
        given = rating(event)
        number = str(event.details().get("number") or "")
        if event.linkedid.startswith(OWN) or given.score is None or given.score > LOW:
            continue
        if CALLABLE.fullmatch(number):
            story = low_story(given.score, given.seat)
            said = {"number": number, "area": given.area, "why": str(Why.LOW_RATING), "story": story}
            facts.append(Fact(f"low-rating-{event.linkedid}", CALLBACK_ASKED, event.at, event.linkedid, said))
    return facts
