"""Ratings into Postgres, inside the transaction that stores their events; again and again, it is one row."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

import asyncpg

from core.schema import facts as facts_table
from seats.callbacks import projection as callbacks
from seats.rating.rating import follow_ups, rating
from seats.rating.schema import ratings
from seats.records.cel import CelEvent
from seats.records.insertion import insert

_STORE: Final = (
    f"INSERT INTO {ratings.fullname} AS old (linkedid, asked_at, rated_at, score, seat, area) "  # noqa: S608 - our names
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (linkedid) DO UPDATE SET "
    "asked_at = least(old.asked_at, EXCLUDED.asked_at), rated_at = coalesce(EXCLUDED.rated_at, old.rated_at), "
    "score = coalesce(EXCLUDED.score, old.score), seat = EXCLUDED.seat, area = EXCLUDED.area"
)
_INSERT_FACT: Final = insert(facts_table, ("id", "kind", "at", "call", "fields"))


async def store(connection: asyncpg.Connection, events: Sequence[CelEvent]) -> None:
    """One row a call; a low score also becomes a callback. Raises what asyncpg raises."""
    await connection.executemany(_STORE, [astuple(rating(event)) for event in events])
    facts = follow_ups(events)
    if facts:
        rows = [(fact.id, fact.kind, fact.at, fact.call, dict(fact.fields)) for fact in facts]
        await connection.executemany(_INSERT_FACT, rows)
        await callbacks.store(connection, facts)
