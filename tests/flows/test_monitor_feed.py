"""The live socket as the terminal follows it: cut, silent, ended, and whole again."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from core.clock import SystemClock
from seats.cli import feed
from seats.cli.client import Client, Denied, NotLoggedIn, Unreachable
from seats.cli.feed import Cut, Feed, Told
from seats.cli.picture import Picture

SNAPSHOT: dict[str, Any] = {
    "kind": "snapshot",
    "picture": {"calls": [{"linkedid": "1.1", "number": "1"}], "seats": [], "areas": [], "stale_since": None},
}
DELTA: dict[str, Any] = {"kind": "delta", "calls": {"1.1": None, "1.2": {"linkedid": "1.2"}}, "seats": {}, "areas": {}}

Answer = Callable[[web.Request], Any]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PAUSES", (0.0,))


@pytest.fixture
async def told() -> AsyncIterator[Callable[[Answer], Any]]:
    """Starts a server whose live route is the given function; gives a feed from it."""
    opened: list[Any] = []

    async def starting(answer: Answer) -> AsyncIterator[Told | Cut]:
        application = web.Application()
        application.router.add_get("/api/v1/live", answer)
        server = TestServer(application)
        await server.start_server()
        client = Client(str(server.make_url("")).rstrip("/"), "hl1_token")
        await client.__aenter__()
        opened.extend((client, server))
        return Feed(client, SystemClock()).messages()

    yield starting
    for each in opened:
        await (each.__aexit__(None, None, None) if isinstance(each, Client) else each.close())


async def _next(messages: AsyncIterator[Told | Cut]) -> Told | Cut:
    async with asyncio.timeout(30):
        return await anext(messages)


async def test_what_is_told_becomes_a_picture(told: Any) -> None:
    tokens: list[str | None] = []

    async def answer(request: web.Request) -> web.WebSocketResponse:
        tokens.append(request.headers.get("Authorization"))
        assert "token" not in str(request.url)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(SNAPSHOT)
        await socket.send_json(DELTA)
        await socket.receive()
        return socket

    messages = await told(answer)
    picture = Picture()
    for _ in range(2):
        message = await _next(messages)
        assert isinstance(message, Told)
        picture.take(message.message)
    assert set(picture.calls) == {"1.2"}
    assert tokens == ["Bearer hl1_token"]
    await messages.aclose()


async def test_a_cut_link_is_said_and_mended(told: Any) -> None:
    async def answer(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(SNAPSHOT)
        await socket.close()
        return socket

    messages = await told(answer)
    kinds = [type(await _next(messages)) for _ in range(6)]
    assert kinds == [Told, Cut] * 3
    await messages.aclose()


async def test_a_silent_link_is_a_cut_one(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SILENCE", 0.05)

    async def answer(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.send_json(SNAPSHOT)
        while not socket.closed and (await socket.receive()).type is not WSMsgType.CLOSE:
            pass
        return socket

    messages = await told(answer)
    first, second = await _next(messages), await _next(messages)
    assert isinstance(first, Told)
    assert isinstance(second, Cut)
    await messages.aclose()


async def test_an_ended_session_asks_for_a_log_in(told: Any) -> None:
    async def answer(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(SNAPSHOT)
        await socket.close(code=feed.REFUSED)
        return socket

    messages = await told(answer)
    await _next(messages)
    with pytest.raises(NotLoggedIn):
        await _next(messages)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_asks_for_a_log_in(told: Any, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"error": "bad_token", "reason": "no"}, status=status)

    messages = await told(answer)
    with pytest.raises(NotLoggedIn):
        await _next(messages)


async def test_a_crowded_platform_is_tried_again(told: Any) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"error": "crowded", "reason": "no"}, status=503)

    messages = await told(answer)
    assert isinstance(await _next(messages), Cut)
    assert isinstance(await _next(messages), Cut)
    await messages.aclose()


@pytest.mark.parametrize(
    "text", ["no json", "[]", json.dumps({"kind": "poem"}), json.dumps({"error": "x", "reason": "y"})]
)
async def test_what_is_no_picture_is_a_cut(told: Any, text: str) -> None:
    async def answer(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(text)
        await socket.receive()
        return socket

    messages = await told(answer)
    assert isinstance(await _next(messages), Cut)
    await messages.aclose()


async def test_a_platform_that_does_not_answer_is_given_up_at_its_deadline() -> None:
    waiting = asyncio.Event()

    async def never(_: web.Request) -> web.Response:
        await waiting.wait()
        return web.Response()

    application = web.Application()
    application.router.add_get("/api/v1/me", never)
    async with TestServer(application) as server:
        async with Client(str(server.make_url("")), "t", deadline=0.05) as client:
            with pytest.raises(Unreachable, match="no answer within"):
                await client.me()
        waiting.set()


@pytest.mark.parametrize("status", [403, 404, 409, 429, 503])
async def test_the_code_of_a_refusal_is_kept(status: int) -> None:
    async def no(_: web.Request) -> web.Response:
        return web.json_response({"error": "role", "reason": "an auditor may not"}, status=status)

    application = web.Application()
    application.router.add_post("/api/v1/supervise", no)
    async with TestServer(application) as server, Client(str(server.make_url("")), "t") as client:
        with pytest.raises(Denied) as refused:
            await client.supervise("1.1", "listen", "")
        assert (refused.value.code, refused.value.reason) == ("role", "an auditor may not")


async def test_clocks_that_differ_are_noticed() -> None:
    async def me(_: web.Request) -> web.Response:
        return web.json_response({}, headers={"Date": "Sun, 22 Nov 2026 01:00:00 GMT"})

    application = web.Application()
    application.router.add_get("/api/v1/me", me)
    async with TestServer(application) as server, Client(str(server.make_url("")), "t") as client:
        await client.me()
        there = SystemClock().now().timestamp() + client.skew
        assert abs(there - 1795309200.5) < 5
