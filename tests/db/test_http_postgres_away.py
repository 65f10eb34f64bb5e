"""The whole service with a real Postgres that is stopped, frozen and started under it, and no Asterisk at all."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from core.db import engine
from core.ids import AreaId, SeatNumber
from core.settings import DbSettings, PlatformSettings, Settings
from ops.runtime.postgres import EmbeddedPostgres
from seats.__main__ import serve
from seats.accounts.passwords import Passwords
from seats.accounts.store import PostgresStore, UserRow
from seats.roster.seat import Seat
from seats.roster.store import put
from tests.fakes.own_postgres import migrated
from tests.fakes.ports import free_port

PASSWORD = "correct horse battery"


@dataclass
class Copy:
    api: aiohttp.ClientSession
    server: EmbeddedPostgres
    dsn: str

    def signal(self, sign: signal.Signals) -> None:
        """To the server and all it started; returns when they have taken it."""
        master = psutil.Process(int((self.server.data / "postmaster.pid").read_text().split()[0]))
        everybody = [master, *master.children(recursive=True)]
        for process in everybody:
            process.send_signal(sign)
        if sign is signal.SIGKILL:
            psutil.wait_procs(everybody, timeout=10)

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        async with self.api.request(method, f"/api/v1{path}", **more) as response:
            return response.status, await response.json()

    async def log_in(self) -> dict[str, str]:
        status, said = await self.ask("POST", "/login", json={"user": "wang", "password": PASSWORD})
        assert status == 200, said
        return {"Authorization": f"Bearer {said['token']}"}


@pytest.fixture
def postgres() -> Iterator[tuple[str, EmbeddedPostgres]]:
    with migrated() as (dsn, server):
        yield dsn, server
        Copy(None, server, dsn).signal(signal.SIGKILL)  # type: ignore[arg-type]


@pytest.fixture
async def copy(postgres: tuple[str, EmbeddedPostgres], tmp_path: Path) -> AsyncIterator[Copy]:
    dsn, server = postgres
    database = engine(dsn, application="test")
    digest = await asyncio.to_thread(Passwords().digest, PASSWORD)
    await PostgresStore(database).add(UserRow("wang", "province_supervisor", "henan", "3719001"), digest)
    await database.dispose()
    await put(dsn, Seat(SeatNumber("3710001"), AreaId("zhengzhou"), "郑州1号座席"))
    port = free_port()
    settings = Settings(platform=replace(PlatformSettings(), home=tmp_path), db=DbSettings(dsn=dsn))
    settings = replace(settings, http=replace(settings.http, port=port), ami=replace(settings.ami, port=free_port()))
    stop = asyncio.Event()
    service = asyncio.create_task(serve(settings, stop))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as api:
        copy = Copy(api, server, dsn)
        async with asyncio.timeout(60):
            while True:
                try:
                    await copy.ask("GET", "/openapi.json")
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.02)
        yield copy
        stop.set()
        async with asyncio.timeout(60):
            await service


async def test_without_asterisk_the_picture_says_since_when_it_is_stale(copy: Copy) -> None:
    status, shown = await copy.ask("GET", "/picture", headers=await copy.log_in())
    assert status == 200
    assert shown["stale_since"] is not None
    async with copy.api.get("/healthz") as response:
        assert response.status == 503
    async with copy.api.get("/metrics") as response:
        text = await response.text()
    assert "hotline_live_stale 1.0" in text
    assert "hotline_http_refusals 0.0" in text


async def test_refusals_are_rows_of_a_chain_that_proves_itself(copy: Copy) -> None:
    headers = await copy.log_in()
    for _ in range(3):
        assert (await copy.ask("GET", "/picture"))[0] == 401
    rows: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while not rows:
            rows = (await copy.ask("GET", "/audit", headers=headers))[1]["rows"]
    assert rows[-1]["kind"] == "refused"
    assert rows[-1]["detail"].startswith("no_token")
    status, proof = await copy.ask("GET", "/audit/verify", headers=headers)
    assert (status, proof["intact"]) == (200, True)


@pytest.mark.parametrize("how", ["frozen", "killed"])
async def test_postgres_goes_and_comes_back(copy: Copy, how: str) -> None:
    headers = await copy.log_in()
    async with asyncio.timeout(60):
        while not (await copy.ask("GET", "/picture", headers=headers))[1]["seats"]:
            pass
    async with copy.api.ws_connect("/api/v1/live", headers=headers) as screen:
        await screen.receive_json(timeout=30)
        if how == "frozen":
            copy.signal(signal.SIGSTOP)
        else:
            copy.signal(signal.SIGKILL)
        try:
            async with asyncio.timeout(4):  # less than Postgres is waited for
                for path in ("/picture", "/me", "/picture"):
                    assert (await copy.ask("GET", path, headers=headers))[0] == 200
            async with asyncio.timeout(60):
                refused = await asyncio.gather(
                    copy.ask("GET", "/history", headers=headers),
                    copy.ask("POST", "/seats/3710001/pause", headers=headers, json={"reason": "x"}),
                    copy.ask("POST", "/login", json={"user": "wang", "password": PASSWORD}),
                )
            assert [(status, said["error"]) for status, said in refused] == [(503, "postgres_away")] * 3
            assert not screen.closed
        finally:
            if how == "frozen":
                copy.signal(signal.SIGCONT)
            else:
                await asyncio.to_thread(copy.server.start)
        async with asyncio.timeout(60):
            while (await copy.ask("GET", "/history", headers=headers))[0] != 200:
                pass
        await copy.log_in()
        message = await screen.receive(timeout=30)
        assert message.type is aiohttp.WSMsgType.TEXT
