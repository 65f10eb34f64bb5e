"""The description says what the routes do, and every real answer fits it."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.journal import Journal
from seats.http.app import TABLE, app
from seats.http.openapi import PATH
from seats.http.route import Access
from seats.supervision.rules import Target, TargetKind, Verb
from tests.fakes.desk import Desk, call
from tests.fakes.henan_tree import TREE

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def api(desk: Desk, tmp_path: Path) -> web.Application:
    return app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock))


@pytest.fixture
async def client(api: web.Application) -> AsyncIterator[Client]:
    async with TestClient(TestServer(api)) as client:
        yield client


@pytest.fixture
async def document(client: Client) -> dict[str, Any]:
    async with client.get(PATH) as response:
        assert response.status == 200
        return dict(await response.json())


def test_routes_and_description_name_the_same(api: web.Application, document: dict[str, Any]) -> None:
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(each.method, each.resource.canonical) for each in api.router.routes() if each.resource}


def test_security_is_described_as_it_is(api: web.Application, document: dict[str, Any]) -> None:
    for route in api[TABLE]:
        operation = document["paths"][route.path][route.method.lower()]
        assert (operation["security"] == []) == isinstance(route.verb, Access)
        assert operation["x-access"] == route.verb.value


def test_every_reference_leads_somewhere_and_every_name_is_used_once(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) == set(schemas)
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                assert parameter["in"] in {"path", "query"}


def test_path_parameters_are_those_of_the_path(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def _fits(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str = "") -> None:
    """Assert that `value` is what `schema` (the part of JSON Schema we write) allows."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            try:
                return _fits(value, each, document, where)
            except AssertionError:
                continue
        raise AssertionError(f"{where}: {value!r} fits none of {schema}")
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
    if kind := schema.get("type"):
        assert value is None if kind == "null" else isinstance(value, kinds[kind]), f"{where}: {value!r} is no {kind}"
    assert "enum" not in schema or value in schema["enum"], where
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        for name, entry in value.items():
            _fits(entry, schema["additionalProperties"], document, f"{where}.{name}")
    if "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), where
        for name, inner in schema["properties"].items():
            if name in value:
                _fits(value[name], inner, document, f"{where}.{name}")
    for entry in value if isinstance(value, list) else ():
        _fits(entry, schema.get("items", {}), document, f"{where}[]")
    return None


@pytest.mark.parametrize(
    ("method", "path", "real", "body"),
    [
        ("post", "/api/v1/login", "/api/v1/login", {"user": "li", "password": "correct horse battery"}),
        ("get", "/api/v1/me", "/api/v1/me", None),
        ("get", "/api/v1/picture", "/api/v1/picture", None),
        ("get", "/api/v1/calls/{linkedid}", "/api/v1/calls/1.1", None),
        ("get", "/api/v1/calls/{linkedid}", "/api/v1/calls/9.1", None),
        ("get", "/api/v1/history", "/api/v1/history?limit=5", None),
        ("get", "/api/v1/audit", "/api/v1/audit", None),
        ("get", "/api/v1/figures", "/api/v1/figures?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", None),
        ("get", "/api/v1/audit/verify", "/api/v1/audit/verify", None),
        ("get", "/api/v1/seats/{seat}/supervisions", "/api/v1/seats/3710001/supervisions", None),
        ("post", "/api/v1/supervise", "/api/v1/supervise", {"target": "3710001", "mode": "listen", "reason": "x"}),
        ("post", "/api/v1/seats/{seat}/pause", "/api/v1/seats/3710001/pause", {"reason": "x"}),
        ("post", "/api/v1/logout", "/api/v1/logout", None),
    ],
)
async def test_real_answers_fit_the_description(
    method: str, path: str, real: str, body: Any, desk: Desk, client: Client, document: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {await desk.token('li')}"}
    operation = document["paths"][path][method]
    await desk.supervision.act(
        (await desk.accounts.log_in("li", "correct horse battery", "127.0.0.1"))[1].user,
        Verb.PAUSE,
        Target(TargetKind.SEAT, "3710001", frozenset({TREE.area("zhengzhou").id})),
        reason="x",
        source="y",
    )
    async with client.request(method, real, headers=headers, json=body) as response:
        assert response.status == 200
        _fits(await response.json(), operation["responses"]["200"]["content"]["application/json"]["schema"], document)
    async with client.request(method, real, json=body and {"nonsense": 1}) as response:
        assert response.status in {400, 401}
        problem = operation["responses"][str(response.status)]["content"]["application/json"]["schema"]
        _fits(await response.json(), problem, document)


async def test_what_a_screen_is_told_fits_the_description(desk: Desk, client: Client, document: dict[str, Any]) -> None:
    schema = document["paths"]["/api/v1/live"]["get"]["responses"]["101"]["content"]["application/json"]["schema"]
    headers = {"Authorization": f"Bearer {await desk.token('wang')}"}
    async with client.ws_connect("/api/v1/live", headers=headers) as link:
        first = await link.receive_json(timeout=30)
        desk.live.put(call("3.1", "zhengzhou"), gone=["2.1"])
        second = await link.receive_json(timeout=30)
    assert [first["kind"], second["kind"]] == ["snapshot", "delta"]
    assert second["calls"].keys() == {"3.1", "2.1"}
    for message in (first, second):
        _fits(message, schema, document)
