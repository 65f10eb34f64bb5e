"""Stored calls asked for by area, time, number and outcome; a city sees what is its own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.db import DatabaseAway, connect, engine
from core.errors import BadInput
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from core.journal import Fact
from routing.areas import AreaTree
from routing.tables import province_tree
from seats.accounts.scope import EVERYWHERE, NOWHERE, AreaScope, scope_of
from seats.records.history import StoredHistory
from seats.records.reach import within
from seats.records.record import Origin, Outcome
from seats.records.writer import PlacedEvent, Shipment, store
from seats.roster import store as roster
from seats.roster.seat import Seat
from tests.fakes.cel_stories import Story, events

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
STORIES = (
    Story(0, NOON, area="luoyang", seat="3790001"),
    Story(1, NOON + timedelta(minutes=1), area="zhengzhou", seat="3790001"),
    Story(2, NOON + timedelta(minutes=2), area="gongyi", wait=3.0, talk=None),
    Story(3, NOON + timedelta(minutes=3), area=None, wait=None, talk=None),
)
RUNG = Story(4, NOON + timedelta(minutes=4), area=None, wait=None, talk=None, origin="3790001")
TREE = province_tree("henan")


@pytest.fixture
def tree() -> AreaTree:
    return TREE


@pytest.fixture
async def history(dsn: str) -> AsyncIterator[StoredHistory]:
    await roster.seed(dsn, [Seat(SeatNumber("3790001"), AreaId("luoyang"), "一号")])
    connection = await connect(dsn, application="test")
    for story in STORIES:
        placed = tuple(PlacedEvent(str(story.number), place, event) for place, event in enumerate(events(story)))
        said = {"raw": f"+86138{story.number:08d}", "normalized": f"0138{story.number:08d}"}
        fact = Fact(f"f{story.number}", "routing_decided", story.begins, story.linkedid, said)
        await store(connection, Shipment(placed, (fact,)))
    # Rung by the platform: a supervisor's phone that did not answer.
    ours = [replace(each, uniqueid=UniqueId("sv-0123456789ab")) for each in events(RUNG)]
    placed = tuple(PlacedEvent("ours", place, event) for place, event in enumerate(ours))
    await store(connection, Shipment(placed, ()))
    await connection.close()
    database = engine(dsn, application="test")
    yield StoredHistory(database, TREE)
    await database.dispose()


async def numbers(history: StoredHistory, scope: AreaScope = EVERYWHERE, **asked: object) -> list[int]:
    """Which of the stories come back, in order."""
    found = await history.history(scope, **asked)  # type: ignore[arg-type]
    return [int(record.linkedid.rpartition(".")[2]) for record in found]


async def test_everything_newest_first(history: StoredHistory) -> None:
    assert await numbers(history) == [3, 2, 1, 0]
    assert await numbers(history, limit=2) == [3, 2]
    assert await numbers(history, limit=0) == []


async def test_a_city_sees_its_callers_and_its_seats_calls(history: StoredHistory, tree: AreaTree) -> None:
    assert await numbers(history, scope_of(tree, AreaId("luoyang"))) == [1, 0]
    assert await numbers(history, scope_of(tree, AreaId("zhengzhou"))) == [2, 1], "a county lies in its city"
    assert await numbers(history, NOWHERE) == []
    assert await numbers(history, area=AreaId("gongyi")) == [2]
    assert await numbers(history, scope_of(tree, AreaId("luoyang")), area=AreaId("zhengzhou")) == []


async def test_by_time_number_and_outcome(history: StoredHistory) -> None:
    one = timedelta(minutes=1)
    assert await numbers(history, since=NOON + one, until=NOON + 3 * one) == [2, 1]
    assert await numbers(history, number="13800000001") == [1]
    assert await numbers(history, number="013800000001") == [1]
    assert await numbers(history, number="' OR 1=1 --") == []
    assert await numbers(history, outcome="answered") == [1, 0]
    assert await numbers(history, outcome=Outcome.ABANDONED_IN_QUEUE) == [2]
    with pytest.raises(BadInput, match="no outcome"):
        await numbers(history, outcome="lost")


async def test_the_platforms_own_calls_come_only_when_asked_for(history: StoredHistory) -> None:
    assert await numbers(history, origin=Origin.PLATFORM) == [4]
    assert await numbers(history, origin=Origin.TRUNK) == [3, 2, 1, 0]
    assert await numbers(history, origin=Origin.SEAT) == []
    assert 4 not in await numbers(history, since=RUNG.begins)


async def test_one_record_or_none(history: StoredHistory) -> None:
    record = await history.record(STORIES[0].linkedid)
    assert record is not None
    assert (record.answered_by, len(record.legs)) == ("3790001", 2)
    assert await history.record(LinkedId("none")) is None


async def test_an_absent_postgres_is_named_as_such(tree: AreaTree) -> None:
    database = engine("postgresql://hotline:x@/hotline?host=/nowhere", application="test")
    with pytest.raises(DatabaseAway):
        await StoredHistory(database, tree).history(EVERYWHERE)
    await database.dispose()


@pytest.mark.parametrize(
    ("scope", "area", "reached"),
    [
        (EVERYWHERE, None, None),
        (EVERYWHERE, "henan", None),
        (EVERYWHERE, "gongyi", ["gongyi"]),
        (scope_of(TREE, AreaId("luoyang")), None, ["luoyang"]),
        (scope_of(TREE, AreaId("luoyang")), "henan", ["luoyang"]),
        (scope_of(TREE, AreaId("luoyang")), "gongyi", []),
        (scope_of(TREE, AreaId("zhengzhou")), "gongyi", ["gongyi"]),
        (NOWHERE, "gongyi", []),
    ],
)
def test_a_question_reaches_no_further_than_its_scope(scope: AreaScope, area: str | None, reached: object) -> None:
    assert within(TREE, scope, AreaId(area) if area else None) == reached
