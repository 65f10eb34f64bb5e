"""The real shipper process and a real Postgres, both killed while fifty calls are written: rows = calls, none twice."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.journal import Journal
from core.settings import DbSettings, PlatformSettings, Settings
from migrations.run import upgrade
from ops.runtime.postgres import EmbeddedPostgres
from seats.records.files import LIVE
from tests.fakes.cel_calls import caught, line, woven
from tests.fakes.shipper_process import ShipperProcess, kill_postgres

CALLS = 50
KILLS = 6


@pytest.fixture
async def copy(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[ShipperProcess, EmbeddedPostgres]]:
    run = Path(tempfile.mkdtemp(prefix="hl-"))
    server = EmbeddedPostgres(tmp_path / "p", run, "only-for-tests", tmp_path / "log")
    server.start()
    dsn = f"postgresql://hotline:only-for-tests@/hotline?host={server.run}"
    await upgrade(dsn)
    settings = Settings(platform=replace(PlatformSettings(), home=tmp_path / "home"), db=DbSettings(dsn=dsn))
    settings.paths.cel.mkdir(parents=True)
    killed = ShipperProcess(settings)
    yield killed, server
    killed.kill()
    kill_postgres(server)
    shutil.rmtree(run)


async def test_fifty_calls_are_stored_once_whoever_is_killed(copy: tuple[ShipperProcess, EmbeddedPostgres]) -> None:
    shipper, server = copy
    chance = random.Random(12366)
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
                torn = chance.randrange(len(data))
                file.write(data[:torn])
                await asyncio.sleep(0.001)
                file.write(data[torn:])
                if event.type == "ROUTED":
                    journal.append("routing_decided", event.linkedid, {"county": "中牟"})
        await shipper.until(count, before + 1)
        if round_ % 3 == 1:
            kill_postgres(server)
            server.start()
        else:
            await asyncio.sleep(chance.uniform(0, 0.05))
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
