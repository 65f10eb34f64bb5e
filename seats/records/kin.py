"""Which calls of Asterisk are told as part of another: consultations, experts who were asked, phones of ours in a call.

`seats.made_for` keeps it, from the first event that says so: what a call was made for may be long over when it ends.
"""

from collections.abc import Iterable, Mapping

import asyncpg

from core.ids import LinkedId
from seats.records.cel import CelEvent
from seats.records.insertion import insert
from seats.records.moving import made_for
from seats.records.schema import calls, open_calls
from seats.records.schema import made_for as made_for_table
from seats.supervision.floor import OURS

_NOTE = insert(made_for_table, ("linkedid", "call"))
_MADE_FOR = f'SELECT linkedid, "call" FROM {made_for_table.fullname} WHERE linkedid = ANY($1)'  # noqa: S608 - our names
_OF_CALLS = f'SELECT linkedid, "call" FROM {made_for_table.fullname} WHERE "call" = ANY($1)'  # noqa: S608
_NOT_OPEN = f"DELETE FROM {open_calls.fullname} WHERE linkedid = ANY($1)"  # noqa: S608
_NO_CALL = f"DELETE FROM {calls.fullname} WHERE linkedid = ANY($1)"  # noqa: S608


async def note(connection: asyncpg.Connection, events: Iterable[CelEvent]) -> None:
    """Keep what these events say of it; such a call has no record of its own. Raises what asyncpg raises."""
    said: dict[LinkedId, LinkedId] = {}
    for event in events:
        if (call := made_for(event)) is not None:
            said[event.linkedid] = LinkedId(call)
        elif str(event.linkedid) != str(event.uniqueid) and event.uniqueid.startswith(OURS):
            # A phone of ours, rung under its own name, has come into a call.
            said[LinkedId(event.uniqueid)] = event.linkedid
    if not said:
        return
    further = await callers(connection, said.values())
    rows = [(name, further.get(call, call)) for name, call in said.items()]
    rows = [(name, call) for name, call in rows if name != call]
    await connection.executemany(_NOTE, rows)
    names = [name for name, _ in rows]
    await connection.execute(_NOT_OPEN, names)
    await connection.execute(_NO_CALL, names)


async def callers(connection: asyncpg.Connection, names: Iterable[LinkedId]) -> Mapping[LinkedId, LinkedId]:
    """The caller's call of each of `names` that was made for one."""
    return {row["linkedid"]: row["call"] for row in await connection.fetch(_MADE_FOR, list(names))}


async def parts(connection: asyncpg.Connection, names: Iterable[LinkedId]) -> Mapping[LinkedId, LinkedId]:
    """Every name told with the calls `names`, and with which of them; their own among them."""
    own = {name: name for name in names}
    return own | {row["linkedid"]: row["call"] for row in await connection.fetch(_OF_CALLS, list(own))}
