"""Facts of the journal that become rows of their own: which function stores which kind.

A projection runs inside the transaction that stores the facts themselves. A shipment may come twice, so storing the
same fact twice must do nothing more; and one fact nobody can make sense of must not hold up the others: it is left out.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg

from core.journal import Fact
from seats.records import remembered

Projection = Callable[[asyncpg.Connection, Sequence[Fact]], Awaitable[None]]
"""Stores facts of its kinds, in the order they were noted."""

PROJECTIONS: Mapping[frozenset[str], Projection] = {
    remembered.KINDS: remembered.remember,
}
"""By the kinds each one stores."""


async def project(connection: asyncpg.Connection, facts: Sequence[Fact]) -> None:
    """Hand each projection the facts of its kinds. Raises what asyncpg raises."""
    for kinds, store in PROJECTIONS.items():
        wanted = [fact for fact in facts if fact.kind in kinds]
        if wanted:
            await store(connection, wanted)
