"""Call records as Postgres has them, for the demonstration."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from core.db import answering, engine
from routing.schema import routing_decisions as decisions
from seats.records.schema import calls, legs

_POLL = 0.1


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call: its record, and why it went where it went."""

    linkedid: str
    raw: str | None
    normalized: str
    area: str | None
    area_id: str | None
    confidence: str | None
    reason: str
    tries: int
    decided_by: str
    data_version: str | None
    queue: str | None
    seat: str | None
    outcome: str
    wait_ms: int | None
    talk_ms: int
    legs: int


async def stored_calls(dsn: str, linkedids: Sequence[str], deadline: float) -> dict[str, StoredCall]:
    """The records of these calls, by linkedid; waits until all are there, `deadline` seconds at most."""
    count = select(func.count()).where(legs.c.linkedid == calls.c.linkedid).scalar_subquery().label("legs")
    query = (
        select(
            calls.c.linkedid,
            *(decisions.c[name] for name in ("raw", "normalized", "area", "area_id", "confidence", "reason", "tries")),
            *(decisions.c[name] for name in ("decided_by", "data_version")),
            calls.c.queue,
            calls.c.answered_by.label("seat"),
            *(calls.c[name] for name in ("outcome", "wait_ms", "talk_ms")),
            count,
        )
        .join(decisions, decisions.c.linkedid == calls.c.linkedid)
        .where(calls.c.linkedid.in_(linkedids))
    )
    pool = engine(dsn, application="hotline demo")
    loop = asyncio.get_running_loop()
    until = loop.time() + deadline
    try:
        while True:
            async with answering(), pool.connect() as connection:
                rows = [StoredCall(**row) for row in (await connection.execute(query)).mappings()]
            if len(rows) == len(set(linkedids)) or loop.time() >= until:
                return {row.linkedid: row for row in rows}
            await asyncio.sleep(_POLL)
    finally:
        await pool.dispose()
