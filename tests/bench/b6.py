"""B6: call facts → committed rows. Our shipper, from bytes in a file to told records, against COPY of rows at hand."""

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import psutil

from core.clock import SystemClock
from core.db import connect
from core.journal import JournalReader
from migrations.run import upgrade
from ops.runtime.postgres import EmbeddedPostgres
from seats.records.cel import FIELDS, parse
from seats.records.files import LIVE, CelFiles
from seats.records.metrics import Metrics
from seats.records.recording import RecordingFiles
from seats.records.shipper import Shipper
from seats.records.writer import PlacedEvent, Shipment, Stored, store
from tests.bench.rounds import Contender, measure, ratios, show
from tests.fakes.cel_calls import line
from tests.fakes.cel_stories import Story, events, file_of

TITLE = "call facts → committed rows: the shipper, COPY, INSERT (aims: ≥ 0.85× of COPY, lag ≤ 100 ms)"
_CALLS = 1500
_BATCH = 200
_SHIPMENT = 3000
"""Events of one transaction when there is much to ship: about a megabyte of a file."""
_INSERTS = 300
_RATE = 35
"""Calls a second of the whole country."""
_LAG_CALLS = 210
_COLUMNS = ("segment", "place", *FIELDS)


def main() -> int:
    """Check that every contender stores the same events, measure, print. 0 if every aim is met."""
    with tempfile.TemporaryDirectory(prefix="hl-b6-") as short:
        folder = Path(short)
        server = EmbeddedPostgres(folder / "data", folder / "run", "bench", folder / "postgres.log")
        process = server.start()
        try:
            dsn = f"postgresql://hotline:bench@/hotline?host={server.run}"
            asyncio.run(upgrade(dsn))
            return _Bench(folder, dsn, psutil.Process(process.pid)).run()
        finally:
            process.terminate()
            process.wait(20)


class _Bench:
    def __init__(self, folder: Path, dsn: str, server: psutil.Process) -> None:
        self._folder = folder
        self._dsn = dsn
        self._server = server
        begins = datetime(2026, 11, 22, 1, tzinfo=UTC)
        file = file_of(Story(n, begins + timedelta(seconds=n / _RATE)) for n in range(_CALLS))
        placed = parse(file, ended=True).events
        self._ended = self._file("ended", file)
        self._going_on = self._file("going-on", file.replace(b'"LINKEDID_END"', b'"LINKEDID_NOT"'))
        self._events = [PlacedEvent("memory", it.place, replace(it.event, type="ANSWER")) for it in placed]
        self._rows = [("memory", it.place, *(getattr(it.event, name) for name in FIELDS)) for it in placed]
        self.seconds: dict[str, list[float]] = {}

    def _file(self, name: str, data: bytes) -> Path:
        folder = self._folder / name
        folder.mkdir()
        (folder / LIVE).write_bytes(data)
        return folder

    def run(self) -> int:
        rows = len(self._rows)
        ours, floor = "ours: facts at hand → rows", "COPY, one statement"
        figures = measure(
            [
                self._contender(ours, self._store, rows),
                self._contender(floor, lambda link: self._copy(link, rows), rows),
                self._contender(f"COPY, batches of {_BATCH}", lambda link: self._copy(link, _BATCH), rows),
                self._contender("shipper: bytes of a file → rows", lambda link: self._ship(link, self._going_on), rows),
                self._contender("shipper: … and records told", lambda link: self._ship(link, self._ended), rows),
                self._contender("INSERT, one by one", self._insert, _INSERTS),
            ]
        )
        show(f"B6 events → committed rows, {rows} events of {_CALLS} calls; CPU of both sides", figures, ours)
        for name, taken in self.seconds.items():
            done = _INSERTS if name.startswith("INSERT") else rows
            print(f"  {done / statistics.median(taken[1:]):>9,.0f} rows/s  {name}")
        lags = [lag * 1000 for lag in asyncio.run(self._lags())]
        p50, p99 = lags[len(lags) // 2], lags[int(len(lags) * 0.99)]
        print(f"  lag at {_RATE} calls/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {lags[-1]:.1f} ms")
        share = ratios(figures, ours)[floor]
        met = {
            f"rows for the same CPU ≥ 0.85× of COPY (seen {share:.2f}×)": share >= 0.85,
            "lag ≤ 100 ms (p99)": p99 <= 100,
        }
        for aim, holds in met.items():
            print(f"{'met  ' if holds else 'MISSED'} {aim}")
        return 0 if all(met.values()) else 1

    def _contender(
        self, name: str, work: Callable[[asyncpg.Connection], Awaitable[None]], operations: int
    ) -> Contender:
        self.seconds[name] = []

        def turn() -> float:
            return asyncio.run(self._turn(name, work, operations))

        return Contender(name, turn, operations)

    async def _turn(self, name: str, work: Callable[[asyncpg.Connection], Awaitable[None]], expected: int) -> float:
        link = await connect(self._dsn, application="bench", deadline=60)
        await link.execute(
            "TRUNCATE seats.cel_events, seats.open_calls, seats.calls, seats.legs, seats.recordings, "
            "routing.routing_decisions, core.shipping_places"
        )
        cpu, start = self._cpu(), time.perf_counter()
        await work(link)
        taken = time.perf_counter() - start
        spent = self._cpu() - cpu
        stored = await link.fetchval("SELECT count(*) FROM seats.cel_events")
        await link.close()
        if stored != expected:
            raise RuntimeError(f"{name} stored {stored} events of {expected}")
        self.seconds[name].append(taken)
        return spent

    def _cpu(self) -> float:
        """CPU-seconds so far of this process and every process of the server."""
        total = time.process_time()
        for process in (self._server, *self._server.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def _shipper(self, folder: Path, metrics: Metrics) -> Shipper:
        clock = SystemClock()
        files = CelFiles(folder, clock, rotate_bytes=1 << 40)
        away = RecordingFiles(folder / "recordings")
        return Shipper(files, JournalReader(folder / "journal"), self._dsn, clock, metrics, away)

    async def _store(self, link: asyncpg.Connection) -> None:
        for first in range(0, len(self._events), _SHIPMENT):
            await store(link, Shipment(events=tuple(self._events[first : first + _SHIPMENT])))

    async def _ship(self, link: asyncpg.Connection, folder: Path) -> None:
        shipper = self._shipper(folder, Metrics())
        while await shipper.step(link):
            pass

    async def _copy(self, link: asyncpg.Connection, size: int) -> None:
        for first in range(0, len(self._rows), size):
            await link.copy_records_to_table(
                "cel_events", schema_name="seats", columns=_COLUMNS, records=self._rows[first : first + size]
            )

    async def _insert(self, link: asyncpg.Connection) -> None:
        places = ", ".join(f"${number}" for number in range(1, len(_COLUMNS) + 1))
        statement = f"INSERT INTO seats.cel_events ({', '.join(_COLUMNS)}) VALUES ({places})"  # noqa: S608
        for row in self._rows[:_INSERTS]:
            await link.execute(statement, *row)

    async def _lags(self) -> Sequence[float]:
        """Seconds from a call's last event written to its record committed, as the country writes them; sorted."""
        folder = self._folder / "lag"
        folder.mkdir()
        watch = _Stopwatch()
        shipping = asyncio.create_task(self._shipper(folder, watch).run())
        written: dict[str, float] = {}
        for number in range(_LAG_CALLS):
            began = time.perf_counter()
            story = Story(number, datetime.now(UTC))
            with (folder / LIVE).open("ab") as file:
                file.writelines(map(line, events(story)))
            written[story.linkedid] = time.perf_counter()
            await asyncio.sleep(max(0.0, 1 / _RATE - (time.perf_counter() - began)))
        async with asyncio.timeout(10):
            while len(watch.told) < _LAG_CALLS:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        shipping.cancel()
        return sorted(watch.told[call] - at for call, at in written.items())


class _Stopwatch(Metrics):
    """Notes when each record was committed."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, float] = {}

    def shipped(self, shipment: Shipment, stored: Stored, now: datetime) -> None:
        super().shipped(shipment, stored, now)
        self.told.update((record.linkedid, time.perf_counter()) for record in stored.closed)
