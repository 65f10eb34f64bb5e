"""The description of the API (OpenAPI 3.1), made from the table of routes. Pure."""

import re
from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any, Final, get_type_hints

from seats.http import shapes
from seats.http.questions import Problem
from seats.http.route import Access, Route

VERSION: Final = "1"
PATH: Final = "/api/v1/openapi.json"

_PROBLEMS: Final = {
    400: "The question is not well formed.",
    401: "No token, a bad one, or a wrong password.",
    403: "The user's role or area does not allow it. Recorded.",
    404: "There is nothing of that name.",
    409: "Allowed and recorded, but Asterisk did not do it.",
    413: "The body is too long.",
    429: "Too many failed log-ins.",
    503: "Postgres does not answer; nothing was done.",
}


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document."""
    named: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    problem = shapes.schema(Problem, named)
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, named, problem)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "12366 hotline: live picture, supervision, records",
            "version": VERSION,
            "description": "Deny by default: a request is answered when its token's role and area allow it.",
        },
        "paths": paths,
        "components": {
            "schemas": named,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "From POST /login."}},
        },
    }


def _operation(route: Route, named: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.about,
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.path.removeprefix('/api/v1')}").strip("_"),
        "parameters": [*_path_parameters(route.path), *_query_parameters(route, named)],
        "responses": {
            str(route.status): {
                "description": "Done.",
                "content": {route.content: {"schema": shapes.schema(route.response, named)}},
            },
            **{
                str(status): {"description": text, "content": {"application/json": {"schema": problem}}}
                for status, text in _PROBLEMS.items()
            },
        },
        "security": [] if isinstance(route.verb, Access) else [{"token": []}],
        "x-access": route.verb.value,
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": _has_required(route.body),
            "content": {"application/json": {"schema": shapes.schema(route.body, named)}},
        }
    return operation


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(route: Route, named: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    hints = get_type_hints(route.query, include_extras=True)
    return [
        {
            "name": each.name.rstrip("_"),
            "in": "query",
            "required": each.default is MISSING,
            "schema": shapes.schema(hints[each.name], named),
        }
        for each in fields(route.query)
    ]


def _has_required(shape: type) -> bool:
    return any(each.default is MISSING and each.default_factory is MISSING for each in fields(shape))
