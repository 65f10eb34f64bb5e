"""Brings together what `invariants` compares: CEL files, rows of one moment, and the files of recordings."""

import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.db import answering
from core.schema import shipping_places, unreadable_lines
from seats.records.cel import FIELDS, CelEvent
from seats.records.files import CelFiles
from seats.records.invariants import Kind, Mismatch, calls, recordings
from seats.records.record import CallRecord
from seats.records.recording import FOLDER_MODE, RecordingFiles, is_id
from seats.records.schema import calls as calls_table
from seats.records.schema import cel_events, open_calls
from seats.records.schema import recordings as recordings_table
from seats.records.store import records_of
from seats.records.truth import Truth, parts, truths

_BATCH = 500
"""Calls compared at once."""
_READ = 1024 * 1024
_SETTLED = timedelta(minutes=1)
"""A file this young may belong to a call whose events are still on their way."""

_LONGEST = timedelta(days=1)
"""No call lasts longer."""


@dataclass(slots=True)
class Findings:
    """What was compared, and every disagreement."""

    events_in_files: int = 0
    events_waiting: int = 0
    """In a file, not shipped yet: no disagreement, they are on their way."""
    calls_by_events: int = 0
    calls_by_records: int = 0
    answered_by_events: int = 0
    answered_by_records: int = 0
    calls_open: int = 0
    recordings_by_events: int = 0
    recordings_by_rows: int = 0
    files: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)


class Checker:
    """Compares calls whose first event lies in a span of time. Reads only; calls may go on meanwhile."""

    def __init__(self, database: AsyncEngine, cel: CelFiles, sound: RecordingFiles) -> None:
        self._database = database
        self._cel = cel
        self._sound = sound

    async def check(self, since: datetime, until: datetime, now: datetime) -> Findings:
        """Compare everything. Raises `DatabaseAway`, `OSError`."""
        findings = Findings()
        async with answering(), self._database.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            await self._files(connection, findings)
            await self._unreadable(connection, since, until, findings)
            await self._calls(connection, since, until, now, findings)
            await self._orphans(connection, now, findings)
        return findings

    async def _files(self, connection: AsyncConnection, findings: Findings) -> None:
        """Every event of every file that is there still, against its row."""
        places = {
            row.segment: row.place
            for row in await connection.execute(select(shipping_places).where(shipping_places.c.source == "cel"))
        }
        for file in self._cel.found():
            shipped, place, whole = places.get(file.segment, 0), 0, False
            while not whole:
                block, whole = self._cel.read(file, place, _READ)
                if block.end == place:
                    break
                rows = await self._rows(connection, file.segment, place, block.end)
                for placed in block.events:
                    findings.events_in_files += 1
                    row = rows.get(placed.place)
                    where = f"{file.path.name}:{placed.place}"
                    if placed.place >= shipped:
                        findings.events_waiting += 1
                    elif row is None:
                        findings.mismatches.append(Mismatch(Kind.EVENT_NOT_STORED, where, placed.event.type))
                    elif row != placed.event:
                        findings.mismatches.append(Mismatch(Kind.EVENT_DIFFERS, where, placed.event.type))
                place = block.end

    async def _rows(self, connection: AsyncConnection, segment: str, first: int, end: int) -> dict[int, CelEvent]:
        wanted = select(cel_events.c.place, *_columns()).where(
            cel_events.c.segment == segment, cel_events.c.place >= first, cel_events.c.place < end
        )
        return {row[0]: CelEvent(*row[1:]) for row in await connection.execute(wanted)}

    async def _unreadable(
        self, connection: AsyncConnection, since: datetime, until: datetime, findings: Findings
    ) -> None:
        lines = unreadable_lines.c
        wanted = select(lines.source, lines.segment, lines.place, lines.reason).where(
            lines.seen_at >= since, lines.seen_at < until
        )
        for row in await connection.execute(wanted):
            where = f"{row.source}:{row.segment}:{row.place}"
            findings.mismatches.append(Mismatch(Kind.LINE_UNREADABLE, where, row.reason))

    async def _calls(
        self, connection: AsyncConnection, since: datetime, until: datetime, now: datetime, findings: Findings
    ) -> None:
        begun = select(cel_events.c.linkedid).where(cel_events.c.at >= since, cel_events.c.at < until).distinct()
        told = select(calls_table.c.linkedid).where(calls_table.c.started_at >= since, calls_table.c.started_at < until)
        names = sorted({*(await connection.scalars(begun)), *(await connection.scalars(told))})
        part_of = parts(await self._events_of_parts(connection, since))
        names = [name for name in names if name not in part_of]
        for first in range(0, len(names), _BATCH):
            batch = names[first : first + _BATCH]
            whole = [*batch, *(name for name, call in part_of.items() if call in set(batch))]
            known = truths(await self._events(connection, whole))
            records = {
                str(record.linkedid): record
                for record in await records_of(connection, select(calls_table).where(calls_table.c.linkedid.in_(batch)))
            }
            still = select(open_calls).where(open_calls.c.linkedid.in_(batch))
            open_ = {row.linkedid: row.trouble for row in await connection.execute(still)}
            _count(findings, known, records.values())
            findings.calls_open += len(open_)
            findings.mismatches += calls(known, records, open_)
            rows = [recording for record in records.values() for recording in record.recordings]
            sizes = {row.id: size for row in rows if (size := self._sound.size(row.id)) is not None}
            findings.mismatches += recordings(rows, sizes, now)

    async def _events_of_parts(self, connection: AsyncConnection, since: datetime) -> list[CelEvent]:
        """Events that say that one call was made on another's behalf."""
        row = cel_events.c
        wanted = (
            select(*_columns())
            .where(row.at >= since - _LONGEST)
            .where(
                row.user_type.in_(("CONSULT", "HAND_RAISED", "JOINING"))
                | ((row.linkedid != row.uniqueid) & (row.uniqueid.like("mv-%") | row.uniqueid.like("sv-%")))
            )
        )
        return [CelEvent(*row) for row in await connection.execute(wanted.order_by(cel_events.c.row))]

    async def _events(self, connection: AsyncConnection, names: list[str]) -> list[CelEvent]:
        wanted = select(*_columns()).where(cel_events.c.linkedid.in_(names)).order_by(cel_events.c.row)
        return [CelEvent(*row) for row in await connection.execute(wanted)]

    async def _orphans(self, connection: AsyncConnection, now: datetime, findings: Findings) -> None:
        """Files no record names, and whether others may look at them."""
        folder = self._sound.folder
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) != FOLDER_MODE:
            mode = f"mode {stat.S_IMODE(folder.stat().st_mode):o} instead of {FOLDER_MODE:o}"
            findings.mismatches.append(Mismatch(Kind.FOLDER_OPEN, str(folder), mode))
        rows = set(await connection.scalars(select(recordings_table.c.id)))
        begun = cel_events.c.user_type == "RECORDING"
        unfinished = select(cel_events.c.extra).join(open_calls, open_calls.c.linkedid == cel_events.c.linkedid)
        for extra in await connection.scalars(unfinished.where(begun)):
            rows.update(part for part in extra.replace('\\"', '"').split('"') if is_id(part))
        for name, size in self._sound.found():
            findings.files += 1
            if name not in rows and (not is_id(name) or now - self._sound.written(name) > _SETTLED):
                findings.mismatches.append(Mismatch(Kind.FILE_WITHOUT_ROW, name, f"{size} bytes no record names"))


def _count(findings: Findings, known: dict[str, Truth], records: Iterable[CallRecord]) -> None:
    over = [truth for truth in known.values() if truth.ended]
    findings.calls_by_events += len(over)
    findings.answered_by_events += sum(truth.answered for truth in over)
    findings.recordings_by_events += sum(len(truth.recordings) for truth in over)
    for record in records:
        interrupted = record.interrupted_at is not None
        findings.calls_by_records += not interrupted
        findings.answered_by_records += record.answered_at is not None and not interrupted
        findings.recordings_by_rows += 0 if interrupted else len(record.recordings)


def _columns() -> list[Any]:
    return [cel_events.c[name] for name in FIELDS]
