"""A supervisor at the terminal, a caller and a seat on a real Asterisk: what the keys do is heard."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from core.clock import SystemClock
from core.journal import Journal
from seats.accounts.accounts import Accounts
from seats.accounts.store import UserRow
from seats.cli.board.app import Board
from seats.cli.board.bar import Bar
from seats.cli.client import Client
from seats.cli.columns import Sight
from seats.cli.main import main
from seats.cli.places import Places
from seats.cli.token_file import KeptLogIn, TokenFile
from seats.cli.words import Words
from seats.http.app import app
from tests.asterisk.conftest import Telephony
from tests.fakes.account_store import MemoryStore
from tests.fakes.becomes import becomes
from tests.fakes.centre import HOME, PHONE, Centre, opened
from tests.fakes.desk import DIGEST, PASSWORD, PASSWORDS, Desk
from tests.fakes.own_postgres import migrated
from tests.fakes.supervised import CALLER, SEAT, SUPERVISOR


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@pytest.fixture
async def centre(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    async with opened(telephony, database, tmp_path) as running:
        yield running


@pytest.fixture
async def token(centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KeptLogIn]:
    """The API over that centre, and wang's log-in to it where the command finds it."""
    clock, store = SystemClock(), MemoryStore()
    store.users = {"wang": (UserRow("wang", "province_supervisor", "henan", PHONE), DIGEST)}
    accounts = Accounts(store, centre.telephony.tree, clock, PASSWORDS)
    services = replace(Desk().services, live=centre.live, supervision=centre.supervisions, accounts=accounts)
    async with TestServer(app(services, clock=clock, journal=Journal(tmp_path / "journal", clock))) as server:
        url = str(server.make_url("")).rstrip("/")
        kept = KeptLogIn(url, (await accounts.log_in("wang", PASSWORD, "127.0.0.1"))[0], "wang", "")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        TokenFile(tmp_path / "call-monitor").keep(kept)
        yield kept


async def _run(*argv: str) -> int:
    return await asyncio.to_thread(main, argv)


async def test_commands_listen_switch_and_leave(
    centre: Centre, token: KeptLogIn, capsys: pytest.CaptureFixture[str]
) -> None:
    cast = centre.cast
    linkedid = await centre.talking()
    capsys.readouterr()
    assert await _run("calls", "--json") == 0
    (shown,) = json.loads(capsys.readouterr().out)["calls"]
    assert (shown["linkedid"], shown["seat"], shown["state"]) == (linkedid, HOME, "talking")
    joining = asyncio.create_task(_run("listen", HOME, "--reason", "质检", "--json"))
    await cast.answer(PHONE, SUPERVISOR)
    assert await joining == 0
    supervision = json.loads(capsys.readouterr().out)["id"]
    await centre.kinds(supervision, ["asked listen", "started listen"])
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}, SUPERVISOR: {CALLER, SEAT}})
    assert await _run("switch", supervision, "whisper") == 0
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER, SUPERVISOR}, SUPERVISOR: {CALLER, SEAT}})
    assert await _run("leave", supervision) == 0
    await cast.crew.until(lambda: cast.legs[SUPERVISOR].over, 30)
    assert cast.legs[SUPERVISOR].over
    assert cast.legs[CALLER].up
    rows = await centre.rows(supervision)
    assert (rows[0].user_name, rows[0].reason) == ("wang", "质检")
    assert await _run("audit", "verify") == 0
    assert await _run("hangup", linkedid) == 0
    await cast.crew.until(lambda: cast.legs[CALLER].over, 30)
    assert cast.legs[CALLER].over


async def test_the_board_shows_the_call_and_its_keys_barge_in(centre: Centre, token: KeptLogIn) -> None:
    cast = centre.cast
    linkedid = await centre.talking()
    words = Words("zh")
    async with Client(token.server, token.token) as client:
        sight = Sight(words, Places(centre.telephony.tree, words))
        board = Board(client, await client.me(), sight, SystemClock())
        async with board.run_test(size=(80, 24)) as pilot:

            def seen(text: str) -> bool:
                bars: Any = [bar.text for bar in board.screen_stack[0].query(Bar)]
                grid = board.grids[board.shown]
                return text in "".join((*bars, *(grid.render_line(y).text for y in range(grid.size.height))))

            await pilot.press("2")
            await becomes(lambda: seen("03735123456") and seen("新乡") and seen(HOME))
            assert board.grids["calls"].chosen == linkedid
            await pilot.press("b")
            await pilot.pause()
            await pilot.press("enter")
            await cast.answer(PHONE, SUPERVISOR)
            await becomes(lambda: seen("正在强插"))
            await cast.hears({CALLER: {SEAT, SUPERVISOR}, SEAT: {CALLER, SUPERVISOR}, SUPERVISOR: {CALLER, SEAT}})
            await pilot.press("l")
            await becomes(lambda: seen("正在监听"))
            await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}, SUPERVISOR: {CALLER, SEAT}})
            await cast.legs[SUPERVISOR].hang_up()
            await becomes(lambda: board.supervisor.running is None)
            await cast.legs[CALLER].hang_up()
            await becomes(lambda: linkedid not in board.picture.calls)
