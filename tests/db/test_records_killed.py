"""The real shipper process and a real Postgres, both killed while fifty calls are written: rows = calls, none twice.

`KilledAtRandom` needs settings only (folders, DSN), so that a test with a real Asterisk can use it.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg
import psutil
import pytest

from core.clock import SystemClock
from core.db import AWAY
from core.journal import Journal
from core.settings import DbSettings, PlatformSettings, Settings, environment_of
from migrations.run import upgrade
from ops.runtime.postgres import SOCKET, EmbeddedPostgres
from seats.records.files import LIVE
from tests.fakes.cel_calls import caught, line, woven

CALLS = 50
KILLS = 6
DEADLINE = 60.0
ROOT = Path(__file__).parent.parent.parent


@dataclass
class KilledAtRandom:
    """A shipper process that is killed and started again, and what it must have stored in the end."""

    settings: Settings
    chance: random.Random
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        environment = {**os.environ, **environment_of(self.settings), "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "seats.records"], env=environment, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    async def stored(self, question: str) -> int:
        """Answer to a SQL question; -1 while Postgres is away."""
        try:
            connection = await asyncpg.connect(self.settings.db.dsn, timeout=5)
        except AWAY:
            return -1
        try:
            return int(await connection.fetchval(question))
        except AWAY:
            return -1
        finally:
            connection.terminate()

    async def until(self, question: str, least: int) -> None:
        """Wait until `question` answers `least` or more."""
        async with asyncio.timeout(DEADLINE):
            while await self.stored(question) < least:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.fixture
async def copy(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[KilledAtRandom, EmbeddedPostgres]]:
    server = EmbeddedPostgres(tmp_path / "p", Path(f"/tmp/hl-{os.getpid()}"), "only-for-tests", tmp_path / "log")  # noqa: S108
    server.start()
    dsn = f"postgresql://hotline:only-for-tests@/hotline?host={server.run}"
    await upgrade(dsn)
    settings = Settings(platform=replace(PlatformSettings(), home=tmp_path / "home"), db=DbSettings(dsn=dsn))
    settings.paths.cel.mkdir(parents=True)
    killed = KilledAtRandom(settings, random.Random(12366))
    yield killed, server
    killed.kill()
    _kill_postgres(server)
    server.run.joinpath(SOCKET).unlink(missing_ok=True)
    server.run.rmdir()


async def test_fifty_calls_are_stored_once_whoever_is_killed(copy: tuple[KilledAtRandom, EmbeddedPostgres]) -> None:
    shipper, server = copy
    events = woven(caught("answered"), CALLS)
    journal = Journal(shipper.settings.paths.journal, SystemClock())
    count = "SELECT count(*) FROM seats.cel_events"
    shipper.start()
    share = len(events) // KILLS + 1
    for round_ in range(KILLS):
        part = events[round_ * share : (round_ + 1) * share]
        before = max(await shipper.stored(count), 0)
        with (shipper.settings.paths.cel / LIVE).open("ab", buffering=0) as file:
            for event in part:
                data = line(event)
                torn = shipper.chance.randrange(len(data))
                file.write(data[:torn])
                await asyncio.sleep(0.001)
                file.write(data[torn:])
                if event.type == "ROUTED":
                    journal.append("routing_decided", event.linkedid, {"county": "中牟"})
        await shipper.until(count, before + 1)
        if round_ % 3 == 1:
            _kill_postgres(server)
            server.start()
        else:
            await asyncio.sleep(shipper.chance.uniform(0, 0.05))
            shipper.kill()
            shipper.start()
    await shipper.until("SELECT count(*) FROM seats.calls", CALLS)
    await shipper.until("SELECT count(*) FROM core.facts", CALLS)
    await shipper.until("SELECT count(*) FROM routing.routing_decisions WHERE county = '中牟'", CALLS)
    assert await shipper.stored("SELECT count(*) FROM seats.calls") == CALLS
    assert await shipper.stored(count) == len(events)
    assert await shipper.stored("SELECT count(*) FROM seats.legs") == 2 * CALLS
    assert await shipper.stored("SELECT count(*) FROM seats.calls WHERE outcome = 'answered'") == CALLS
    assert await shipper.stored("SELECT count(*) FROM seats.open_calls") == 0
    assert await shipper.stored("SELECT count(*) FROM core.unreadable_lines") == 0


def _kill_postgres(server: EmbeddedPostgres) -> None:
    """SIGKILL to the server and everything it started, as the kernel does when memory runs out."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    tree = [postmaster, *postmaster.children(recursive=True)]
    for process in tree:
        process.kill()
    psutil.wait_procs(tree, timeout=10)
