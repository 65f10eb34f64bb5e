"""What callers keyed, kept per number: the projection of `area_remembered`."""

from collections.abc import Sequence

import asyncpg

from core.journal import Fact
from routing.schema import remembered_areas
from seats.records.insertion import insert

KINDS = frozenset({"area_remembered"})
_INSERT = (
    insert(remembered_areas, ("number", "area_id", "remembered_at", "linkedid"), update=True)
    + " WHERE remembered_areas.remembered_at <= EXCLUDED.remembered_at"
)


async def remember(connection: asyncpg.Connection, facts: Sequence[Fact]) -> None:
    """The latest answer of each number stays."""
    rows = []
    for fact in facts:
        number, area = fact.fields.get("number"), fact.fields.get("area_id")
        if isinstance(number, str) and isinstance(area, str) and number:
            rows.append((number, area, fact.at, fact.call))
    await connection.executemany(_INSERT, rows)
