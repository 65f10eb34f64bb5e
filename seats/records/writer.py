"""One batch into Postgres: events, facts, places and the records of the calls that ended, in one transaction."""

from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import asyncpg

from core.ids import LinkedId
from core.journal import Fact, Unreadable
from core.schema import facts as facts_table
from core.schema import shipping_places, unreadable_lines
from routing.schema import routing_decisions
from seats.records import kin
from seats.records.cel import FIELDS, CelEvent
from seats.records.insertion import insert
from seats.records.interpret import interpret
from seats.records.projections import project, project_events
from seats.records.record import CallRecord, Leg, Move
from seats.records.schema import calls, cel_events, legs, moves, open_calls, recordings

DEATH_KINDS = ("asterisk_ended", "asterisk_started")
"""Facts that say every call open before them is over."""

_LEG = tuple(field.name for field in fields(Leg))
_MOVE = tuple(field.name for field in fields(Move))
_CALL = tuple(column.name for column in calls.columns)
_DECISION = tuple(column.name for column in routing_decisions.columns)


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event with its eternal address."""

    segment: str
    place: int
    event: CelEvent


@dataclass(frozen=True, slots=True)
class Shipment:
    """What one transaction stores."""

    events: tuple[PlacedEvent, ...] = ()
    facts: tuple[Fact, ...] = ()
    unreadable: tuple[tuple[str, str, Unreadable], ...] = ()
    """`(source, segment, line)`."""
    places: tuple[tuple[str, str, int], ...] = ()
    """`(source, segment, bytes read)` as they will be."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a shipment did."""

    closed: tuple[CallRecord, ...] = ()
    untold: tuple[tuple[LinkedId, str], ...] = ()
    """Calls whose record could not be made or stored, and why: a defect of ours."""


_fields = attrgetter(*FIELDS)
_EVENT_COLUMNS = ("segment", "place", *FIELDS)
_INSERT_EVENT = insert(cel_events, _EVENT_COLUMNS)
_INSERT_FACT = insert(facts_table, ("id", "kind", "at", "call", "fields"))
_INSERT_UNREADABLE = insert(unreadable_lines, ("source", "segment", "place", "line", "reason"))
_INSERT_PLACE = insert(shipping_places, ("source", "segment", "place"), update=True)
_INSERT_CALL = insert(calls, _CALL, update=True)
_INSERT_LEG = insert(legs, ("linkedid", *_LEG), update=True)
_INSERT_MOVE = insert(moves, ("linkedid", "position", *_MOVE), update=True)
_INSERT_DECISION = insert(routing_decisions, _DECISION, update=True)
_RECORDING = ("id", "linkedid", "started_at", "ended_at", "expected_ms")
_INSERT_RECORDING = insert(recordings, _RECORDING, update=True)
_OPEN = (
    f"INSERT INTO {open_calls.fullname} (linkedid, opened_at) "  # noqa: S608 - table names of ours
    f"SELECT new.linkedid, new.at FROM unnest($1::text[], $2::timestamptz[]) AS new(linkedid, at) "
    f"WHERE NOT EXISTS (SELECT 1 FROM {calls.fullname} c WHERE c.linkedid = new.linkedid) ON CONFLICT DO NOTHING"
)
_KNOWN = f"SELECT linkedid, interrupted_at FROM {calls.fullname} WHERE linkedid = ANY($1)"  # noqa: S608
_STILL_OPEN = f"SELECT linkedid FROM {open_calls.fullname} WHERE opened_at < $1"  # noqa: S608
_LAST_SIGN = f"SELECT at FROM {cel_events.fullname} WHERE at < $1 ORDER BY row DESC LIMIT 1"  # noqa: S608
_EVENTS_OF = f"SELECT {', '.join(FIELDS)} FROM {cel_events.fullname} WHERE linkedid = ANY($1) ORDER BY row"  # noqa: S608
_FACTS_OF = f'SELECT id, kind, at, "call", fields FROM {facts_table.fullname} WHERE "call" = ANY($1) ORDER BY at, id'  # noqa: S608
_CLOSE = f"DELETE FROM {open_calls.fullname} WHERE linkedid = ANY($1)"  # noqa: S608
_TROUBLE = f"UPDATE {open_calls.fullname} SET trouble = $2 WHERE linkedid = $1"  # noqa: S608
_FORGET_LEGS = f"DELETE FROM {legs.fullname} WHERE linkedid = ANY($1)"  # noqa: S608
_FORGET_MOVES = f"DELETE FROM {moves.fullname} WHERE linkedid = ANY($1)"  # noqa: S608


async def store(connection: asyncpg.Connection, shipment: Shipment) -> Stored:
    """Commit `shipment` and every record it completes or changes; all of it or nothing.

    Storing the same shipment twice stores it once. Raises what asyncpg raises.
    """
    try:
        return await _store(connection, shipment, copy=True)
    except asyncpg.UniqueViolationError:
        # Lines that are already there under a place we had forgotten: a restored backup. COPY cannot skip them.
        return await _store(connection, shipment, copy=False)


async def _store(connection: asyncpg.Connection, shipment: Shipment, *, copy: bool) -> Stored:
    async with connection.transaction():
        rows = [(placed.segment, placed.place, *_fields(placed.event)) for placed in shipment.events]
        if rows and copy:
            await connection.copy_records_to_table(
                cel_events.name, schema_name=cel_events.schema, columns=_EVENT_COLUMNS, records=rows
            )
        elif rows:
            await connection.executemany(_INSERT_EVENT, rows)
        if shipment.events:
            await project_events(connection, [placed.event for placed in shipment.events])
        await kin.note(connection, (placed.event for placed in shipment.events))
        if shipment.facts:
            facts = [(fact.id, fact.kind, fact.at, fact.call, dict(fact.fields)) for fact in shipment.facts]
            await connection.executemany(_INSERT_FACT, facts)
            await project(connection, shipment.facts)
        if shipment.unreadable:
            lines = [(source, segment, it.offset, it.line, it.reason) for source, segment, it in shipment.unreadable]
            await connection.executemany(_INSERT_UNREADABLE, lines)
        ending = await _calls_to_tell(connection, shipment)
        stored = await _tell(connection, ending)
        await connection.executemany(_INSERT_PLACE, shipment.places)
    return stored


async def _calls_to_tell(connection: asyncpg.Connection, shipment: Shipment) -> dict[LinkedId, datetime | None]:
    """Calls that ended with this shipment, or had ended and are said more of now; with the time Asterisk died."""
    first: dict[LinkedId, datetime] = {}
    ended: dict[LinkedId, datetime | None] = {}
    for placed in shipment.events:
        first.setdefault(placed.event.linkedid, placed.event.at)
    touched = {*first, *(fact.call for fact in shipment.facts if fact.call is not None)}
    made_for = await kin.callers(connection, touched) if touched else {}
    for placed in shipment.events:
        if placed.event.type == "LINKEDID_END" and placed.event.linkedid not in made_for:
            ended[placed.event.linkedid] = None
    begun = {name: at for name, at in first.items() if name not in made_for}
    if begun:
        await connection.execute(_OPEN, list(begun), list(begun.values()))
    for fact in shipment.facts:
        if fact.kind in DEATH_KINDS:
            ended.update(dict.fromkeys(await _cut_off_by(connection, fact), await _death(connection, fact)))
    if touched:
        for row in await connection.fetch(_KNOWN, list({made_for.get(name, name) for name in touched})):
            ended[row["linkedid"]] = row["interrupted_at"]
    return ended


async def _cut_off_by(connection: asyncpg.Connection, fact: Fact) -> list[LinkedId]:
    return [row["linkedid"] for row in await connection.fetch(_STILL_OPEN, fact.at)]


async def _death(connection: asyncpg.Connection, fact: Fact) -> datetime:
    """When Asterisk died: when its end was seen, or, known only from its next start, its last sign of life."""
    if fact.kind == "asterisk_started":
        return await connection.fetchval(_LAST_SIGN, fact.at) or fact.at
    return fact.at


async def _tell(connection: asyncpg.Connection, ending: dict[LinkedId, datetime | None]) -> Stored:
    """Interpret and upsert the calls of `ending`."""
    if not ending:
        return Stored()
    names = list(ending)
    events: dict[LinkedId, list[CelEvent]] = {name: [] for name in names}
    part_of = await kin.parts(connection, names)
    for row in await connection.fetch(_EVENTS_OF, list(part_of)):
        events[part_of[row["linkedid"]]].append(CelEvent(*row))
    facts: dict[LinkedId, list[Fact]] = {name: [] for name in names}
    for row in await connection.fetch(_FACTS_OF, list(part_of)):
        facts[part_of[row["call"]]].append(Fact(*row))
    told: list[CallRecord] = []
    untold: list[tuple[LinkedId, str]] = []
    for name in names:
        if not events[name]:
            continue
        try:
            told.append(interpret(events[name], facts[name], ending[name]))
        except Exception as error:
            # One call we cannot make sense of must not hold up the others: it stays open, with the reason beside it.
            untold.append((name, f"{type(error).__name__}: {error}"))
    closed = [record.linkedid for record in told]
    await connection.execute(_FORGET_LEGS, closed)
    await connection.execute(_FORGET_MOVES, closed)
    await connection.executemany(_INSERT_CALL, [_call_row(record) for record in told])
    await connection.executemany(
        _INSERT_LEG,
        [(record.linkedid, *(getattr(leg, name) for name in _LEG)) for record in told for leg in record.legs],
    )
    await connection.executemany(
        _INSERT_MOVE,
        [
            (record.linkedid, position, *(getattr(move, name) for name in _MOVE))
            for record in told
            for position, move in enumerate(record.moves)
        ],
    )
    await connection.executemany(
        _INSERT_RECORDING,
        [
            (it.id, record.linkedid, it.started_at, it.ended_at, it.expected_ms)
            for record in told
            for it in record.recordings
        ],
    )
    await connection.executemany(_INSERT_DECISION, [row for record in told if (row := _decision_row(record))])
    await connection.execute(_CLOSE, closed)
    await connection.executemany(_TROUBLE, untold)
    return Stored(tuple(told), tuple(untold))


def _call_row(record: CallRecord) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in _CALL)


def _decision_row(record: CallRecord) -> tuple[Any, ...] | None:
    """The decision as a row of routing.routing_decisions. Whatever was said, in whatever form, finds a place."""
    said = record.decision
    if said is None:
        return None
    tries = said.get("tries")
    others = said.get("alternatives")
    row: dict[str, Any] = {
        "linkedid": record.linkedid,
        "decided_at": record.decided_at,
        "normalized": _text(said.get("normalized") or said.get("number")) or "",
        "kind": _text(said.get("kind")) or "UNKNOWN",
        "queue": _text(said.get("queue")) or record.queue or "",
        "reason": _text(said.get("reason")) or "",
        "decided_by": _text(said.get("decided_by")) or "",
        "tries": tries if isinstance(tries, int) and 0 <= tries < 1000 else 0,
        "alternatives": others if isinstance(others, list) else [],
        "private": said.get("private") is True,
    }
    return tuple(row[name] if name in row else _text(said.get(name)) for name in _DECISION)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
