"""Entries published to Postgres: versions are kept, nothing is ever lost."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import engine
from knowledge import files
from knowledge.entry import Entry, Review
from knowledge.schema import entries, entry_versions, phrasings, publishings
from knowledge.store import VersionChanged, publish, version

ENTRY = Entry(
    id="iit.rent",
    version=1,
    group="个人所得税",
    label="租房扣除",
    question="租房怎么扣",
    answer="租房扣除,每月800元。",
    facts=("每月800元", "'; DROP TABLE knowledge.entries; --"),
    basis=("国发〔2018〕41号",),
    scope="henan",
    valid_from=date(2026, 1, 1),
    valid_until=None,
    review=Review.DONE,
    exact=frozenset(),
    related=(),
    phrasings=("租房能抵税吗", "房租怎么扣"),
)


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[AsyncEngine]:
    made = engine(dsn, application="test-knowledge")
    yield made
    await made.dispose()


async def count(database: AsyncEngine, table: object) -> int:
    async with database.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_every_entry_of_the_files_is_stored_and_a_second_time_changes_nothing(database: AsyncEngine) -> None:
    library = files.load()
    first = await publish(database, library.entries, "one", None)
    assert first["versions"] == first["entries"] == len(library.entries)
    assert await count(database, phrasings) == sum(len(entry.phrasings) for entry in library.entries)
    assert await publish(database, library.entries, "one", None) == dict.fromkeys(first, 0)
    assert await count(database, publishings) == 1


async def test_a_new_version_is_spoken_and_the_old_one_still_readable(database: AsyncEngine) -> None:
    await publish(database, [ENTRY], "one", None)
    corrected = dataclasses.replace(ENTRY, version=2, answer="租房扣除,每月1100元。")
    assert (await publish(database, [corrected], "two", None))["versions"] == 1
    async with database.connect() as connection:
        spoken = (await connection.execute(select(entries.c.version, entries.c.answer))).one()
    assert tuple(spoken) == (2, "租房扣除,每月1100元。")
    heard = await version(database, "iit.rent", "henan", 1)
    assert heard is not None and heard["answer"] == ENTRY.answer
    assert heard["facts"] == list(ENTRY.facts)
    assert await version(database, "iit.rent", "henan", 3) is None


async def test_an_answer_changed_under_its_version_is_refused_and_nothing_stored(database: AsyncEngine) -> None:
    await publish(database, [ENTRY], "one", None)
    with pytest.raises(VersionChanged, match="raise its version"):
        await publish(database, [dataclasses.replace(ENTRY, answer="别的。")], "two", None)
    assert await count(database, publishings) == 1
    again = dataclasses.replace(ENTRY, label="租房", review=Review.NEEDED)
    assert (await publish(database, [again], "three", None))["entries"] == 1


async def test_an_entry_gone_is_retired_and_its_phrasings_marked(database: AsyncEngine) -> None:
    city = dataclasses.replace(ENTRY, scope="zhengzhou", answer="郑州租房扣除,每月1500元。")
    await publish(database, [ENTRY, city], "one", None)
    assert (await publish(database, [ENTRY], "two", None))["retired"] == 1
    async with database.connect() as connection:
        retired = (await connection.execute(select(entries.c.scope, entries.c.retired))).all()
        marked = (await connection.execute(select(phrasings.c.scope, phrasings.c.last_published_by))).all()
    assert {tuple(row) for row in retired} == {("henan", False), ("zhengzhou", True)}
    assert {row.scope for row in marked if row.last_published_by is not None} == {"zhengzhou"}
    assert await count(database, entry_versions) == 2
    back = await publish(database, [ENTRY, city], "three", None)
    assert (back["versions"], back["entries"], back["phrasings"]) == (0, 1, 2)


async def test_two_editors_publishing_at_once_both_succeed(database: AsyncEngine) -> None:
    results = await asyncio.gather(*(publish(database, [ENTRY], str(n), None) for n in range(3)))
    assert sorted(result["versions"] for result in results) == [0, 0, 1]
    assert await count(database, publishings) == 1
