"""Who heard which version, and who is called back when it was wrong."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import SystemClock
from core.db import engine
from core.journal import Journal, JournalReader
from core.schema import facts
from knowledge import files
from knowledge.heard import Hearer, heard, mark_hearers
from knowledge.publishing import ask_back
from knowledge.schema import corrections
from knowledge.told import FACT
from routing.schema import routing_decisions
from seats.callbacks.request import asked as callback_of

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


async def test_what_became_of_a_hearer_is_told(database: AsyncEngine) -> None:
    story = {"id": "s", "kind": "story", "at": NOON + timedelta(hours=2), "call": "b", "fields": {"human": True}}
    await stored(database, fact(1, "a", 1, again=True), fact(2, "b", 1), story)
    async with database.begin() as connection:
        for call, number, hours in (("b", "13803790001", 2), ("c", "13803790000", 2.9), ("d", "13803790001", 4.1)):
            decided = {"kind": "CITY", "queue": "luoyang", "reason": "segment", "decided_by": "service"}
            at = NOON + timedelta(hours=hours)
            await connection.execute(
                insert(routing_decisions).values(linkedid=call, decided_at=at, normalized=number, **decided)
            )
    found = {one.call: (one.again, one.human, one.called_again) for one in await heard(database, "vat.rates", NOON)}
    assert found == {"a": (True, False, True), "b": (False, True, False)}


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
    assert await mark_hearers(database, "vat.rates", "country", 3) == [
        Hearer("a", "13803790000", "luoyang"),
        Hearer("d", "", ""),
    ]
    assert await mark_hearers(database, "vat.rates", "country", 3) == []
    async with database.connect() as connection:
        rows = (await connection.execute(select(corrections).order_by(corrections.c.call))).mappings().all()
    assert [(row["call"], row["heard_version"], row["corrected_version"]) for row in rows] == [("a", 2, 3), ("d", 1, 3)]
    assert all(row["called_back_at"] is None for row in rows)


async def test_hearers_with_a_number_are_to_be_called_with_what_is_right_now(dsn: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path, SystemClock())
    rates = next(entry for entry in files.load().entries if entry.id == "vat.rates")
    assert ask_back(journal, rates, Hearer("a", "13803790000", "luoyang"))
    assert not ask_back(journal, rates, Hearer("d", "", ""))
    (fact,) = JournalReader(tmp_path)
    assert (fact.kind, fact.call) == ("callback_asked", "a")
    asked = callback_of(fact)
    assert asked is not None
    assert (asked.why, asked.number, asked.area) == ("correction", "13803790000", "luoyang")
    assert rates.answer in asked.story
