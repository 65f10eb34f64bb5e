"""Every route, walked as aiohttp knows them: no token, a bad one, an old one, the wrong role, another city: refused,
recorded, and nothing done."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.journal import Journal, JournalReader
from seats.accounts.store import UserRow
from seats.accounts.tokens import LIFE, new_token
from seats.accounts.user import member
from seats.http import moving, routes
from seats.http.app import TABLE, app
from seats.http.route import Access, Route
from seats.http.targets import queried_area
from seats.supervision.rules import ALLOWED, COMMANDS, Target, TargetKind, Verb
from tests.fakes.becomes import becomes
from tests.fakes.desk import PASSWORD, USERS, Desk, call
from tests.fakes.henan_tree import TREE

Client = TestClient[web.Request, web.Application]

PATH = {
    "{linkedid}": "1.1",
    "{area}": "zhengzhou",
    "{seat}": "3710001",
    "{id}": "s0",
    "{recording}": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}
BODY = {
    "user": "li",
    "password": PASSWORD,
    "target": "3710001",
    "mode": "listen",
    "reason": "投诉",
    "to": "kaifeng",
    "how": "blind",
    "group": "vat",
    "heard_by": "seat",
} | {"home": "drill"}
QUERY = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-22T00:00:00Z", "area": "zhengzhou", "reason": "投诉"}
"""A question of every route that touches 郑州; a new field without a sample fails the walk."""
ROUTES = [route for route in routes.API if isinstance(route.verb, Verb)]
OTHER_ROOMS = {Verb.CALLBACKS, Verb.FOLLOW_UP, Verb.TASKS, Verb.HOURS}
"""Verbs of rows that other rooms bring; their own tests walk them."""
LIVE = ("GET", f"{routes.V1}/live")


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    zhengzhou = TREE.area("zhengzhou").id
    desk.supervision.running["s0"] = Target(TargetKind.SEAT, "3710001", frozenset({zhengzhou}))
    return desk


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock)))) as c:
        yield c


@pytest.fixture
def ask(client: Client) -> Callable[..., Awaitable[tuple[int, dict[str, Any]]]]:
    async def asking(route: Route, token: str | None = None, **changed: Any) -> tuple[int, dict[str, Any]]:
        path = route.path
        for name, value in PATH.items():
            path = path.replace(name, value)
        question: dict[str, Any] = {}
        if route.body:
            question["json"] = {each.name: BODY[each.name] for each in dataclasses.fields(route.body)}
        if route.query:
            known = {each.name.rstrip("_") for each in dataclasses.fields(route.query)}
            question["params"] = {name: value for name, value in QUERY.items() if name in known}
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        async with client.request(route.method, path, **{"headers": headers, **question, **changed}) as response:
            assert response.headers["Cache-Control"] == "no-store"
            if response.status == 200 and route.content != "application/json":
                assert response.content_type == route.content
                return response.status, {}
            assert response.content_type == "application/json"
            return response.status, await response.json()

    return asking


Asking = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


def _nothing_done(desk: Desk) -> bool:
    return not desk.supervision.acts and not desk.archive.asked and "s0" in desk.supervision.running


def test_aiohttp_knows_exactly_the_table(client: Client) -> None:
    known = {(each.method, each.resource.canonical) for each in client.app.router.routes() if each.resource}  # type: ignore[union-attr]
    assert known == {(route.method, route.path) for route in client.app[TABLE]}  # type: ignore[union-attr]


def test_every_route_needs_a_user_but_those_named_here() -> None:
    open_to_all = {(route.method, route.path) for route in routes.API if isinstance(route.verb, Access)}
    assert open_to_all == {("POST", "/api/v1/login")}


BY_BODY = {Verb.CONSULT, Verb.THREEWAY, Verb.THIRD}
"""Verbs one route chooses by what its body says."""


def test_every_command_has_a_target_and_every_verb_a_use() -> None:
    for route in ROUTES:
        if route.verb in COMMANDS:
            assert route.target is not routes.API[0].target, _name(route)
    joins = {Verb.WHISPER, Verb.BARGE, Verb.TAKEOVER, Verb.NUMBERS}
    assert {route.verb for route in ROUTES} | joins | BY_BODY | OTHER_ROOMS == set(Verb)


@pytest.mark.parametrize("route", ROUTES, ids=_name)
@pytest.mark.parametrize("kind", ["none", "empty", "malformed", "unknown", "hostile", "expired", "revoked", "basic"])
async def test_without_a_good_token_nothing_is_answered(route: Route, kind: str, desk: Desk, ask: Asking) -> None:
    token: str | None = {"none": None, "empty": "", "malformed": "hl1_x", "unknown": new_token()}.get(kind)
    extra: dict[str, Any] = {}
    if kind == "hostile":
        token = "' OR 1=1 --"
    if kind in {"expired", "revoked"}:
        token = await desk.token("wang")
    if kind == "expired":
        desk.clock.turn(LIFE.total_seconds())
    if kind == "revoked":
        await desk.accounts.log_out(token or "")
    if kind == "basic":
        extra = {"headers": {"Authorization": "Basic d2FuZzpjb3JyZWN0"}}
    status, said = await ask(route, token, **extra)
    assert status == 401
    assert said["error"] == ("no_token" if kind in {"none", "empty", "basic"} else "bad_token")
    await becomes(lambda: len(desk.supervision.refusals) == 1)
    noted = desk.supervision.refusals[0]
    assert noted.user is None
    assert noted.why.startswith(said["error"])
    assert noted.source == f"127.0.0.1 {_name(route)}"
    assert _nothing_done(desk)


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.role)
@pytest.mark.parametrize("route", ROUTES, ids=_name)
async def test_a_role_without_the_verb_is_refused_and_recorded(
    route: Route, user: UserRow, desk: Desk, ask: Asking
) -> None:
    role = member(TREE, user.name, user.role, user.area, user.phone).role
    status, said = await ask(route, await desk.token(user.name))
    if route.verb in ALLOWED[role]:
        assert status == 200 or said["error"] == "area"
        return
    assert (status, said["error"]) == (403, "role")
    await becomes(lambda: len(desk.supervision.refusals) == 1)
    assert desk.supervision.refusals[0].user == user.name
    assert desk.supervision.refusals[0].why.startswith("role: ")
    assert _nothing_done(desk)


SEATS_OWN = {
    "POST /api/v1/logout",
    "GET /api/v1/me",
    "GET /api/v1/seats/{seat}/supervisions",
    "GET /api/v1/seats/{seat}/card",
    "GET /api/v1/calls/{linkedid}/story",
    *(f"POST /api/v1/seats/{{seat}}/{verb}" for verb in ("log-in", "log-out", "pause", "ready", "wrap-up")),
    *(f"POST {route.path}" for route in moving.ROUTES),
}
"""All a seat's user is answered, besides what everybody is: the log-in and the description of the API."""


@pytest.mark.parametrize("route", ROUTES, ids=_name)
async def test_a_seat_reads_who_supervised_it_and_nothing_else(
    route: Route, desk: Desk, client: Client, ask: Asking
) -> None:
    await ask(next(each for each in ROUTES if each.path.endswith("/supervise")), await desk.token("wang"))
    done = len(desk.supervision.acts)
    status, said = await ask(route, await desk.token("ding"))
    if _name(route) in SEATS_OWN:
        assert status == 200
        assert not desk.supervision.refusals
        if route.query and "rows" in said:
            assert [each["user"] for each in said["rows"]] == ["wang"]
        return
    assert (status, said["error"]) == (403, "role")
    await becomes(lambda: len(desk.supervision.refusals) == 1)
    noted = desk.supervision.refusals[0]
    assert (noted.user, noted.source) == ("ding", f"127.0.0.1 {_name(route)}")
    assert len(desk.supervision.acts) == done
    assert not desk.archive.asked
    assert "s0" in desk.supervision.running


@pytest.mark.parametrize("number", ["3710002", "3712001", "3719999"])
async def test_a_seat_learns_of_no_other_number_whether_it_is_there(number: str, desk: Desk, client: Client) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('ding')}"}
    async with client.get(f"/api/v1/seats/{number}/supervisions", headers=headers) as response:
        said = await response.json()
    assert (response.status, said) == (403, {"error": "seat", "reason": f"seat {number} is not seat 3710001"})
    await becomes(lambda: [each.target.id for each in desk.supervision.refusals] == [number])


@pytest.mark.parametrize("path", ["1.1", "9.1", "9.2", "1.2", "5.5"])
async def test_a_seat_reads_the_story_of_its_own_call_and_learns_of_no_other(
    path: str, desk: Desk, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('ding')}"}
    async with client.get(f"/api/v1/calls/{path}/story", headers=headers) as response:
        said = await response.json()
    if path in ("1.1", "9.1"):
        assert (response.status, said["summary"]) == (200, "郑州；残保金（已答）；要求人工")
    else:
        assert (response.status, said) == (403, {"error": "seat", "reason": f"call {path} is not seat 3710001"})


@pytest.mark.parametrize("path", ["/api/v1/calls/1.1", "/api/v1/calls/5.5", "/api/v1/figures?nonsense=1"])
async def test_a_seat_is_refused_before_anything_is_looked_up(path: str, desk: Desk, client: Client) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('ding')}"}
    async with client.get(path, headers=headers) as response:
        assert response.status == 403


async def test_a_seat_out_of_the_roster_still_reads_its_own(desk: Desk, client: Client) -> None:
    desk.store.users["bai"] = (UserRow("bai", "seat", "zhengzhou", "3710009"), desk.store.users["li"][1])
    headers = {"Authorization": f"Bearer {await desk.token('bai')}"}
    async with client.get("/api/v1/seats/3710009/supervisions", headers=headers) as response:
        assert (response.status, await response.json()) == (200, {"rows": []})


TARGETED = [route for route in ROUTES if route.target is not routes.API[0].target]


@pytest.mark.parametrize("route", TARGETED, ids=_name)
async def test_another_city_is_refused_and_recorded(route: Route, desk: Desk, ask: Asking) -> None:
    status, said = await ask(route, await desk.token("zhao"))
    assert (status, said["error"]) == (403, "area")
    await becomes(lambda: len(desk.supervision.refusals) == 1)
    noted = desk.supervision.refusals[0]
    assert noted.user == "zhao"
    assert noted.target.id in {"1.1", "3710001", "zhengzhou"}
    assert _nothing_done(desk)


@pytest.mark.parametrize("route", TARGETED, ids=_name)
async def test_the_own_city_and_the_province_are_answered(route: Route, desk: Desk, ask: Asking) -> None:
    for name in ("li", "wang"):
        status, said = await ask(route, await desk.token(name))
        if route.method != "DELETE" or name == "li":
            assert status == 200, said
    assert not desk.supervision.refusals


async def test_what_has_no_target_is_cut_to_the_scope(desk: Desk, client: Client) -> None:
    for name, cities in (("li", {"zhengzhou"}), ("zhao", {"kaifeng"}), ("wang", {"zhengzhou", "kaifeng"})):
        headers = {"Authorization": f"Bearer {await desk.token(name)}"}
        async with client.get("/api/v1/picture", headers=headers) as response:
            shown = await response.json()
        assert {each["area"] for kind in ("calls", "seats", "areas") for each in shown[kind]} == cities
        async with client.get("/api/v1/history", headers=headers) as response:
            assert {each["area"] for each in (await response.json())["records"]} == cities
        assert desk.archive.asked[-1]["scope"].whole == (name == "wang")


async def test_joining_needs_a_phone(desk: Desk, ask: Asking) -> None:
    desk.store.users["sun"] = (UserRow("sun", "city_supervisor", "zhengzhou", None), desk.store.users["li"][1])
    token = await desk.token("sun")
    supervise = next(route for route in ROUTES if route.path.endswith("/supervise"))
    for mode in ("listen", "whisper", "barge", "takeover"):
        status, said = await ask(supervise, token, json={"target": "3710001", "mode": mode})
        assert (status, said["error"]) == (403, "phone")
    pause = next(route for route in ROUTES if route.path.endswith("/pause"))
    assert (await ask(pause, token))[0] == 200


async def test_a_handler_beside_the_table_is_never_reached(desk: Desk, tmp_path: Path) -> None:
    async def back_door(_: web.Request) -> web.Response:
        return web.Response(text="in")

    api = app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock))
    api.router.add_get("/api/v1/back-door", back_door)
    api.router.add_route("PUT", "/api/v1/me", back_door)
    api.router.add_static("/files", tmp_path)
    (tmp_path / "secret").write_text("in")
    async with TestClient(TestServer(api)) as client:
        headers = {"Authorization": f"Bearer {await desk.token('wang')}"}
        for method, path in (("GET", "/api/v1/back-door"), ("PUT", "/api/v1/me"), ("GET", "/files/secret")):
            async with client.request(method, path, headers=headers) as response:
                assert response.status == 404
                assert (await response.json())["error"] == "not_there"


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v1/me/", "/API/V1/ME", "/api/v1/../v1/me", "/.git/config", "//"]
)
async def test_what_is_not_there_is_not_there_with_a_token_too(path: str, desk: Desk, client: Client) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('wang')}"}
    async with client.get(path, headers=headers) as response:
        assert response.status in {404, 200}
        assert response.status == 404 or path == "/api/v1/../v1/me"
        assert response.content_type == "application/json"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "DELETE"])
async def test_other_methods_are_refused(method: str, client: Client) -> None:
    async with client.request(method, "/api/v1/picture") as response:
        assert response.status == 405


COMMANDING = [route for route in ROUTES if route.verb in COMMANDS and not route.always]


@pytest.mark.parametrize("route", COMMANDING, ids=_name)
async def test_with_postgres_away_commands_are_refused_and_say_why(route: Route, desk: Desk, ask: Asking) -> None:
    token = await desk.token("wang")
    desk.go_away()
    for seconds in (0, 61):
        desk.clock.turn(seconds)
        status, said = await ask(route, token)
        assert (status, said["error"]) == (503, "postgres_away")
        assert "Postgres" in said["reason"]
    assert _nothing_done(desk)


async def test_a_role_is_refused_before_its_question_is_read(desk: Desk, client: Client) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('zhang')}", "Content-Type": "application/json"}
    async with client.post("/api/v1/supervise", headers=headers, data=b"[" * 100) as response:
        assert response.status == 403


async def test_a_command_rests_on_no_memory_of_the_token(desk: Desk, ask: Asking) -> None:
    token, other = await desk.token("wang"), await desk.token("li")
    pause = next(route for route in ROUTES if route.path.endswith("/pause"))
    desk.store.away = True
    assert (await ask(pause, token))[0] == 503
    desk.store.away = False
    assert (await ask(pause, token))[0] == 200
    await desk.store.revoke_all("wang", desk.clock.now())
    assert desk.accounts.known(token) is not None
    assert (await ask(pause, token))[0] == 401
    assert desk.accounts.known(token) is None
    await desk.store.change("li", "city_supervisor", "kaifeng", "3712001")
    assert (await ask(pause, other))[0] == 403
    assert len(desk.supervision.acts) == 1


async def test_an_ear_can_be_taken_out_of_a_call_while_postgres_is_away(desk: Desk, client: Client) -> None:
    token = await desk.token("li")
    desk.store.away = True
    desk.clock.turn(120)
    async with client.delete("/api/v1/supervise/s0", headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.status == 200
    assert not desk.supervision.running


async def test_with_postgres_away_the_live_picture_is_still_read(desk: Desk, client: Client) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('li')}"}
    desk.go_away()
    desk.clock.turn(120)
    for path in ("/api/v1/picture", "/api/v1/me", "/api/v1/calls/1.1"):
        async with client.get(path, headers=headers) as response:
            assert response.status == 200, path
    async with client.get("/api/v1/history", headers=headers) as response:
        assert response.status == 503


async def test_a_refusal_while_postgres_is_away_is_a_fact_in_the_journal(
    desk: Desk, client: Client, tmp_path: Path
) -> None:
    token = await desk.token("zhao")
    desk.go_away()
    headers = {"Authorization": f"Bearer {token}"}
    async with client.get("/api/v1/calls/1.1", headers=headers) as response:
        assert response.status == 403
    reader = JournalReader(tmp_path)
    await becomes(lambda: bool(reader.segments()))
    facts = reader.read(reader.segments()[0], 0).facts
    assert [(fact.kind, fact.fields["user"], fact.fields["target"]) for fact in facts] == [("refused", "zhao", "1.1")]


async def test_who_reads_records_is_a_fact_with_the_number_masked(desk: Desk, client: Client, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('li')}"}
    query = {"number": "13803710000", "area": "郑州"}
    async with client.get("/api/v1/history", headers=headers, params=query) as response:
        assert response.status == 200
    reader = JournalReader(tmp_path)
    (fact,) = reader.read(reader.segments()[0], 0).facts
    assert (fact.kind, fact.fields["user"], fact.fields["source"]) == ("records_read", "li", "127.0.0.1")
    assert fact.fields["asked"]["number"] == "138****0000"
    assert fact.fields["asked"]["area"] == "郑州"


async def test_log_in_says_no_in_one_way_and_counts(desk: Desk, client: Client) -> None:
    said = set()
    for body in (
        {"user": "li", "password": "wrong wrong wrong"},
        {"user": "nobody", "password": PASSWORD},
        {"user": "' OR '1'='1", "password": PASSWORD},
        {"user": "admin", "password": "admin"},
    ):
        async with client.post("/api/v1/login", json=body) as response:
            assert response.status == 401
            said.add(await response.text())
    assert len(said) == 1
    for _ in range(5):
        async with client.post("/api/v1/login", json={"user": "li", "password": "wrong wrong wrong"}) as response:
            last = response.status, response.headers.get("Retry-After")
    assert last[0] == 429
    assert int(last[1] or 0) > 0
    await becomes(lambda: len(desk.supervision.refusals) >= 2)
    assert all(refusal.user is None for refusal in desk.supervision.refusals)
    assert not any(PASSWORD in str(refusal) or "wrong wrong" in str(refusal) for refusal in desk.supervision.refusals)


async def test_logging_out_ends_the_token(desk: Desk, client: Client) -> None:
    async with client.post("/api/v1/login", json={"user": "li", "password": PASSWORD}) as response:
        token = (await response.json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with client.post("/api/v1/logout", headers=headers) as response:
        assert response.status == 200
    async with client.get("/api/v1/me", headers=headers) as response:
        assert response.status == 401


async def test_an_auditor_sees_masked_numbers_but_whole_seats(desk: Desk, client: Client) -> None:
    desk.live.put(call("4.1", "zhengzhou", number="13812345678", name="13812345678"))
    texts = {}
    for name in ("zhang", "wang"):
        headers = {"Authorization": f"Bearer {await desk.token(name)}"}
        for path in ("/api/v1/picture", "/api/v1/history", "/api/v1/calls/9.1", "/api/v1/calls/4.1"):
            async with client.get(path, headers=headers) as response:
                assert response.status == 200
                texts[name, path] = await response.text()
    for (name, path), text in texts.items():
        full = "13812345678" in text or "13803710000" in text
        assert full == (name == "wang"), path
        assert ("138****" in text) == (name == "zhang"), path
    assert "3710001" in texts["zhang", "/api/v1/picture"]


async def test_a_failing_room_tells_strangers_nothing(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ValueError("password=hunter2 at /srv/secret")

    monkeypatch.setattr(desk.archive, "history", broken)
    headers = {"Authorization": f"Bearer {await desk.token('wang')}"}
    async with client.get("/api/v1/history", headers=headers) as response:
        assert response.status == 500
        text = await response.text()
    assert "hunter2" not in text
    assert "/srv" not in text


def test_the_walk_covers_the_area_query() -> None:
    assert any(route.target is queried_area for route in TARGETED)
