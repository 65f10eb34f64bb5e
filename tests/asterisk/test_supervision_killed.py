"""`kill -9` in mid-supervision: the chain holds, the supervisor hears on, the open row is closed with its true end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.errors import HotlineError
from core.settings import PROJECT, DbSettings, environment_of
from seats.supervision.entry import Kind
from tests.asterisk.conftest import Telephony
from tests.fakes.centre import HOME, PHONE, Centre, home_of, opened
from tests.fakes.own_postgres import migrated
from tests.fakes.shipper_process import ShipperProcess
from tests.fakes.supervised import CALLER, SEAT, SUPERVISOR

WANG = {"user": "wang", "role": "province_supervisor", "area": "henan", "phone": PHONE}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@pytest.fixture
async def centre(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    async with opened(telephony, database, tmp_path, supervised=False) as running:
        yield running


class Service:
    """The process under test."""

    def __init__(self, telephony: Telephony, dsn: str) -> None:
        wanted = replace(telephony.settings, db=DbSettings(dsn=dsn))
        self._environment = {**os.environ, **environment_of(wanted), "PYTHONPATH": str(PROJECT)}
        self._home = home_of(dsn)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.supervision_process", str(self._home),
            cwd=PROJECT, env=self._environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert "ready" in await self._line()

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Raises `HotlineError` when it was not done."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps({**WANG, **command}).encode() + b"\n")
        answer = await self._line()
        if "error" in answer:
            raise HotlineError(answer["error"])
        return answer

    async def _line(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        found: dict[str, Any] = json.loads(line)
        return found


@pytest.fixture
async def service(telephony: Telephony, database: str) -> AsyncIterator[Service]:
    running = Service(telephony, database)
    await running.start()
    yield running
    await running.kill()


async def _listening(centre: Centre, service: Service) -> str:
    await centre.talking()
    done = await service.ask(do="act", verb="listen", kind="seat", id=HOME, areas=["xinxiang"])
    await centre.cast.answer(PHONE, SUPERVISOR)
    await centre.kinds(done["id"], ["asked listen", "started listen"])
    return str(done["id"])


async def test_a_supervision_outlives_the_process_and_is_taken_up_by_the_next(centre: Centre, service: Service) -> None:
    id = await _listening(centre, service)
    await service.kill()
    assert (await centre.verify()).intact
    cast = centre.cast
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}, SUPERVISOR: {CALLER, SEAT}})
    await service.start()
    done = await centre.again(service.ask, do="switch", id=id, verb="barge")
    assert done["id"] == id
    told = ["asked listen", "started listen", "asked barge", "stopped listen", "started barge"]
    await centre.kinds(id, told)
    await cast.hears({CALLER: {SEAT, SUPERVISOR}, SEAT: {CALLER, SUPERVISOR}})
    await cast.legs[SUPERVISOR].hang_up()
    await centre.kinds(id, [*told, "stopped barge", "ended barge"])
    assert (await centre.verify()).intact


async def test_what_ended_while_nobody_looked_is_closed_with_its_true_end(centre: Centre, service: Service) -> None:
    id = await _listening(centre, service)
    await service.kill()
    await centre.cast.legs[SUPERVISOR].hang_up()
    await centre.cast.crew.until(lambda: centre.telephony.channels() == 2, 20)
    shipper = ShipperProcess(replace(centre.telephony.settings, db=DbSettings(dsn=centre.dsn)))
    shipper.start()
    try:
        ended = await _ended(centre, id)
    finally:
        shipper.kill()
    assert [str(row.kind) for row in await centre.rows(id)] == ["asked", "started"]
    await service.start()
    rows = await centre.kinds(id, ["asked listen", "started listen", "ended listen"])
    assert rows[-1].happened_at == ended
    assert "away" in rows[-1].detail
    assert rows[-1].seat == HOME
    assert (await centre.verify()).intact


async def test_a_row_without_its_act_is_closed_as_not_known(centre: Centre, service: Service) -> None:
    """Killed between the row and the act, or between the act and its second row."""
    await centre.append(Kind.ASKED, "act-0123456789ab", "hangup")
    await centre.append(Kind.ASKED, "sv-0123456789ab", "whisper")
    await service.kill()
    await service.start()
    rows = await centre.kinds("act-0123456789ab", ["asked hangup", "failed hangup"])
    assert "not known" in rows[-1].detail
    rows = await centre.kinds("sv-0123456789ab", ["asked whisper", "failed whisper"])
    assert (await centre.verify()).intact


async def _ended(centre: Centre, channel: str) -> object:
    """When Asterisk's own event file, shipped to Postgres, says that the channel ended."""
    connection = await asyncpg.connect(centre.dsn)
    wanted = "SELECT at FROM seats.cel_events WHERE uniqueid = $1 AND type = 'CHAN_END'"
    async with asyncio.timeout(60):
        while (found := await connection.fetchval(wanted, channel)) is None:
            await connection.execute("SELECT pg_sleep(0.05)")
    await connection.close()
    return found
