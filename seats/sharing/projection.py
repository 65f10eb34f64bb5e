"""Facts that a queue rang a seat → their table, inside the shipper's transaction."""

import json
from collections.abc import Sequence
from typing import Final

import asyncpg

from core.journal import Fact
from seats.records.insertion import insert
from seats.sharing.chosen import CHOSEN
from seats.sharing.schema import seat_rings

KINDS: Final = frozenset({CHOSEN})
_INSERT: Final = insert(seat_rings, tuple(column.name for column in seat_rings.columns))
_LONGEST: Final = 400
_MOST: Final = 30
"""Candidates kept of one ring."""


async def store(connection: asyncpg.Connection, facts: Sequence[Fact]) -> None:
    """A row each; what names no call, queue or seat is left out."""
    rows = []
    for fact in facts:
        words = [fact.fields.get(name) for name in ("queue", "seat", "rule", "why")]
        if fact.call is None or not all(isinstance(word, str) for word in words):
            continue
        queue, seat, rule, why = (str(word)[:_LONGEST] for word in words)
        area, given = fact.fields.get("area"), fact.fields.get("candidates")
        candidates = given[:_MOST] if isinstance(given, list | tuple) else []
        own = area if isinstance(area, str) else None
        rows.append((fact.id, fact.call, fact.at, queue, seat, own, rule, why, json.dumps(candidates)))
    if rows:
        await connection.executemany(_INSERT, rows)
