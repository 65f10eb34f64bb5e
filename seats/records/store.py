"""Reading call records back from Postgres."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import answering, engine
from core.errors import BadInput
from core.ids import LinkedId, UniqueId
from routing.schema import routing_decisions
from seats.records.record import (
    CallRecord,
    EndedBy,
    Leg,
    LegResult,
    Move,
    MoveHow,
    MoveResult,
    Origin,
    Outcome,
    Recording,
    RecordingState,
    Role,
)
from seats.records.schema import calls, legs, moves, recordings
from seats.sharing.rings import rings_of

LATEST_LIMIT = 1000
"""Records one question may ask for."""


class NoSuchCall(BadInput):
    """No record of that call: never made, or not over yet."""


async def call_record(dsn: str, linkedid: LinkedId) -> CallRecord:
    """The record of one call. Raises `NoSuchCall`, `DatabaseAway`."""
    found = await _records(dsn, select(calls).where(calls.c.linkedid == linkedid))
    if not found:
        raise NoSuchCall(f"no record of call {linkedid}; `hotline records list` shows the latest")
    return found[0]


async def latest(
    dsn: str, count: int = 20, outcome: Outcome | None = None, *, ours: bool = True
) -> tuple[CallRecord, ...]:
    """The last `count` calls by their start, newest first; `ours`: also those the platform made on its own account, to
    a supervisor's phone or to announce something. Raises `DatabaseAway`."""
    wanted = select(calls).order_by(calls.c.started_at.desc(), calls.c.linkedid.desc())
    if outcome is not None:
        wanted = wanted.where(calls.c.outcome == outcome.value)
    if not ours:
        wanted = wanted.where(calls.c.origin != Origin.PLATFORM)
    return await _records(dsn, wanted.limit(min(count, LATEST_LIMIT)))


async def _records(dsn: str, wanted: Select[Any]) -> tuple[CallRecord, ...]:
    database = engine(dsn, application="hotline-records-reader")
    try:
        async with answering(), database.connect() as connection:
            return await records_of(connection, wanted)
    finally:
        await database.dispose()


async def records_of(connection: AsyncConnection, wanted: Select[Any]) -> tuple[CallRecord, ...]:
    """The records of the rows of `calls` that `wanted` chooses, in its order."""
    rows = (await connection.execute(wanted)).mappings().all()
    names = [row["linkedid"] for row in rows]
    parts: dict[str, list[Leg]] = {name: [] for name in names}
    of_calls = select(legs).where(legs.c.linkedid.in_(names)).order_by(legs.c.linkedid, legs.c.position)
    for leg in (await connection.execute(of_calls)).mappings():
        parts[leg["linkedid"]].append(_leg(dict(leg)))
    of_routing = select(routing_decisions).where(routing_decisions.c.linkedid.in_(names))
    decisions = {row["linkedid"]: dict(row) for row in (await connection.execute(of_routing)).mappings()}
    sound: dict[str, list[Recording]] = {name: [] for name in names}
    of_sound = select(recordings).where(recordings.c.linkedid.in_(names)).order_by(recordings.c.started_at)
    for row in (await connection.execute(of_sound)).mappings():
        sound[row["linkedid"]].append(_recording(dict(row)))
    moved: dict[str, list[Move]] = {name: [] for name in names}
    of_moves = select(moves).where(moves.c.linkedid.in_(names)).order_by(moves.c.linkedid, moves.c.position)
    for row in (await connection.execute(of_moves)).mappings():
        moved[row["linkedid"]].append(_move(dict(row)))
    rung = await rings_of(connection, names)
    return tuple(
        replace(_record(dict(row), parts[name], decisions.get(name), sound[name], moved[name]), rings=tuple(rung[name]))
        for name, row in zip(names, rows, strict=True)
    )


def _move(row: dict[str, Any]) -> Move:
    del row["linkedid"], row["position"]
    return Move(**{**row, "how": MoveHow(row["how"]), "result": MoveResult(row["result"])})


def _recording(row: dict[str, Any]) -> Recording:
    del row["linkedid"]
    return Recording(**{**row, "state": RecordingState(row["state"])})


def _leg(row: dict[str, Any]) -> Leg:
    del row["linkedid"]
    typed = {"uniqueid": UniqueId(row["uniqueid"]), "role": Role(row["role"]), "result": LegResult(row["result"])}
    return Leg(**{**row, **typed})


def _record(
    row: dict[str, Any],
    parts: Sequence[Leg],
    decision: dict[str, Any] | None,
    sound: Sequence[Recording],
    moved: Sequence[Move],
) -> CallRecord:
    decided_at = decision.pop("decided_at") if decision else None
    if decision:
        del decision["linkedid"]
    typed = {
        "linkedid": LinkedId(row["linkedid"]),
        "origin": Origin(row["origin"]),
        "outcome": Outcome(row["outcome"]),
        "ended_by": EndedBy(row["ended_by"]),
    }
    return CallRecord(
        **{**row, **typed},
        legs=tuple(parts),
        decision=decision,
        decided_at=decided_at,
        recordings=tuple(sound),
        moves=tuple(moved),
    )
