"""Facts about callbacks → their table; events of messages → theirs. Inside the shipper's transaction."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from core.journal import Fact
from seats.callbacks.request import ASKED, as_row, asked, from_row, moved
from seats.callbacks.schema import callbacks, messages
from seats.callbacks.states import OPEN
from seats.records.cel import CelEvent
from seats.records.insertion import insert
from seats.records.recording import is_id

MESSAGE_LEFT: Final = "MESSAGE_LEFT"
"""Asterisk's own event: the dialplan raises it, with no program of ours."""
MESSAGE_EMPTY: Final = "MESSAGE_EMPTY"
"""The same when nothing was said: the row is kept for the file's sake alone, nobody is shown it."""
_COLUMNS: Final = tuple(column.name for column in callbacks.columns)
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM {callbacks.fullname} WHERE id = $1 FOR UPDATE"  # noqa: S608
_HOLDER: Final = (
    f"SELECT 1 FROM {callbacks.fullname} "  # noqa: S608 - names of our own table
    "WHERE number = $1 AND (slot IS NOT NULL) = $2 AND state = ANY($3) AND id <> $4"
)
_STORE: Final = insert(callbacks, _COLUMNS, update=True)
_MESSAGE: Final = ("id", "call", "area", "number", "left_at", "seconds", "state")
_STORE_MESSAGE: Final = insert(messages, _MESSAGE)
_LONGEST: Final = 3600


async def store(connection: asyncpg.Connection, facts: Sequence[Fact]) -> None:
    """Each fact once, in the order of their times: writers do not wait for each other."""
    for fact in sorted(facts, key=lambda each: each.at):
        begun = asked(fact)
        id = begun.id if begun is not None else str(fact.fields.get("id", ""))
        row = await connection.fetchrow(_SELECT, id)
        before = from_row(dict(row)) if row is not None else None
        if before is None and begun is not None and not await _held(connection, begun.number, begun.id, begun.slot):
            before = begun
        if before is None or (fact.kind == ASKED and row is not None):
            continue
        now = before if fact.kind == ASKED else moved(before, fact)
        if row is None or now is not before:
            values = as_row(now)
            await connection.execute(_STORE, *(_column(values[name]) for name in _COLUMNS))


async def store_messages(connection: asyncpg.Connection, events: Sequence[CelEvent]) -> None:
    """A row for each message; one that is there stays as it is."""
    rows = []
    for event in events:
        said = event.details()
        id, seconds = said.get("id"), said.get("seconds")
        if is_id(id):
            length = min(max(seconds, 0), _LONGEST) if isinstance(seconds, int) else 0
            area, number = str(said.get("queue") or ""), str(said.get("number") or "")
            state = "empty" if event.type == MESSAGE_EMPTY else "new"
            rows.append((id, event.linkedid, area, number, event.at, length, state))
    await connection.executemany(_STORE_MESSAGE, rows)


async def _held(connection: asyncpg.Connection, number: str, id: str, slot: object) -> bool:
    """Whether that number has an open one already: the earlier place stays."""
    return bool(await connection.fetchval(_HOLDER, number, slot is not None, [str(each) for each in OPEN], id))


def _column(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, str) else value
