"""The live socket: snapshot and changes, one scope each, sessions that end, screens that do not read."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from core.journal import Journal
from seats.accounts.store import UserRow
from seats.accounts.tokens import LIFE
from seats.accounts.user import member
from seats.http import socket
from seats.http.app import SCREENS, app
from seats.http.screens import Screens, Seen
from seats.live.model import SeatState
from tests.fakes.becomes import becomes
from tests.fakes.desk import NOW, Desk, area, call, seat
from tests.fakes.henan_tree import TREE

Client = TestClient[web.Request, web.Application]
LIVE = "/api/v1/live"
UNKNOWN = f"hl1_{'A' * 43}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals are for people; a test need not wait for them."""
    monkeypatch.setattr("seats.http.screens.LOOK", 0.001)
    monkeypatch.setattr("seats.http.screens.INTERVAL", 0.002)
    monkeypatch.setattr("seats.http.socket.CHECK", 0.005)


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock)))) as c:
        yield c


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Screen:
    """A client that keeps its own picture from what it is told."""

    def __init__(self, link: aiohttp.ClientWebSocketResponse) -> None:
        self.link = link
        self.shown: dict[str, dict[str, Any]] = {}
        self.kinds: list[str] = []
        self.head: dict[str, Any] = {}

    async def take(self) -> None:
        """One message into the picture."""
        message = json.loads(await self.link.receive_str(timeout=30))
        self.kinds.append(message["kind"])
        if message["kind"] == "snapshot":
            whole = message["picture"]
            names = {"calls": "linkedid", "seats": "number", "areas": "area"}
            self.shown = {kind: {each[name]: each for each in whole[kind]} for kind, name in names.items()}
            self.head = whole
            return
        self.head = message
        for kind, entries in self.shown.items():
            for key, entry in message[kind].items():
                if entry is None:
                    del entries[key]
                else:
                    entries[key] = entry

    async def until(self, version: int) -> None:
        while self.head.get("version", 0) < version:
            await self.take()


async def test_a_snapshot_then_what_changes(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("wang"))) as link:
        screen = Screen(link)
        await screen.take()
        assert screen.kinds == ["snapshot"]
        assert set(screen.shown["calls"]) == {"1.1", "2.1"}
        desk.live.put(call("3.1", "zhengzhou"), seat("3710002", "zhengzhou", SeatState.PAUSED), gone=["2.1"])
        await screen.until(2)
        assert screen.kinds == ["snapshot", "delta"]
        assert set(screen.shown["calls"]) == {"1.1", "3.1"}
        assert screen.shown["seats"]["3710002"]["state"] == "paused"
        assert set(screen.shown["seats"]) == {"3710001", "3710002", "3712001", "3712002"}


async def test_a_city_is_told_of_itself_only(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("li"))) as link:
        screen = Screen(link)
        await screen.take()
        assert {each["area"] for kind in screen.shown.values() for each in kind.values()} == {"zhengzhou"}
        desk.live.put(call("7.1", "kaifeng", number="037100000000"), area("kaifeng", 5))
        desk.live.put(call("7.2", "zhengzhou"))
        await screen.until(3)
        assert {each["area"] for kind in screen.shown.values() for each in kind.values()} == {"zhengzhou"}
        assert "7.2" in screen.shown["calls"]


async def test_a_call_that_leaves_the_city_leaves_its_screens(desk: Desk, client: Client) -> None:
    async with (
        client.ws_connect(LIVE, headers=_bearer(await desk.token("li"))) as one,
        client.ws_connect(LIVE, headers=_bearer(await desk.token("zhao"))) as two,
    ):
        li, zhao = Screen(one), Screen(two)
        await li.take()
        await zhao.take()
        desk.live.put(call("1.1", "kaifeng"))
        await li.until(2)
        await zhao.until(2)
        assert set(li.shown["calls"]) == set()
        assert set(zhao.shown["calls"]) == {"1.1", "2.1"}


async def test_a_lost_link_to_asterisk_is_told_at_once(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("li"))) as link:
        screen = Screen(link)
        await screen.take()
        assert screen.head["stale_since"] is None
        desk.live.put(stale_since=NOW)
        await screen.until(2)
        assert screen.head["stale_since"] == "2026-11-22T01:00:00Z"


async def test_numbers_are_masked_for_an_auditor(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("zhang"))) as link:
        screen = Screen(link)
        await screen.take()
        desk.live.put(call("8.1", "kaifeng", number="13899998888"))
        await screen.until(2)
        assert screen.shown["calls"]["1.1"]["number"] == "138****0000"
        assert screen.shown["calls"]["8.1"]["number"] == "138****8888"
        assert "3710001" in screen.shown["seats"]


async def test_the_token_may_come_in_the_first_message(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE) as link:
        await link.send_json({"token": await desk.token("li")})
        screen = Screen(link)
        await screen.take()
        assert screen.kinds == ["snapshot"]
    assert not desk.supervision.refusals


@pytest.mark.parametrize(
    "first",
    ['{"token": "hl1_x"}', '{"token": 5}', "[]", "null", "not json", json.dumps({"token": UNKNOWN}), "[" * 1000, ""],
)
async def test_a_bad_first_message_closes_the_socket_and_is_recorded(first: str, desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE) as link:
        await link.send_str(first)
        said = json.loads(await link.receive_str(timeout=30))
        assert set(said) == {"error", "reason"}
        assert (await link.receive(timeout=30)).type is WSMsgType.CLOSE
        assert link.close_code == socket.REFUSED
    await becomes(lambda: len(desk.supervision.refusals) == 1)
    assert client.app[SCREENS].count == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("where", ["header", "first message"])
async def test_a_seat_opens_no_picture_and_that_is_recorded(where: str, desk: Desk, client: Client) -> None:
    token = await desk.token("ding")
    if where == "header":
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(LIVE, headers=_bearer(token))
        assert refused.value.status == 403
    else:
        async with client.ws_connect(LIVE) as link:
            await link.send_json({"token": token})
            assert (await link.receive_json(timeout=30))["error"] == "role"
            assert (await link.receive(timeout=30)).type is WSMsgType.CLOSE
    await becomes(lambda: [(each.user, each.why[:5]) for each in desk.supervision.refusals] == [("ding", "role:")])


async def test_a_silent_first_message_is_not_waited_for(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "FIRST_MESSAGE", 0.01)
    async with client.ws_connect(LIVE) as link:
        assert json.loads(await link.receive_str(timeout=30))["error"] == "no_token"
        assert (await link.receive(timeout=30)).type is WSMsgType.CLOSE


@pytest.mark.parametrize("token", ["hl1_x", UNKNOWN, "' OR 1=1 --"])
async def test_a_bad_token_in_the_header_opens_no_socket(token: str, desk: Desk, client: Client) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(LIVE, headers=_bearer(token))
    assert refused.value.status == 401
    await becomes(lambda: len(desk.supervision.refusals) == 1)


async def test_a_token_in_the_address_is_refused(desk: Desk, client: Client) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(f"{LIVE}?token={await desk.token('wang')}")
    assert refused.value.status == 400


async def test_a_plain_get_is_told_that_this_is_a_socket(desk: Desk, client: Client) -> None:
    async with client.get(LIVE, headers=_bearer(await desk.token("wang"))) as response:
        assert response.status == 426


async def _closed_with(link: aiohttp.ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(30):
        while (await link.receive()).type is WSMsgType.TEXT:
            pass
    return link.close_code


@pytest.mark.parametrize("how", ["log out", "expiry", "password", "disabled"])
async def test_a_session_that_ends_closes_its_socket(how: str, desk: Desk, client: Client) -> None:
    token = await desk.token("li")
    async with client.ws_connect(LIVE, headers=_bearer(token)) as link:
        await link.receive_str(timeout=30)
        match how:
            case "log out":
                await desk.accounts.log_out(token)
            case "expiry":
                desk.clock.turn(LIFE.total_seconds())
            case "password":
                await desk.store.set_password("li", desk.store.users["wang"][1], NOW)
                await desk.accounts.recheck()
            case "disabled":
                await desk.store.set_enabled("li", False, NOW)
                await desk.accounts.recheck()
        assert await _closed_with(link) == socket.REFUSED
    await becomes(lambda: [refusal.user for refusal in desk.supervision.refusals] == ["li"])


async def test_another_area_closes_the_socket_so_that_it_is_opened_anew(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("li"))) as link:
        await link.receive_str(timeout=30)
        user, password = desk.store.users["li"]
        desk.store.users["li"] = (replace(user, area="kaifeng"), password)
        await desk.accounts.recheck()
        assert await _closed_with(link) == socket.CHANGED


async def test_postgres_away_closes_no_socket(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("li"))) as link:
        screen = Screen(link)
        await screen.take()
        desk.go_away()
        desk.clock.turn(120)
        for nth in range(3):
            desk.live.put(call(f"6.{nth}", "zhengzhou"))
            await screen.until(desk.live.picture.version)
        assert {"6.0", "6.1", "6.2"} <= set(screen.shown["calls"])


async def test_a_screen_that_talks_is_closed(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("li"))) as link:
        await link.receive_str(timeout=30)
        await link.send_str('{"action": "Originate"}')
        assert await _closed_with(link) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_one_user_opens_only_so_many(desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "PER_USER", 2)
    token = await desk.token("li")
    links = [await client.ws_connect(LIVE, headers=_bearer(token)) for _ in range(3)]
    for link in links[:2]:
        assert json.loads(await link.receive_str(timeout=30))["kind"] == "snapshot"
    assert await _closed_with(links[2]) == socket.CROWDED
    for link in links:
        await link.close()
    await becomes(lambda: client.app[SCREENS].count == 0)  # type: ignore[union-attr]
    again = await client.ws_connect(LIVE, headers=_bearer(token))
    assert json.loads(await again.receive_str(timeout=30))["kind"] == "snapshot"
    await again.close()


async def test_a_screen_that_does_not_read_holds_up_nobody_and_gets_a_snapshot_later(
    desk: Desk, client: Client
) -> None:
    crowd = [seat(f"371{nth:04}", "zhengzhou") for nth in range(1, 400)]
    desk.live.put(*crowd)
    headers = _bearer(await desk.token("wang"))
    # Its reader is never asked: aiohttp's own buffer, the kernel's and ours fill up.
    slow = await client.ws_connect(LIVE, headers=headers)
    fast = Screen(await client.ws_connect(LIVE, headers=headers))
    await fast.take()
    rounds = 150
    for nth in range(rounds):
        state = SeatState.PAUSED if nth % 2 else SeatState.TALKING
        desk.live.put(*(replace(each, state=state, reason=f"{nth} {'x' * 200}") for each in crowd))
        async with asyncio.timeout(30):
            await fast.until(desk.live.picture.version)
    assert fast.kinds.count("snapshot") == 1
    reader = Screen(slow)
    async with asyncio.timeout(30):
        await reader.until(desk.live.picture.version)
    assert reader.shown == fast.shown
    assert len(reader.kinds) < rounds / 2
    assert reader.kinds.count("snapshot") >= 2
    await fast.link.close()
    await slow.close()


async def test_the_service_says_good_bye(desk: Desk, tmp_path: Path) -> None:
    server = TestServer(app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock)))
    async with TestClient(server) as client:
        link = await client.ws_connect(LIVE, headers=_bearer(await desk.token("li")))
        await link.receive_str(timeout=30)
        closing = asyncio.create_task(server.close())
        assert await _closed_with(link) == aiohttp.WSCloseCode.GOING_AWAY
        async with asyncio.timeout(30):
            await closing


async def test_a_quiet_picture_is_still_told_now_and_then(desk: Desk, client: Client) -> None:
    async with client.ws_connect(LIVE, headers=_bearer(await desk.token("li"))) as link:
        screen = Screen(link)
        await screen.take()
        await asyncio.sleep(0)
        desk.clock.turn(6)
        await screen.take()
        assert screen.kinds[-1] == "delta"
        assert screen.head["newest_event"] == "2026-11-22T01:00:00Z"


def test_users_of_one_scope_are_one_group(desk: Desk) -> None:
    screens = Screens(desk.live, desk.clock)
    rows = (UserRow("a1", "city_supervisor", "zhengzhou", "3710001"), UserRow("a2", "city_supervisor", "郑州", None))
    groups = [
        screens.join(Seen(member(TREE, row.name, row.role, row.area, row.phone).scope, full=True)) for row in rows
    ]
    assert groups[0] is groups[1]
    assert screens.join(Seen(groups[0].seen.scope, full=False)) is not groups[0]
    assert screens.count == 3
    for group in groups:
        screens.leave(group)
    assert screens.count == 1
