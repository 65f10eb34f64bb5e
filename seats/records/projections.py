"""Facts of the journal that become rows of their own: which function stores which kind.

A projection runs inside the transaction that stores the facts themselves. A shipment may come twice, so storing the
same fact twice must do nothing more; and one fact nobody can make sense of must not hold up the others: it is left out.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg

from core.journal import Fact
from seats.callbacks import projection as callbacks
from seats.callbacks.request import KINDS as CALLBACK_KINDS
from seats.rating import projection as rating
from seats.rating.rating import ASKED as RATING_ASKED
from seats.rating.rating import RATED
from seats.records import remembered
from seats.records.cel import CelEvent
from seats.roster import projection as roster
from seats.sharing import projection as sharing
from seats.stories import projection as stories

Projection = Callable[[asyncpg.Connection, Sequence[Fact]], Awaitable[None]]
"""Stores facts of its kinds, in the order they were noted."""

PROJECTIONS: Mapping[frozenset[str], Projection] = {
    remembered.KINDS: remembered.remember,
    CALLBACK_KINDS: callbacks.store,
    stories.KINDS: stories.store,
    sharing.KINDS: sharing.store,
    roster.KINDS: roster.store,
}
"""By the kinds each one stores."""


EVENT_PROJECTIONS: Mapping[str, Callable[[asyncpg.Connection, Sequence[CelEvent]], Awaitable[None]]] = {
    callbacks.MESSAGE_LEFT: callbacks.store_messages,
    callbacks.MESSAGE_EMPTY: callbacks.store_messages,
    RATING_ASKED: rating.store,
    RATED: rating.store,
}
"""The same for events of the dialplan's own (`CELGenUserEvent`), by name: what happened with no program of ours."""


async def project(connection: asyncpg.Connection, facts: Sequence[Fact]) -> None:
    """Hand each projection the facts of its kinds. Raises what asyncpg raises."""
    for kinds, store in PROJECTIONS.items():
        wanted = [fact for fact in facts if fact.kind in kinds]
        if wanted:
            await store(connection, wanted)


async def project_events(connection: asyncpg.Connection, events: Sequence[CelEvent]) -> None:
    """Hand each projection the events of its name. Raises what asyncpg raises."""
    for name, store in EVENT_PROJECTIONS.items():
        wanted = [event for event in events if event.type == name and event.of_dialplan]
        if wanted:
            await store(connection, wanted)
