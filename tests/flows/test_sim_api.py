"""What scenarios ask of a platform's API: a tiny server stands for it, with orders ours does not have yet."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sim.lint import load
from sim.play import Result, play
from sim.profile import ApiAccess, Profile, RowsAccess, UserAccess

_HEAD = """
scenario: 工单
callers:
  王女士: {number: 13803710000}
supervisors:
  督导: {user: sim-boss, phone: 3719001, registers: no}
steps:
"""
_ORDERS = [
    {"number": "13803710000", "status": "open", "level": "city", "steps": [{"to": "zhengzhou"}, {"to": "henan"}]},
    {"number": "13900000000", "status": "closed", "level": "county", "steps": []},
]
_AUDIT = [
    {
        "seq": 3,
        "user_name": "sim-boss",
        "verb": "pause",
        "kind": "refused",
        "target_id": "3710001",
        "detail": "area: no",
    },
    {"seq": 2, "user_name": "sim-other", "verb": "pause", "kind": "asked", "target_id": "3710001", "detail": ""},
]


class Platform:
    """A platform with orders: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.audit: list[dict[str, Any]] = []

    def app(self) -> web.Application:
        made = web.Application()
        made.router.add_post("/v1/login", self._log_in)
        made.router.add_route("*", "/v1/{rest:.*}", self._answer)
        return made

    async def _log_in(self, request: web.Request) -> web.Response:
        given = await request.json()
        if given != {"user": "sim-boss", "password": "right"}:
            return web.json_response({"error": "bad_log_in", "reason": "wrong name or password"}, status=401)
        return web.json_response({"token": "secret"})

    async def _answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        path = request.match_info["rest"]
        self.asked.append((request.method, path, await request.json() if request.can_read_body else None))
        if path == "orders" and request.method == "GET":
            return web.json_response({"orders": [o for o in _ORDERS if o["number"] == request.query["number"]]})
        if path == "all":
            return web.json_response(_ORDERS)
        if path == "audit":
            return web.json_response({"rows": self.audit})
        if path == "audit/verify":
            return web.json_response({"rows": 3, "intact": False, "first_wrong": 2})
        if path == "seats/3710001/pause":
            self.audit = _AUDIT
            return web.json_response({"error": "area", "reason": "not yours"}, status=403)
        return web.json_response({})


@pytest.fixture
async def platform() -> AsyncIterator[tuple[Platform, Profile]]:
    one = Platform()
    async with TestServer(one.app()) as server:
        api = ApiAccess(str(server.make_url("/v1")), {"sim-boss": UserAccess("right")})
        rows = {"order_of": RowsAccess("/orders?number={number}", "orders")}
        yield one, Profile(api=api, rows=rows)


async def played(folder: Path, profile: Profile, *steps: str, head: str = _HEAD) -> Result:
    file = folder / "one.yaml"
    file.write_text(head + "".join(f"  - {step}\n" for step in steps), encoding="utf-8")
    return await play(load(file), profile, folder, lambda _: None)


async def test_orders_are_compared_by_their_columns(tmp_path: Path, platform: tuple[Platform, Profile]) -> None:
    result = await played(
        tmp_path,
        platform[1],
        "expect: {order_of: 王女士, status: open, steps: 2, steps.1.to: henan}",
        "expect: {order_of: 王女士, count: 1}",
    )
    assert result.failures == []
    assert "status open" in result.steps[0].detail


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("order_of: 王女士, status: closed, within: 100ms", "status is 'open' instead of 'closed'"),
        ("order_of: 王女士, deadline: x, within: 100ms", "there is no deadline; there are number, status"),
        ("order_of: 王女士, count: 2, within: 100ms", "1 rows instead of 2"),
        ("callback_of: 王女士, within: 100ms", "the profile does not say where callback_of is read"),
        ("record_of: 王女士, within: 100ms", "the profile names no records (dsn, query), nor a path"),
    ],
)
async def test_what_is_not_so_is_told(
    tmp_path: Path, platform: tuple[Platform, Profile], expected: str, told: str
) -> None:
    result = await played(tmp_path, platform[1], f"expect: {{{expected}}}")
    assert told in "\n".join(result.failures)


async def test_rows_of_everybody_are_told_apart_by_a_column(tmp_path: Path, platform: tuple[Platform, Profile]) -> None:
    rows = {"record_of": RowsAccess("/all", "", {"number": "{number}"})}
    result = await played(tmp_path, replace(platform[1], rows=rows), "expect: {record_of: 王女士, level: city}")
    assert result.failures == []


async def test_a_refusal_must_be_expected(tmp_path: Path, platform: tuple[Platform, Profile]) -> None:
    one, profile = platform
    result = await played(
        tmp_path,
        profile,
        "督导: {pauses: 3710001, reason: lunch, refused: area}",
        "expect: {audit_of: 督导, verb: pause, target: 3710001, refused: area}",
    )
    assert result.failures == []
    assert ("POST", "seats/3710001/pause", {"reason": "lunch"}) in one.asked
    refused = await played(tmp_path, profile, "督导: pauses 3710001")
    assert "the platform refused: 403 area: not yours" in refused.failures[0]
    otherwise = await played(tmp_path, profile, "督导: {pauses: 3710001, refused: role}")
    assert "refused with 403 area: not yours, not with role" in otherwise.failures[0]
    done = await played(tmp_path, profile, "督导: {readies: 3710001, refused: yes}")
    assert "the platform did it, and should have refused" in done.failures[0]


async def test_a_broken_chain_fails(tmp_path: Path, platform: tuple[Platform, Profile]) -> None:
    result = await played(
        tmp_path,
        platform[1],
        "督导: {pauses: 3710001, refused: yes}",
        "expect: {audit_of: 督导, verb: pause, chain: ok, within: 200ms}",
    )
    assert "the chain is broken" in result.failures[0]


async def test_any_request_can_be_made(tmp_path: Path, platform: tuple[Platform, Profile]) -> None:
    one, profile = platform
    result = await played(tmp_path, profile, "督导: {asks: POST /orders, body: {of: x}}", "督导: asks GET /of/{seat}")
    assert result.failures == []
    assert ("POST", "orders", {"of": "x"}) in one.asked
    assert ("GET", "of/3719001", None) in one.asked


async def test_who_cannot_log_in_is_told_so(tmp_path: Path, platform: tuple[Platform, Profile]) -> None:
    api = ApiAccess(platform[1].api.url if platform[1].api else "", {"sim-boss": UserAccess("wrong")})
    result = await played(tmp_path, Profile(api=api), "wait: 1s")
    assert "sim-boss could not log in" in result.problem
    nobody = await played(tmp_path, Profile(api=ApiAccess(api.url)), "wait: 1s")
    assert "the profile names no user" in nobody.problem


async def test_what_the_system_lacks_is_said_and_nothing_is_played(tmp_path: Path) -> None:
    head = _HEAD.replace("callers:", "needs: [api, recording:hebi, carrier]\ncallers:")
    profile = Profile(offers=("recording:anyang",), hints={"recording": "start it with RECORDING=hebi"})
    result = await played(tmp_path, profile, "wait: 1s", head=head)
    assert (result.ok, result.steps) == (True, [])
    assert result.lacks == (
        "api is needed; the profile names no such part",
        "recording:hebi is needed; start it with RECORDING=hebi",
        "carrier is needed; the profile names no such part",
    )
