"""The shipper against a real Postgres: everything once, whatever is cut off when."""

import asyncio
import contextlib
import random
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from core.clock import SystemClock, TurnedClock
from core.journal import Journal, JournalReader
from seats.records.files import LIVE, CelFiles
from seats.records.metrics import Metrics
from seats.records.recording import RecordingFiles
from seats.records.shipper import BATCH_BYTES, Shipper
from tests.fakes.cel_calls import caught, line, woven

CALLS = 50
DEADLINE = 60.0
LATER = TurnedClock(datetime(2026, 11, 23, tzinfo=UTC))
"""After everything that was recorded, whatever the machine's clock says."""


@dataclass
class Site:
    """One copy's folders, its shipper, and a connection that looks on."""

    cel: Path
    journal: Path
    dsn: str
    eye: asyncpg.Connection
    tasks: list[asyncio.Task[None]]

    def shipper(self, dsn: str | None = None) -> Shipper:
        clock = SystemClock()
        files = CelFiles(self.cel, clock, rotate_bytes=100_000)
        return Shipper(
            files,
            JournalReader(self.journal),
            dsn or self.dsn,
            clock,
            Metrics(),
            RecordingFiles(self.cel.parent / "recordings"),
            poll=0.005,
            retry_first=0.01,
        )

    def start(self, shipper: Shipper) -> "asyncio.Task[None]":
        task = asyncio.create_task(shipper.run())
        self.tasks.append(task)
        return task

    def write(self, *lines: bytes) -> None:
        with (self.cel / LIVE).open("ab") as file:
            file.writelines(lines)

    async def until(self, question: str, answer: object) -> None:
        """Wait for `question` (one SQL value) to give `answer`."""
        seen: object = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE):
                while (seen := await self.eye.fetchval(question)) != answer:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        assert seen == answer


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[Site]:
    (tmp_path / "cel").mkdir()
    eye = await asyncpg.connect(dsn)
    here = Site(tmp_path / "cel", tmp_path / "journal", dsn, eye, [])
    yield here
    for task in here.tasks:
        task.cancel()
    await asyncio.gather(*here.tasks, return_exceptions=True)
    await eye.close()


async def test_a_call_is_told_when_its_last_event_is_written(site: Site) -> None:
    lines = [line(event) for event in caught("answered")]
    site.start(site.shipper())
    site.write(*lines[:-1])
    await site.until("SELECT count(*) FROM seats.open_calls", 1)
    assert await site.eye.fetchval("SELECT count(*) FROM seats.calls") == 0
    site.write(lines[-1])
    await site.until("SELECT count(*) FROM seats.calls", 1)
    call = await site.eye.fetchrow("SELECT * FROM seats.calls")
    assert (call["outcome"], call["answered_by"], call["queue"]) == ("answered", "3710001", "zhengzhou")
    assert await site.eye.fetchval("SELECT count(*) FROM seats.open_calls") == 0
    decision = await site.eye.fetchrow("SELECT * FROM routing.routing_decisions")
    assert (decision["linkedid"], decision["queue"]) == (call["linkedid"], "zhengzhou")
    legs = await site.eye.fetch("SELECT role, seat, result FROM seats.legs ORDER BY position")
    assert [tuple(leg) for leg in legs] == [("caller", None, "answered"), ("seat", "3710001", "answered")]


async def test_an_event_is_committed_within_the_aim_for_lag(site: Site) -> None:
    site.start(site.shipper())
    first, *_ = [line(event) for event in caught("answered")]
    loop = asyncio.get_running_loop()
    await site.until("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted", 1)
    site.write(first)
    written = loop.time()
    await site.until("SELECT count(*) FROM seats.cel_events", 1)
    assert loop.time() - written < 5.0  # the aim is 0.1; a busy machine must not fail this test


async def test_an_event_that_comes_late_changes_the_record_and_adds_none(site: Site) -> None:
    events = caught("answered")
    exits = [event for event in events if event.type == "BRIDGE_EXIT"]
    site.start(site.shipper())
    site.write(*(line(event) for event in events if event not in exits))
    await site.until("SELECT count(*) FROM seats.calls", 1)
    journal = Journal(site.journal, SystemClock())
    journal.append("routing_decided", events[0].linkedid, {"reason": "a late word", "county": "中牟"})
    await site.until("SELECT county FROM routing.routing_decisions", "中牟")
    site.write(*(line(event) for event in exits))
    await site.until("SELECT count(*) FROM seats.cel_events", len(events))
    assert await site.eye.fetchval("SELECT count(*) FROM seats.calls") == 1
    assert await site.eye.fetchval("SELECT count(*) FROM seats.legs") == 2


async def test_calls_open_when_asterisk_died_are_interrupted_and_no_others(site: Site) -> None:
    events = caught("asterisk_killed")
    cut, after = events[0].linkedid, events[-1].linkedid
    assert cut != after
    journal = Journal(site.journal, LATER)
    site.start(site.shipper())
    site.write(*(line(event) for event in events if event.linkedid == cut))
    journal.append("asterisk_started", None, {})
    await site.until("SELECT outcome FROM seats.calls", "interrupted")
    site.write(*(line(event) for event in events if event.linkedid == after))
    await site.until("SELECT count(*) FROM seats.calls", 2)
    rows = await site.eye.fetch("SELECT linkedid, outcome FROM seats.calls ORDER BY linkedid")
    assert [tuple(row) for row in rows] == [(cut, "interrupted"), (after, "abandoned_in_menu")]


async def test_asterisks_death_is_told_after_all_it_said_however_much_that_was(site: Site) -> None:
    killed = caught("asterisk_killed")
    cut = [event for event in killed if event.linkedid == killed[0].linkedid]
    for event in woven(caught("answered"), 300):
        site.write(line(event))
    assert (site.cel / LIVE).stat().st_size > BATCH_BYTES
    site.write(*(line(event) for event in cut))
    Journal(site.journal, LATER).append("asterisk_started", None, {})
    site.start(site.shipper())
    await site.until("SELECT count(*) FROM core.facts", 1)
    assert await site.eye.fetchval("SELECT linkedid FROM seats.calls WHERE outcome = 'interrupted'") == cut[0].linkedid
    assert await site.eye.fetchval("SELECT count(*) FROM seats.calls") == 301


async def test_a_torn_line_is_kept_aside_and_the_rest_is_shipped(site: Site) -> None:
    lines = [line(event) for event in caught("answered")]
    site.start(site.shipper())
    site.write(lines[0][:70], *lines)
    await site.until("SELECT count(*) FROM seats.calls", 1)
    assert await site.eye.fetchval("SELECT line FROM core.unreadable_lines") == lines[0][:70]


async def test_files_are_set_aside_and_removed_only_when_shipped(site: Site) -> None:
    shipper = site.shipper()
    site.write(*(line(event) for event in woven(caught("answered"), CALLS)))
    old = site.cel / "hotline-old.csv"
    (site.cel / LIVE).rename(old)
    site.write(*(line(event) for event in caught("told_and_ended")))
    connection = await asyncpg.connect(site.dsn)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=str)
    found = {file.path.name: file for file in shipper.cel.found()}
    assert not shipper.cel.remove(found[old.name], found[old.name].size), "somebody may still be writing to it"
    while await shipper.step(connection):
        pass
    assert await site.eye.fetchval("SELECT count(*) FROM seats.calls") == CALLS + 1
    await connection.close()


async def test_two_shippers_do_the_work_of_one(site: Site) -> None:
    site.start(site.shipper())
    site.start(site.shipper())
    for event in woven(caught("answered"), 10):
        site.write(line(event))
        await asyncio.sleep(0)
    await site.until("SELECT count(*) FROM seats.calls", 10)
    assert await site.eye.fetchval("SELECT count(*) FROM seats.cel_events") == 170


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_byte_the_link_to_postgres_is_cut_at_nothing_is_lost_or_doubled(site: Site, seed: int) -> None:
    chance = random.Random(seed)
    events = woven(caught("answered"), CALLS)
    journal = Journal(site.journal, SystemClock())
    async with _cut_link(site.dsn, chance) as dsn:
        site.start(site.shipper(dsn))
        for place in range(0, len(events), 40):
            site.write(*(line(event) for event in events[place : place + 40]))
            for event in events[place : place + 40]:
                if event.type == "ROUTED":
                    journal.append("routing_decided", event.linkedid, {"county": "中牟"})
            await asyncio.sleep(chance.uniform(0, 0.02))
        await site.until("SELECT count(*) FROM seats.calls", CALLS)
        await site.until("SELECT count(*) FROM core.facts", CALLS)
    assert await site.eye.fetchval("SELECT count(*) FROM seats.cel_events") == len(events)
    assert await site.eye.fetchval("SELECT count(*) FROM seats.legs") == 2 * CALLS
    await site.until("SELECT count(*) FROM routing.routing_decisions WHERE county = '中牟'", CALLS)
    assert await site.eye.fetchval("SELECT count(*) FROM core.unreadable_lines") == 0


@contextlib.asynccontextmanager
async def _cut_link(dsn: str, chance: random.Random) -> AsyncIterator[str]:
    """A way to Postgres that breaks after a random number of bytes in either direction, twelve times, then holds."""
    real = dsn.partition("host=")[2]
    cuts = 12
    tasks: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal cuts
        there, back = await asyncio.open_unix_connection(f"{real}/.s.PGSQL.5432")
        cuts -= 1
        left = [int(10 ** chance.uniform(2.5, 5)) if cuts >= 0 else 10**9]
        each = [asyncio.create_task(_carry(source, sink, left)) for source, sink in ((reader, back), (there, writer))]
        tasks.update(each)
        await asyncio.wait(each, return_when=asyncio.FIRST_COMPLETED)
        for sink in (writer, back):
            sink.transport.abort()

    with tempfile.TemporaryDirectory(prefix="hl-") as folder:
        server = await asyncio.start_unix_server(meet, f"{folder}/.s.PGSQL.5432")
        try:
            yield dsn.replace(real, folder)
        finally:
            server.close()
            for task in tasks:
                task.cancel()


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, left: list[int]) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(4096):
            sink.write(data[: left[0]])
            await sink.drain()
            left[0] -= len(data)
            if left[0] <= 0:
                return
