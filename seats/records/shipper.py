"""Files → Postgres: what Asterisk and our own processes wrote is stored once, whatever is killed when.

A step reads and commits one shipment: rows and reading places in one transaction, so that a kill at any point repeats a
step or does not, and nothing in between. With Postgres away the files simply grow; nothing is held in memory.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import asyncpg

from core.clock import Clock
from core.db import AWAY, connect
from core.journal import JournalReader, Unreadable
from seats.records.files import CelFile, CelFiles
from seats.records.measure import measure
from seats.records.metrics import Metrics
from seats.records.recording import DAMAGED, RecordingFiles
from seats.records.writer import DEATH_KINDS, PlacedEvent, Shipment, Stored, store

POLL = 0.025
"""Seconds between two looks at files that have not grown: a quarter of the aim for lag."""
BATCH_BYTES = 1024 * 1024
"""Bytes of one file that go into one transaction."""
_DEADLINE = 20.0
_RETRY_FIRST = 0.1
_RETRY_LAST = 2.0
_TIDY_EVERY = 5.0
_MEASURE_EVERY = 1.0
_LOCK = 1236601
"""Advisory lock of the one shipper a database has."""
_POISON = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""What Postgres raises about the rows themselves; trying the same again cannot help."""

_log = logging.getLogger("seats.records")


@dataclass(slots=True)
class Shipper:
    """One copy's shipper. `run` never returns by itself."""

    cel: CelFiles
    journal: JournalReader
    dsn: str
    clock: Clock
    metrics: Metrics
    recordings: RecordingFiles
    poll: float = POLL
    retry_first: float = _RETRY_FIRST
    """Seconds before a lost Postgres is tried again; doubles up to two seconds."""
    after_commit: Callable[[], None] = field(default=lambda: None)
    """Called after every committed step; a test's way to stop the world there."""
    _places: dict[tuple[str, str], int] = field(default_factory=dict)
    _tidied: float = 0
    _measured: float = 0

    async def run(self) -> None:
        """Ship until cancelled. An absent Postgres is tried again, at first at once, then every two seconds."""
        patience = self.retry_first
        while True:
            try:
                connection = await connect(self.dsn, application="hotline-records", deadline=_DEADLINE)
                try:
                    if await self._begin(connection):
                        patience = self.retry_first
                        await self._ship(connection)
                finally:
                    connection.terminate()
            except (*AWAY, asyncpg.PostgresError) as error:
                self._away(error)
            await asyncio.sleep(patience)
            patience = min(patience * 2, _RETRY_LAST)

    async def _begin(self, connection: asyncpg.Connection) -> bool:
        """Become the one shipper and learn the places; False while another one is at work."""
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            _log.warning("another shipper is at work on this database; waiting for it to end")
            return False
        rows = await connection.fetch("SELECT source, segment, place FROM core.shipping_places")
        self._places = {(row["source"], row["segment"]): row["place"] for row in rows}
        self.metrics.postgres_up.set(1)
        _log.info("shipping")
        return True

    async def _ship(self, connection: asyncpg.Connection) -> None:
        while True:
            moved = await self.step(connection)
            if self.clock.monotonic() - self._measured > _MEASURE_EVERY:
                await self._measure(connection)
            if self.clock.monotonic() - self._tidied > _TIDY_EVERY:
                await self._tidy(connection)
            if not moved:
                await asyncio.sleep(self.poll)

    async def step(self, connection: asyncpg.Connection) -> bool:
        """Ship one batch; whether there was anything. Raises what asyncpg raises."""
        shipment = self._gather()
        if not shipment.places:
            return False
        try:
            stored = await store(connection, shipment)
        except _POISON as error:
            _log.error("a batch was refused, storing it piece by piece: %s", error)
            shipment, stored = await _piecemeal(connection, shipment)
        for source, segment, place in shipment.places:
            self._places[source, segment] = place
        self.metrics.shipped(shipment, stored, self.clock.now())
        for call, why in stored.untold:
            _log.error("call without a record: %s", why, extra={"call": call})
        for source, segment, line in shipment.unreadable:
            where = {"source": source, "segment": segment, "place": line.offset}
            _log.warning("unreadable line kept in core.unreadable_lines: %s", line.reason, extra=where)
        self.after_commit()
        return True

    def _gather(self) -> Shipment:
        """The next batch of every file. The journal is read first and Asterisk's files after it, so that whatever
        Asterisk wrote before a fact is in the same shipment as the fact or in an earlier one."""
        facts = self._facts()
        parts: list[Shipment] = []
        for file in self.cel.found():
            part, whole = self._events(file)
            parts.append(part)
            if not whole:
                break  # the next file is younger
        else:
            whole = True
        if whole or not any(fact.kind in DEATH_KINDS for fact in facts.facts):
            parts.append(facts)  # Asterisk's death is told only when all it said before has been read
        return _joined(parts)

    def _events(self, file: CelFile) -> tuple[Shipment, bool]:
        """The next batch of one CEL file, and whether it reaches the file's end."""
        start = self._places.get(("cel", file.segment), 0)
        if file.size <= start:
            return Shipment(), True
        try:
            block, whole = self.cel.read(file, start, BATCH_BYTES)
        except FileNotFoundError:
            return Shipment(), True  # renamed since it was found; the next look finds it again
        if block.end == start:
            return Shipment(), whole  # a line not yet finished
        return Shipment(
            events=tuple(PlacedEvent(file.segment, it.place, it.event) for it in block.events),
            unreadable=tuple(("cel", file.segment, it) for it in block.unreadable),
            places=(("cel", file.segment, block.end),),
        ), whole

    def _facts(self) -> Shipment:
        parts = []
        for segment in self.journal.segments():
            start = self._places.get(("journal", segment), 0)
            if self.journal.size(segment) <= start:
                continue
            batch = self.journal.read(segment, start, BATCH_BYTES)
            if batch.offset > start:
                unreadable = tuple(("journal", segment, it) for it in batch.unreadable)
                parts.append(Shipment((), batch.facts, unreadable, (("journal", segment, batch.offset),)))
        return _joined(parts)

    def _away(self, error: BaseException) -> None:
        self.metrics.away(self._backlog())
        _log.warning("cannot ship now, records wait in their files: %s: %s", type(error).__name__, error)

    async def _measure(self, connection: asyncpg.Connection) -> None:
        """See what became of the recordings of calls that are over."""
        self._measured = self.clock.monotonic()
        for state in await measure(connection, self.recordings, self.clock.now()):
            self.metrics.recordings.labels(state.value).inc()
            if state in DAMAGED:
                _log.warning("a recording is %s; see `hotline records check`", state.value)

    async def _tidy(self, connection: asyncpg.Connection) -> None:
        """Set a large file aside, remove what is shipped, measure what is not."""
        self._tidied = self.clock.monotonic()
        self.cel.rotate()
        gone = [
            ("cel", file.segment)
            for file in self.cel.found()
            if self.cel.remove(file, self._places.get(("cel", file.segment), 0))
        ]
        for segment in self.journal.segments():
            place = self._places.get(("journal", segment), 0)
            if self.journal.size(segment) and self.journal.remove_shipped(segment, place):
                gone.append(("journal", segment))
        for key in gone:
            self._places.pop(key, None)
            await connection.execute("DELETE FROM core.shipping_places WHERE source = $1 AND segment = $2", *key)
        self.metrics.idle(self._backlog())

    def _backlog(self) -> int:
        """Bytes written and not yet shipped."""
        cel = sum(file.size - self._places.get(("cel", file.segment), 0) for file in self.cel.found())
        journal = sum(
            self.journal.size(segment) - self._places.get(("journal", segment), 0)
            for segment in self.journal.segments()
        )
        return max(cel, 0) + max(journal, 0)


def _joined(parts: Iterable[Shipment]) -> Shipment:
    parts = tuple(parts)
    return Shipment(
        tuple(it for part in parts for it in part.events),
        tuple(it for part in parts for it in part.facts),
        tuple(it for part in parts for it in part.unreadable),
        tuple(it for part in parts for it in part.places),
    )


async def _piecemeal(connection: asyncpg.Connection, shipment: Shipment) -> tuple[Shipment, Stored]:
    """Store each event and fact by itself, what Postgres refuses among the unreadable lines, and the places last."""
    refused: list[tuple[str, str, Unreadable]] = []
    done: list[Stored] = []
    for placed in shipment.events:
        try:
            done.append(await store(connection, Shipment(events=(placed,))))
        except _POISON as error:
            line = repr(placed.event).encode()
            refused.append(("cel", placed.segment, Unreadable(placed.place, line, f"refused: {error}")))
    for fact in shipment.facts:
        try:
            done.append(await store(connection, Shipment(facts=(fact,))))
        except _POISON as error:
            refused.append(("journal", fact.id, Unreadable(0, repr(fact).encode(), f"refused: {error}")))
    rest = Shipment(unreadable=(*shipment.unreadable, *refused), places=shipment.places)
    done.append(await store(connection, rest))
    whole = Stored(tuple(it for part in done for it in part.closed), tuple(it for part in done for it in part.untold))
    return replace(shipment, unreadable=rest.unreadable), whole
