"""Today's calls as Postgres has them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from core.db import DatabaseAway
from seats.live.store import offered_since

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def put(dsn: str, linkedid: str, **more: Any) -> None:
    row = {
        "linkedid": linkedid,
        "origin": "trunk",
        "caller": "",
        "dialled": "12366",
        "area": "zhengzhou",
        "queue": "henan",
        "started_at": NOON,
        "queued_at": NOON + SECOND,
        "answered_at": NOON + 4 * SECOND,
        "ended_at": NOON + 9 * SECOND,
        "talk_ms": 5000,
        "outcome": "answered",
        "ended_by": "caller",
        **more,
    }
    connection = await asyncpg.connect(dsn)
    try:
        names = ", ".join(row)
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await connection.execute(f"INSERT INTO seats.calls ({names}) VALUES ({places})", *row.values())  # noqa: S608
    finally:
        await connection.close()


async def test_calls_of_taxpayers_since_midnight(dsn: str) -> None:
    await put(dsn, "1.1")
    await put(dsn, "1.2", area=None, answered_at=None)
    await put(dsn, "1.3", queue=None, queued_at=None, answered_at=None, outcome="self_served")
    await put(dsn, "1.4", origin="seat")
    await put(dsn, "1.5", started_at=NOON - 60 * SECOND, queued_at=NOON - 50 * SECOND)
    found = sorted(await offered_since(dsn, NOON), key=lambda row: row.uniqueid)
    began, joined = NOON.timestamp(), (NOON + SECOND).timestamp()
    assert [(row.uniqueid, row.area, row.queue, row.joined, row.answered, row.self_served) for row in found] == [
        ("1.1", "zhengzhou", "henan", joined, joined + 3, False),
        ("1.2", None, "henan", joined, None, False),
        ("1.3", "zhengzhou", None, None, None, True),
    ]
    assert {row.began for row in found} == {began}


async def test_postgres_away_says_so() -> None:
    with pytest.raises(DatabaseAway):
        await offered_since("postgresql://hotline@/hotline?host=/nowhere", NOON)
