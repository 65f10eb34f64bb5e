"""Figures from Postgres against a count of the same CEL file made without anything of ours."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import CHINA
from core.db import connect, engine
from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from routing.areas import AreaTree
from routing.tables import province_tree
from seats.accounts.scope import EVERYWHERE, NOWHERE, scope_of
from seats.records.cel import parse
from seats.records.figures.figure import WORDS, Figures
from seats.records.figures.store import StoredFigures
from seats.records.writer import PlacedEvent, Shipment, store
from seats.roster import store as roster
from seats.roster.seat import Seat
from tests.fakes.cel_count import calls_in, figures
from tests.fakes.cel_stories import Story, file_of

BEGINS = datetime(2026, 11, 21, 15, 40, tzinfo=UTC)
"""23:40 in China: the calls reach into the next day."""
SINCE, UNTIL = BEGINS - timedelta(hours=1), BEGINS + timedelta(days=1)
SEATS = {"3790001": "luoyang", "3980001": "sanmenxia", "3719001": "henan"}
AREAS = ("luoyang", "sanmenxia", "zhengzhou", "gongyi")


def some_calls(chance: random.Random, count: int) -> list[Story]:
    stories = []
    for number in range(count):
        story = Story(
            number,
            BEGINS + timedelta(seconds=chance.uniform(0, 7200)),
            area=chance.choice(AREAS),
            menu=chance.choice((0.2, 4.0, 11.0)),
            wait=chance.choice((0.5, 4.9, 14.9, 15.1, 40.0)),
            talk=chance.choice((None, None, 30.0, 61.5, 600.0)),
            seat=chance.choice((*SEATS, "3710009")),
            end=chance.choice(("caller", "caller", "platform")),
            said=chance.choice(((), (), ("TOLD",), ("SELF_SERVED",), ("MESSAGE_LEFT",), ("CALLBACK_BOOKED",))),
            origin=chance.choice(("trunk", "trunk", "trunk", "anonymous", "3790001")),
        )
        if chance.random() < 0.2:
            story = Story(number, story.begins, None, story.menu, None, None, end=story.end, said=story.said)
        stories.append(story)
    return stories


@pytest.fixture(scope="module")
def tree() -> AreaTree:
    return province_tree("henan")


@pytest.fixture
async def database(dsn: str) -> Iterator[AsyncEngine]:  # type: ignore[misc]
    await roster.seed(dsn, [Seat(SeatNumber(number), AreaId(area), number) for number, area in SEATS.items()])
    made = engine(dsn, application="test")
    yield made
    await made.dispose()


async def shipped(dsn: str, stories: Sequence[Story]) -> bytes:
    """The file of these calls, stored."""
    file = file_of(stories)
    connection = await connect(dsn, application="test")
    events = tuple(PlacedEvent("f", it.place, it.event) for it in parse(file, ended=True).events)
    await store(connection, Shipment(events=events))
    await connection.close()
    return file


def same(row: Figures, counted: Mapping[str, Any]) -> None:
    for name, value in counted.items():
        ours = getattr(row, name)
        assert ours == value or ours == pytest.approx(value, abs=0.51 if name.endswith("_ms") else 1e-9), name


@pytest.mark.parametrize("by", ["area", "half-hour", "day", "area,half-hour", "area,day"])
async def test_figures_are_what_the_file_says(dsn: str, database: AsyncEngine, tree: AreaTree, by: str) -> None:
    file = await shipped(dsn, some_calls(random.Random(by), 300))
    counted = figures(calls_in(file).values(), SEATS, by)
    *rows, whole = await StoredFigures(database, tree).figures(EVERYWHERE, since=SINCE, until=UNTIL, by=by, area=None)
    assert len(rows) == len(counted) > 1
    for row in rows:
        same(row, counted[row.area, round(row.begins_at.timestamp()) if row.begins_at else 0])
    assert whole.whole
    assert not any(row.whole for row in rows)
    (everything,) = figures(calls_in(file).values(), SEATS, "").values()
    same(whole, everything)


async def test_a_call_is_offered_once_and_each_outcome_adds_up(dsn: str, database: AsyncEngine, tree: AreaTree) -> None:
    await shipped(dsn, some_calls(random.Random(5), 300))
    *rows, whole = await StoredFigures(database, tree).figures(
        EVERYWHERE, since=SINCE, until=UNTIL, by="area", area=None
    )
    for name, word in WORDS.items():
        if word.unit == "count":
            assert sum(getattr(row, name) for row in rows) == getattr(whole, name), name
    for row in (*rows, whole):
        others = row.told_and_ended + row.message_left + row.callback_booked + row.failed + row.interrupted
        assert row.offered == row.answered + row.self_served + row.abandoned + others
        assert row.answered == row.answered_by_own + row.answered_by_others
    known = sum(row.answered_for_others for row in rows)
    assert 0 < known <= sum(row.answered_by_others for row in rows)


async def test_a_city_sees_its_own_calls_alone(dsn: str, database: AsyncEngine, tree: AreaTree) -> None:
    asked = StoredFigures(database, tree).figures
    await shipped(dsn, some_calls(random.Random(6), 200))
    everywhere = await asked(EVERYWHERE, since=SINCE, until=UNTIL, by="area", area=None)
    luoyang = scope_of(tree, AreaId("luoyang"))
    own = await asked(luoyang, since=SINCE, until=UNTIL, by="area", area=None)
    assert [row.area for row in own] == ["luoyang", None]
    assert own[0] == next(row for row in everywhere if row.area == "luoyang")
    (whole,) = await asked(luoyang, since=SINCE, until=UNTIL, by="area", area=AreaId("sanmenxia"))
    assert whole.offered == 0
    (whole,) = await asked(NOWHERE, since=SINCE, until=UNTIL, by="area", area=None)
    assert whole.offered == 0
    below = await asked(EVERYWHERE, since=SINCE, until=UNTIL, by="area", area=AreaId("zhengzhou"))
    assert [row.area for row in below] == ["gongyi", "zhengzhou", None]
    assert "" in {row.area for row in everywhere}, "calls that ended before they were routed"


async def test_days_and_half_hours_are_chinas(dsn: str, database: AsyncEngine, tree: AreaTree) -> None:
    await shipped(dsn, [Story(1, BEGINS), Story(2, BEGINS + timedelta(minutes=20)), Story(3, UNTIL)])
    asked = StoredFigures(database, tree).figures
    days = await asked(EVERYWHERE, since=SINCE, until=UNTIL, by="day", area=None)
    assert [row.begins_at.astimezone(CHINA).isoformat() for row in days if row.begins_at] == [
        "2026-11-21T00:00:00+08:00",
        "2026-11-22T00:00:00+08:00",
    ]
    halves = await asked(EVERYWHERE, since=SINCE, until=UNTIL, by="half-hour", area=None)
    assert [f"{row.begins_at.astimezone(CHINA):%H:%M}" for row in halves if row.begins_at] == ["23:30", "00:00"]
    assert halves[-1].offered == 2, "the end is not part of it"


@pytest.mark.parametrize("by", ["", "seat", "day,half-hour", "area,area", "area;DROP TABLE seats.calls"])
async def test_other_groups_are_refused(database: AsyncEngine, tree: AreaTree, by: str) -> None:
    with pytest.raises(BadInput):
        await StoredFigures(database, tree).figures(EVERYWHERE, since=SINCE, until=UNTIL, by=by, area=None)


async def test_an_empty_time_has_no_rates(database: AsyncEngine, tree: AreaTree) -> None:
    (whole,) = await StoredFigures(database, tree).figures(EVERYWHERE, since=SINCE, until=UNTIL, by="day", area=None)
    assert (whole.offered, whole.connect_rate, whole.wait_mean_ms) == (0, None, None)
    with pytest.raises(BadInput):
        await StoredFigures(database, tree).figures(EVERYWHERE, since=UNTIL, until=SINCE, by="day", area=None)


async def test_the_ai_share_counts_only_what_was_resolved_and_not_asked_again(
    dsn: str, database: AsyncEngine, tree: AreaTree
) -> None:
    """Five callers answered by voice: one is content, one calls again in 90 minutes, one in three hours, one goes to a
    seat, one withholds their number."""
    served = ("SELF_SERVED",)
    stories = [
        Story(1, BEGINS, "luoyang", 30.0, None, None, said=served),
        Story(2, BEGINS, "luoyang", 30.0, None, None, said=served),
        Story(3, BEGINS, "luoyang", 30.0, None, None, said=served),
        Story(4, BEGINS, "luoyang", 30.0, 5.0, 60.0, seat="3790001"),
        Story(5, BEGINS, "luoyang", 30.0, None, None, said=served),
        Story(6, BEGINS + timedelta(minutes=90), "luoyang", 1.0, 5.0, 60.0, seat="3790001"),
        Story(7, BEGINS + timedelta(hours=3), "luoyang", 1.0, 5.0, 60.0, seat="3790001"),
    ]
    await shipped(dsn, stories)
    connection = await connect(dsn, application="test")
    names = [
        row["linkedid"]
        for row in await connection.fetch("SELECT linkedid FROM seats.calls ORDER BY started_at, linkedid")
    ]
    numbers = ("13800000001", "13800000002", "13800000003", "13800000004", "", "13800000002", "13800000003")
    for name, number in zip(names, numbers, strict=True):
        await connection.execute("UPDATE seats.calls SET caller = $2 WHERE linkedid = $1", name, number)
    for place, name in enumerate(names[:5]):
        human = place == 3
        await connection.execute(
            "INSERT INTO seats.conversations VALUES ($1, $2, $3, $4, $5, '', '', 0, '', '[]', '[]')",
            name,
            BEGINS,
            "human" if human else "served",
            not human,
            human,
        )
    await connection.close()
    *_, whole = await StoredFigures(database, tree).figures(
        EVERYWHERE, since=SINCE, until=UNTIL, by="day", area=AreaId("luoyang")
    )
    assert (whole.offered, whole.self_served, whole.spoken_with, whole.voice_to_human) == (7, 4, 5, 1)
    assert (whole.called_again, whole.voice_resolved) == (2, 2)
    assert whole.ai_share == pytest.approx(2 / 7)
