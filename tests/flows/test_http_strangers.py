"""Strangers and hostile strings: bodies too long, too deep, of another form; names that would steer a terminal."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.journal import Journal
from seats.http.app import app
from tests.fakes.desk import HOSTILE, Desk, call

Client = TestClient[web.Request, web.Application]
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock)))) as c:
        yield c


async def test_hostile_strings_are_inert_in_every_answer(desk: Desk, client: Client) -> None:
    desk.live.put(call("5.1", "zhengzhou", number=HOSTILE, name=HOSTILE))
    headers = {"Authorization": f"Bearer {await desk.token('wang')}"}
    for path in ("/api/v1/picture", "/api/v1/calls/5.1"):
        async with client.get(path, headers=headers) as response:
            text = await response.text()
            shown = str(await response.json())
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "OR 1=1" in shown
        for sign in ("\x1b", "\u202e", "\x00", "\r", "\n"):
            assert sign not in text
            assert sign not in shown
        for sign in "<>&":
            assert sign not in text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": b"{" + b" " * 20_000 + b"}", "headers": JSON}, 413),
        (
            {
                "data": b'{"reason": ' + b"[" * 5000 + b"]" * 5000 + b"}",
                "headers": JSON,
            },
            400,
        ),
        ({"data": b'{"reason": "\xff"}', "headers": JSON}, 400),
        ({"data": b'{"reason": "a", "reason": "b"}', "headers": JSON}, 400),
        ({"data": b"reason=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415),
        ({"json": {"reason": "x", "role": "province_supervisor"}}, 400),
        ({"json": {"reason": HOSTILE}}, 400),
        ({"json": {"reason": "x" * 201}}, 400),
        ({"json": ["reason"]}, 400),
        ({"json": {"reason": {"a": 1}}}, 400),
        ({"json": {"reason": "x"}, "params": {"token": "hl1_x"}}, 400),
    ],
)
async def test_a_question_that_is_not_well_formed_does_nothing(
    sent: dict[str, Any], status: int, desk: Desk, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('wang')}", **sent.pop("headers", {})}
    async with client.post("/api/v1/seats/3710001/pause", headers=headers, **sent) as response:
        assert response.status == status, await response.text()
        said = await response.json()
        assert set(said) == {"error", "reason"}
        assert len(said["reason"]) < 300
    assert not desk.supervision.acts
    assert not desk.supervision.refusals


@pytest.mark.parametrize("body", [b"{" * 16_000, b"not json", b'{"user": NaN}', b'{"user": 1e999}', b"\x00"])
async def test_strangers_cannot_break_the_log_in(body: bytes, client: Client) -> None:
    headers = JSON
    async with client.post("/api/v1/login", data=body, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "bad_input"


async def test_a_body_of_no_end_is_cut_off(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 1024

    headers = JSON
    async with client.post("/api/v1/login", data=endless(), headers=headers) as response:
        assert response.status == 413


@pytest.mark.parametrize("linkedid", ["1.1;DROP", "1.1%0d%0aX", "..%2f..%2fetc", "x" * 65, "%00", "${SHELL(id)}"])
async def test_a_path_of_another_form_is_no_question(linkedid: str, desk: Desk, client: Client) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('wang')}"}
    async with client.get(f"/api/v1/calls/{linkedid}", headers=headers) as response:
        assert response.status in {400, 404}
        assert "SHELL" not in await response.text()


@pytest.mark.parametrize(
    "head", [b"", b"GET /api/v1/picture HTTP/1.1\r\nHost: x\r\n", b"POST /api/v1/login HTTP/1.1\r\nX: "]
)
async def test_half_a_head_holds_a_connection_for_a_while_and_nobody_up(
    head: bytes, desk: Desk, tmp_path: Path
) -> None:
    api = app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock))
    runner = web.AppRunner(api, keepalive_timeout=0.3)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        for _, writer in slow:
            writer.write(head)
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            async with session.get(f"http://127.0.0.1:{port}/api/v1/picture") as response:
                assert response.status == 401
            for reader, writer in slow:
                await reader.read()  # until we close it
                writer.close()
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/login HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 4096,
        b"GET http://[::1 HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_answered_shortly_and_breaks_nothing(head: bytes, client: Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(head)
    writer.write_eof()
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    assert b"Traceback" not in answer
    assert answer.startswith(b"HTTP/1.") or not answer
    async with client.get("/api/v1/picture") as response:
        assert response.status == 401
