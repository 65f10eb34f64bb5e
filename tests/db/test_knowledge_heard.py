"""Who heard which version, and who is called back when it was wrong."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import engine
from core.schema import facts
from knowledge.heard import heard, mark_hearers
from knowledge.schema import corrections
from knowledge.told import FACT
from routing.schema import routing_decisions

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[AsyncEngine]:
    made = engine(dsn, application="test-heard")
    yield made
    await made.dispose()


def fact(number: int, call: str | None, version: int, **other: Any) -> dict[str, Any]:
    fields = {"entry": "vat.rates", "scope": "country", "version": version, "told": True, "question": "税率"} | other
    return {"id": str(number), "kind": FACT, "at": NOON + timedelta(hours=number), "call": call, "fields": fields}


async def stored(database: AsyncEngine, *rows: dict[str, Any]) -> None:
    async with database.begin() as connection:
        await connection.execute(insert(facts), list(rows))
        decision = {"linkedid": "a", "decided_at": NOON, "kind": "CITY", "queue": "luoyang", "reason": "segment"}
        decision["decided_by"] = "service"
        await connection.execute(insert(routing_decisions).values(normalized="13803790000", **decision))


async def test_hearers_are_listed_with_their_version_and_number(database: AsyncEngine) -> None:
    await stored(
        database,
        fact(1, "a", 1),
        fact(2, "b", 2),
        fact(3, "c", 1, told=False),
        fact(4, "d", 1, entry="vat.other"),
    )
    found = await heard(database, "vat.rates", NOON)
    assert [(one.call, one.version, one.number) for one in found] == [("b", 2, ""), ("a", 1, "13803790000")]
    assert [one.call for one in await heard(database, "vat.rates", NOON, version=1)] == ["a"]
    assert await heard(database, "vat.rates", NOON + timedelta(days=1)) == []
    assert await heard(database, "' OR true --", NOON) == []


async def test_a_correction_marks_each_hearer_of_an_earlier_version_once(database: AsyncEngine) -> None:
    await stored(
        database,
        fact(1, "a", 1),
        fact(2, "a", 2),
        fact(3, "b", 3),
        fact(4, None, 1),
        fact(5, "c", 1, scope="luoyang"),
        fact(6, "d", 1),
    )
    assert await mark_hearers(database, "vat.rates", "country", 3) == 2
    assert await mark_hearers(database, "vat.rates", "country", 3) == 0
    async with database.connect() as connection:
        rows = (await connection.execute(select(corrections).order_by(corrections.c.call))).mappings().all()
    assert [(row["call"], row["heard_version"], row["corrected_version"]) for row in rows] == [("a", 2, 3), ("d", 1, 3)]
    assert all(row["called_back_at"] is None for row in rows)
