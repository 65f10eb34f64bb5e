"""Ratings in Postgres: one row a call whatever comes twice, low ones followed up, figures of raters."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from core.db import connect, engine
from core.ids import LinkedId
from routing.tables import province_tree
from seats.accounts.scope import EVERYWHERE
from seats.rating.rating import follow_ups, rating
from seats.records.cel import CelEvent
from seats.records.figures.store import StoredFigures
from seats.records.writer import PlacedEvent, Shipment, store
from tests.fakes.cel_stories import Story, events

BEGINS = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def told(number: int, score: object = None, caller: str = "03796234567") -> list[CelEvent]:
    """A call a seat answered and ended; `score` None: asked, and nothing keyed."""
    said = ("RATING_ASKED",) if score is None else ("RATING_ASKED", "RATED")
    words = {"seat": "3790001", "queue": "luoyang", "number": caller}
    found = events(Story(number, BEGINS + timedelta(minutes=number), end="platform", said=said))
    extra = {
        "RATING_ASKED": json.dumps({"extra": json.dumps(words)}),
        "RATED": json.dumps({"extra": json.dumps({**words, "score": score})}),
    }
    return [replace(event, extra=extra.get(event.type, event.extra)) for event in found]


async def shipped(connection: asyncpg.Connection, calls: list[list[CelEvent]], segment: str) -> None:
    flat = [event for call in calls for event in call]
    await store(connection, Shipment(tuple(PlacedEvent(segment, place, event) for place, event in enumerate(flat))))


@pytest.fixture
def calls() -> list[list[CelEvent]]:
    return [told(1, 5), told(2, 4), told(3, 2), told(4, 1, caller="anonymous"), told(5), told(6)]


async def test_figures_count_raters_and_those_who_were_asked(dsn: str, calls: list[list[CelEvent]]) -> None:
    connection = await connect(dsn, application="test")
    await shipped(connection, calls, "f")
    await shipped(connection, calls, "again")
    rows = await connection.fetch("SELECT score, seat, area, rated_at IS NULL AS silent FROM seats.ratings ORDER BY 1")
    assert [tuple(row) for row in rows] == [
        *((score, "3790001", "luoyang", False) for score in (1, 2, 4, 5)),
        *((None, "3790001", "luoyang", True),) * 2,
    ]
    await connection.close()
    database = engine(dsn, application="test")
    whole = (
        await StoredFigures(database, province_tree("henan")).figures(
            EVERYWHERE, since=BEGINS, until=BEGINS + timedelta(hours=1), by="area", area=None
        )
    )[-1]
    await database.dispose()
    assert (whole.answered, whole.rating_asked, whole.rated, whole.satisfied) == (6, 6, 4, 2)
    assert (whole.response_rate, whole.satisfaction) == (pytest.approx(4 / 6), 0.5)


async def test_a_low_rating_is_followed_up_once(dsn: str, calls: list[list[CelEvent]]) -> None:
    connection = await connect(dsn, application="test")
    for segment in ("f", "again"):
        await shipped(connection, calls, segment)
    rows = await connection.fetch("SELECT number, area, why, state, story FROM seats.callbacks")
    assert [tuple(row) for row in rows] == [("03796234567", "luoyang", "low_rating", "asked", "评分 2 分,座席 3790001")]
    assert await connection.fetchval("SELECT count(*) FROM core.facts WHERE kind = 'callback_asked'") == 1
    await connection.close()


def test_who_rates_a_call_of_ours_is_followed_up_when_it_is_over() -> None:
    rated = next(event for event in told(1, 1) if event.type == "RATED")
    assert len(follow_ups([rated])) == 1
    assert follow_ups([replace(rated, linkedid=LinkedId("cb-000000000001-1"))]) == []


@pytest.mark.parametrize("score", [0, 6, "5", True, None, 4.0, {"a": 1}])
def test_a_score_that_is_none_is_no_answer(score: object) -> None:
    event = next(event for event in told(1, score if score is not None else {}) if event.type == "RATED")
    assert (rating(event).score, rating(event).rated_at) == (None, None)
    assert not follow_ups([event])
