"""A supervisor who has nothing but the API and a phone: sees a call, listens, whispers, leaves, ends it."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer

from core.clock import SystemClock
from core.journal import Journal
from seats.accounts.accounts import Accounts
from seats.accounts.store import UserRow
from seats.http import Services, app
from seats.records.figures.store import StoredFigures
from seats.records.history import StoredHistory
from tests.asterisk.conftest import Telephony
from tests.fakes.account_store import MemoryStore, cheap_passwords
from tests.fakes.centre import HOME, PHONE, SECOND, Centre, opened
from tests.fakes.desk import Archive
from tests.fakes.own_postgres import migrated
from tests.fakes.supervised import CALLER, SEAT, SUPERVISOR

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@pytest.fixture
async def centre(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    async with opened(telephony, database, tmp_path) as running:
        yield running


class Api:
    """One user's way in."""

    def __init__(self, client: TestClient[web.Request, web.Application], token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    async def __call__(self, method: str, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        sent = {"json": body} if method == "POST" else {}
        async with self.client.request(method, f"/api/v1{path}", headers=self.headers, **sent) as response:
            return response.status, await response.json()


async def _told(screen: ClientWebSocketResponse, call: str, gone: bool = False) -> dict[str, Any] | None:
    """What a screen shows of the call when it is first told of it, or that it has gone."""
    while True:
        message = json.loads(await screen.receive_str(timeout=30))
        if message["kind"] == "snapshot":
            found = {each["linkedid"]: each for each in message["picture"]["calls"]}
        else:
            found = message["calls"]
        if call in found and (found[call] is None) == gone:
            return found[call]  # type: ignore[no-any-return]


async def test_a_city_supervisor_over_http(centre: Centre, tmp_path: Path) -> None:
    store, passwords, clock, tree = MemoryStore(), cheap_passwords(), SystemClock(), centre.telephony.tree
    for name, area in (("zhou", "xinxiang"), ("li", "luoyang")):
        await store.add(UserRow(name, "city_supervisor", area, PHONE), passwords.digest(PASSWORD))
    for name, number in (("ding", HOME), ("bai", SECOND)):
        await store.add(UserRow(name, "seat", "xinxiang", number), passwords.digest(PASSWORD))
    accounts = Accounts(store, tree, clock, passwords)
    services = Services(
        tree=tree,
        live=centre.live,
        supervision=centre.supervisions,
        history=StoredHistory(centre.pool, tree),
        figures=StoredFigures(centre.pool, tree),
        accounts=accounts,
        sounds=Archive(),
        stories=Archive(),
    )
    api = app(services, clock=clock, journal=Journal(tmp_path / "journal", clock))
    async with TestClient(TestServer(api)) as client:
        zhou = Api(client, (await accounts.log_in("zhou", PASSWORD, "127.0.0.1"))[0])
        li = Api(client, (await accounts.log_in("li", PASSWORD, "127.0.0.1"))[0])
        async with client.ws_connect("/api/v1/live", headers=zhou.headers) as screen:
            linkedid = await centre.talking()
            seen = await _told(screen, linkedid)
            assert seen is not None
            assert seen["area"] == "xinxiang"

            for path, body in (
                ("/supervise", {"target": HOME, "mode": "listen"}),
                ("/supervise", {"target": linkedid, "mode": "barge"}),
                (f"/calls/{linkedid}/hangup", {"reason": "x"}),
                (f"/calls/{linkedid}/move", {"to": "luoyang", "reason": "x"}),
                (f"/seats/{HOME}/pause", {"reason": "x"}),
            ):
                status, said = await li("POST", path, **body)
                assert (status, said["error"]) == (403, "area"), path
            assert (await li("GET", f"/calls/{linkedid}"))[0] == 403
            assert (await li("GET", "/picture"))[1]["calls"] == []

            status, act = await zhou("POST", "/supervise", target=HOME, mode="listen", reason="质检")
            assert status == 200, act
            await centre.cast.answer(PHONE, SUPERVISOR)
            await centre.cast.hears({CALLER: {SEAT}, SEAT: {CALLER}, SUPERVISOR: {CALLER, SEAT}})
            assert (await li("DELETE", f"/supervise/{act['id']}"))[0] == 403
            status, _ = await zhou("POST", f"/supervise/{act['id']}/mode", mode="whisper")
            assert status == 200
            await centre.cast.hears({CALLER: {SEAT}, SEAT: {CALLER, SUPERVISOR}})
            assert (await zhou("DELETE", f"/supervise/{act['id']}"))[0] == 200
            assert await centre.cast.crew.until(lambda: centre.cast.legs[SUPERVISOR].over, 30)
            assert centre.cast.legs[CALLER].up
            assert centre.cast.legs[SEAT].up

            assert (await zhou("POST", f"/calls/{linkedid}/hangup", reason="测试"))[0] == 200
            assert await centre.cast.crew.until(lambda: centre.cast.legs[CALLER].over, 30)
            assert await _told(screen, linkedid, gone=True) is None

        rows = (await zhou("GET", "/audit"))[1]["rows"]
        told = {(row["user_name"], row["kind"], row["verb"]) for row in rows}
        assert {("zhou", "asked", "listen"), ("zhou", "asked", "whisper"), ("zhou", "asked", "hangup")} <= told
        assert {("li", "refused", verb) for verb in ("listen", "barge", "hangup", "move", "pause", "see")} <= told
        status, proof = await zhou("GET", "/audit/verify")
        assert (status, proof["intact"]) == (200, True)
        supervisions = (await zhou("GET", f"/seats/{HOME}/supervisions"))[1]["rows"]
        assert (supervisions[0]["user"], supervisions[0]["modes"]) == ("zhou", ["listen", "whisper"])

        ding = Api(client, (await accounts.log_in("ding", PASSWORD, "127.0.0.1"))[0])
        bai = Api(client, (await accounts.log_in("bai", PASSWORD, "127.0.0.1"))[0])
        assert await ding("GET", f"/seats/{HOME}/supervisions") == (200, {"rows": supervisions})
        assert await bai("GET", f"/seats/{SECOND}/supervisions") == (200, {"rows": []})
        status, said = await bai("GET", f"/seats/{HOME}/supervisions")
        assert (status, said["error"]) == (403, "seat")
