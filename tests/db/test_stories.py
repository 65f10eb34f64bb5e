"""Stories and questions: from a conversation's facts to rows, and found again, with Postgres away too."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from core.clock import SystemClock
from core.db import DatabaseAway, connect, engine
from core.ids import AreaId, LinkedId
from core.journal import Fact, Journal, JournalReader
from ivr.session.conversation import converse
from ivr.session.ending import Arrival
from seats.records.projections import project
from seats.stories.store import Stories, noted
from tests.fakes.scripted_answers import PASSENGER, scripted_house
from tests.fakes.scripted_caller import ScriptedCaller

CALL = LinkedId("1700000000.7")


async def told(journal: Path) -> None:
    """A conversation like any other, noted in a real journal."""
    caller = ScriptedCaller("机票能不能抵扣", "我手机号13812345678", "转人工")
    house, _, _ = scripted_house(caller.clock)
    writing = Journal(journal, SystemClock())
    object.__setattr__(house, "note", writing.note)
    await converse(caller, Arrival(CALL, AreaId("zhengzhou")), house)
    writing.append("story", LinkedId("1700000000.8"), {"summary": "another's", "questions": "hostile", "misses": -5})


async def shipped(dsn: str, facts: list[Fact]) -> asyncpg.Connection:
    connection = await connect(dsn, application="test")
    await project(connection, facts)
    return connection


async def test_a_story_is_found_in_the_journal_before_anything_is_shipped(tmp_path: Path) -> None:
    await told(tmp_path)
    story = noted(tmp_path, CALL)
    assert story is not None
    assert story.summary == "郑州；机票火车票抵扣（已答）、我手机号〔11位号码〕（没听懂）；要求人工"
    first = story.questions[0]
    assert (first.entry, first.action, first.told) == (PASSENGER, "answer", True)
    assert ("caller", "机票能不能抵扣") in [(line.who, line.text) for line in story.transcript]
    assert noted(tmp_path, LinkedId("1700000000.77")) is None
    assert noted(tmp_path / "none", CALL) is None
    # Postgres is not asked, and so may be away; a call of no story is another matter.
    away = Stories(tmp_path, engine("postgresql://nobody@127.0.0.1:1/none", application="test", deadline=0.5))
    assert await away.story(CALL) == story
    with pytest.raises(DatabaseAway):
        await away.story(LinkedId("5.5"))


async def test_shipped_twice_it_is_stored_once_and_read_back_the_same(dsn: str, tmp_path: Path) -> None:
    await told(tmp_path / "journal")
    before = noted(tmp_path / "journal", CALL)
    facts = list(JournalReader(tmp_path / "journal"))
    connection = await shipped(dsn, facts + facts)
    await connection.close()
    database = engine(dsn, application="test")
    stories = Stories(tmp_path / "empty", database)
    assert await stories.story(CALL) == before
    other = await stories.story(LinkedId("1700000000.8"))
    assert other is not None
    assert (other.summary, other.questions, other.transcript) == ("another's", [], [])
    assert await stories.story(LinkedId("5.5")) is None
    await database.dispose()


async def test_each_question_is_a_row(dsn: str, tmp_path: Path) -> None:
    await told(tmp_path)
    connection = await shipped(dsn, list(JournalReader(tmp_path)))
    rows = await connection.fetch("SELECT * FROM seats.questions ORDER BY at, id")
    assert [(row["question"], row["action"], row["entry"]) for row in rows[:2]] == [
        ("机票能不能抵扣", "answer", PASSENGER),
        ("我手机号〔11位号码〕", "unsure", None),
    ]
    assert (rows[0]["version"], rows[0]["score"], rows[0]["told"], rows[0]["whole"]) == (1, 0.9, True, True)
    conversation = await connection.fetchrow("SELECT * FROM seats.conversations WHERE linkedid = $1", CALL)
    assert (conversation["ended"], conversation["human"], conversation["resolved"]) == ("human", True, False)
    await connection.close()


@pytest.mark.parametrize(
    "fields", [{}, {"score": "x", "version": "1", "told": "yes"}, {"questions": [1], "misses": 1e99}]
)
async def test_what_is_no_story_stores_something_harmless(dsn: str, fields: dict[str, object]) -> None:
    at = datetime.now(UTC)
    facts = [Fact(f"f-{kind}", kind, at, CALL, fields) for kind in ("story", "question_answered")]
    lost = [Fact(f"g-{kind}", kind, at, None, fields) for kind in ("story", "question_answered")]
    connection = await shipped(dsn, facts + lost)
    assert await connection.fetchval("SELECT count(*) FROM seats.questions") == 1
    await connection.close()
