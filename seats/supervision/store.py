"""The audit rows in Postgres: one writer at a time, each row committed before anybody goes on."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Select, func, insert, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.types import Text

from core.clock import Clock
from core.db import answering
from core.ids import LinkedId, SeatNumber, UniqueId
from seats.accounts.scope import AreaScope
from seats.records.schema import cel_events
from seats.supervision.chain import FIRST, Proof, Prover, linked
from seats.supervision.digests import Digests
from seats.supervision.entry import CLOSING, Entry, Kind, Row, cleaned
from seats.supervision.rules import JOINS
from seats.supervision.schema import supervision_audit as table

LOCK: Final = 1236604
"""Advisory lock of whoever appends: numbers without gaps need one writer at a time."""
BATCH: Final = 1000
_log = logging.getLogger("seats.supervision")


class Audit(Protocol):
    """The rows. Every method raises `DatabaseAway`."""

    async def append(self, entry: Entry) -> Row:
        """Commit one more row and return it: when this returns, it is on disk."""
        ...

    async def newest(
        self, scope: AreaScope, *, since: datetime | None, limit: int, user: str | None = None
    ) -> Sequence[Row]:
        """Rows that touch `scope` or are `user`'s own, newest first."""
        ...

    async def of_seat(self, seat: SeatNumber, *, limit: int) -> Sequence[Row]:
        """Rows of the newest `limit` supervisions that touched the seat, oldest row first."""
        ...

    async def open(self) -> Sequence[Row]:
        """All rows of every supervision that nothing has closed, oldest first."""
        ...

    async def verify(self) -> Proof:
        """Prove the whole chain."""
        ...

    async def end_of(self, channel: UniqueId) -> datetime | None:
        """When a channel ended by Asterisk's own event file; None when it is not there (yet)."""
        ...


class PostgresAudit:
    """`Audit` on the table of `schema`."""

    def __init__(self, database: AsyncEngine, key: bytes, digests: Digests, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._digests = digests
        self._clock = clock

    async def append(self, entry: Entry) -> Row:
        last = select(table.c.seq, table.c.digest).order_by(table.c.seq.desc()).limit(1)
        async with answering(), self._database.begin() as connection:
            await connection.execute(text("SET LOCAL synchronous_commit = on"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            found = (await connection.execute(last)).first()
            seq, previous = (found.seq + 1, found.digest) if found else (1, FIRST)
            row = linked(self._key, cleaned(entry), seq, self._clock.now(), previous)
            await connection.execute(insert(table).values(**_columns(row)))
        try:
            await asyncio.to_thread(self._digests.note, row.seq, row.digest)
        except OSError as error:
            _log.error("an audit row's digest could not be noted beside the database: %s", error)
        return row

    async def newest(
        self, scope: AreaScope, *, since: datetime | None, limit: int, user: str | None = None
    ) -> Sequence[Row]:
        wanted = select(table).order_by(table.c.seq.desc()).limit(limit)
        if since is not None:
            wanted = wanted.where(table.c.at >= since)
        if scope.areas is not None:
            inside = table.c.areas.op("&&")(literal(sorted(scope.areas), ARRAY(Text)))
            wanted = wanted.where(or_(inside, table.c.user_name == user))
        return await self._rows(wanted)

    async def of_seat(self, seat: SeatNumber, *, limit: int) -> Sequence[Row]:
        newest = (
            select(table.c.supervision)
            .where(table.c.seat == seat, table.c.verb.in_([str(verb) for verb in JOINS]), table.c.kind == Kind.STARTED)
            .group_by(table.c.supervision)
            .order_by(func.max(table.c.seq).desc())
            .limit(limit)
        )
        return await self._rows(select(table).where(table.c.supervision.in_(newest)).order_by(table.c.seq))

    async def open(self) -> Sequence[Row]:
        joined = select(table.c.supervision).where(table.c.kind == Kind.ASKED)
        closed = select(table.c.supervision).where(table.c.kind.in_([str(kind) for kind in CLOSING]))
        wanted = (
            select(table)
            .where(table.c.supervision.in_(joined), table.c.supervision.not_in(closed))
            .order_by(table.c.seq)
        )
        return await self._rows(wanted)

    async def verify(self) -> Proof:
        prover = Prover(self._key, await asyncio.to_thread(self._digests.read))
        last = 0
        first = True
        while True:
            batch = select(table).order_by(table.c.seq).limit(BATCH)
            rows = await self._rows(batch if first else batch.where(table.c.seq > last))
            if not rows:
                return prover.proof()
            first, last = False, rows[-1].seq
            await asyncio.to_thread(prover.take, rows)

    async def end_of(self, channel: UniqueId) -> datetime | None:
        wanted = select(func.max(cel_events.c.at)).where(
            cel_events.c.uniqueid == channel, or_(cel_events.c.type == "CHAN_END", cel_events.c.type == "HANGUP")
        )
        async with answering(), self._database.connect() as connection:
            found: datetime | None = (await connection.execute(wanted)).scalar()
        return found

    async def _rows(self, wanted: "Select[tuple[object, ...]]") -> list[Row]:
        async with answering(), self._database.connect() as connection:
            found = (await connection.execute(wanted)).mappings().all()
        return [_row(dict(each)) for each in found]


def _columns(row: Row) -> dict[str, object]:
    return {**asdict(row), "kind": str(row.kind), "areas": list(row.areas)}


def _row(columns: dict[str, object]) -> Row:
    # Whatever somebody wrote into the table must be shown, not stumbled over: an unknown kind stays a word.
    kind = str(columns["kind"])
    call, seat = columns["call"], columns["seat"]
    areas = columns["areas"]
    fields = {
        **columns,
        "kind": Kind(kind) if kind in set(Kind) else kind,
        "areas": tuple(str(area or "") for area in areas) if isinstance(areas, list) else (),
        "call": None if call is None else LinkedId(str(call)),
        "seat": None if seat is None else SeatNumber(str(seat)),
    }
    return Row(**fields)  # type: ignore[arg-type]
