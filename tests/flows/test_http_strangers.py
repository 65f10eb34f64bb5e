"""Strangers and hostile strings: bodies too long, too deep, of another form; names that would steer a terminal."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

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
