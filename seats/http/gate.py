"""The way in: every request passes here, and nothing answers that is not a row of the table.

Order: who asks (401), may the role ask this at all (403), for a command is the token still good in Postgres (401, 503),
is the question well formed (400, 413, 415), what does it touch (404), may this user touch it (403); then the route's
function. Reading the live picture needs no Postgres for a token already known.
"""

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, Final

from aiohttp import web

from core.db import DatabaseAway
from core.errors import BadInput, HotlineError
from core.journal import Journal
from seats.accounts.session import BadToken, LogInRefused, Session, TooManyAttempts
from seats.http import json_in, json_out, shapes
from seats.http.questions import Nothing, Problem
from seats.http.refusals import Refusals
from seats.http.route import Access, Ask, NotThere, RawAnswer, Route
from seats.http.services import Services
from seats.supervision.act import CannotAct, NoSuchTarget, Refusal, Refused
from seats.supervision.rules import COMMANDS, NO_TARGET, Verb, Verdict, may, role_may

BODY_DEADLINE: Final = 10.0
"""Seconds a body may take to arrive."""
PATH_FORMS: Final = {
    "linkedid": r"[A-Za-z0-9_.-]{1,64}",
    "seat": r"[1-9]\d{5,7}",
    "id": r"[A-Za-z0-9_.-]{1,64}",
    "recording": r"[0-9a-f-]{36}",
    "message": r"[0-9a-f-]{36}",
    "area": r"[a-z]{1,40}",
    "callback": r"cb-[0-9a-f]{12}",
}

HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "hotline",
}
_log = logging.getLogger("seats.http")


class Stop(HotlineError):
    """The request goes no further: status, code, reason."""

    def __init__(self, status: int, code: str, reason: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.headers = headers or {}


class Gate:
    """Checks every request against its row."""

    def __init__(self, services: Services, table: Iterable[Route], refusals: Refusals, journal: Journal) -> None:
        self._services = services
        self._table = {(route.method, route.path): route for route in table}
        self._refusals = refusals
        self._journal = journal

    def install(self, app: web.Application) -> None:
        """Make every row reachable, and nothing else answer whatever is added later."""
        for method, path in self._table:
            app.router.add_route(method, path, _never)
        app.middlewares.append(self._middleware)

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Around everything, also around what aiohttp itself says (404, 405). The handler itself is never asked."""
        try:
            return await self._pass_through(self._row_of(request), request)
        except Stop as stop:
            return problem(stop)
        except web.HTTPException as error:
            code = _OF_AIOHTTP.get(error.status, "bad_input")
            allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return problem(Stop(error.status, code, (error.reason or "refused").lower(), allowed))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            _log.exception("a request failed", extra={"method": request.method, "path": request.path[:200]})
            return problem(Stop(500, "failed", "the platform failed to answer; its log says why"))

    def _row_of(self, request: web.Request) -> Route:
        if request.match_info.http_exception is not None:
            raise request.match_info.http_exception
        resource = request.match_info.route.resource
        route = self._table.get((request.method, resource.canonical if resource else ""))
        if route is None:
            raise Stop(404, "not_there", "there is nothing here")
        return route

    async def _pass_through(self, route: Route, request: web.Request) -> web.StreamResponse:
        """One request to one row."""
        source = f"{_address(request)} {route.method} {route.path}"
        session: Session | None = None
        target = NO_TARGET
        verb = route.verb.value
        try:
            token, session = await self._admit(route, request)
            if isinstance(route.verb, Verb) and session is not None:
                self._allow(role_may(session.user, route.verb))
                if route.verb in COMMANDS and not route.always:
                    session = await self._confirmed(token, route.verb)
            ask = await self._ask(route, request, session, token)
            if isinstance(route.verb, Verb) and session is not None:
                needed = route.verb_of(ask) if route.verb_of else route.verb
                verb = needed.value
                target = await route.target(ask)
                self._allow(may(session.user, needed, target))
                ask = replace(ask, target=target)
            if isinstance(route.answer, RawAnswer):
                return await route.answer.function(request, ask)
            answer = await route.answer(ask)
        except HotlineError as error:
            stop = translated(error)
            if stop.status in {401, 403, 429} and not isinstance(error, Refused):
                user = session.user.name if session else None
                self._refusals.note(Refusal(user, verb, f"{stop.code}: {stop}", source, target))
            raise stop from error
        if route.noted and session is not None:
            asked = json_out.plain(ask.query, full=False)
            fields = {"user": session.user.name, "route": route.path, "source": ask.address, "asked": asked}
            self._journal.note("records_read", None, fields)
        return respond(route.status, answer, full=session is None or role_may(session.user, Verb.NUMBERS).allowed)

    async def _admit(self, route: Route, request: web.Request) -> tuple[str, Session | None]:
        """The token and its session; none on a route that needs none. Raises `Stop`, `BadToken`, `DatabaseAway`."""
        if route.verb is Access.LOOPBACK:
            if not _is_loopback(request):
                raise Stop(403, "loopback", "this is told on the machine itself only")
            return "", None
        token = bearer(request)
        if not token:
            if isinstance(route.verb, Access):
                return "", None
            raise Stop(401, "no_token", "log in first", _WANTED)
        if route.verb is Access.PUBLIC:
            return "", None
        return token, await self._services.accounts.check(token, _address(request))

    def _allow(self, verdict: Verdict) -> None:
        if not verdict.allowed:
            raise Stop(403, verdict.code, verdict.why)

    async def _confirmed(self, token: str, verb: Verb) -> Session:
        """A command rests on no memory of the token: revoked is revoked at once."""
        try:
            return await self._services.accounts.confirm(token)
        except DatabaseAway as error:
            reason = f"Postgres does not answer, so {verb} can neither be checked nor recorded, and was not done"
            raise Stop(503, "postgres_away", reason, {"Retry-After": "5"}) from error

    async def _ask(self, route: Route, request: web.Request, session: Session | None, token: str) -> Ask:
        for name, value in request.match_info.items():
            if not re.fullmatch(PATH_FORMS[name], value, re.ASCII):
                raise BadInput(f"path: {name} has the wrong form")
        if len(request.query) != len(set(request.query)):
            raise BadInput("query: a key is said twice")
        query = shapes.read(route.query or Nothing, dict(request.query), where="query")
        body = shapes.read(route.body or Nothing, await _body(route, request))
        return Ask(self._services, session, dict(request.match_info), query, body, _address(request), token)


def bearer(request: web.Request) -> str:
    """The token of the `Authorization` header; empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def translated(error: HotlineError) -> Stop:
    """What an error of a room is called over HTTP."""
    match error:
        case Stop():
            return error
        case BadToken():
            return Stop(401, "bad_token", str(error), _WANTED)
        case LogInRefused():
            return Stop(401, "log_in_refused", str(error), _WANTED)
        case TooManyAttempts():
            return Stop(429, "too_many_attempts", str(error), {"Retry-After": str(error.seconds)})
        case Refused():
            return Stop(403, "refused", str(error))
        case NotThere() | NoSuchTarget():
            return Stop(404, "not_there", str(error))
        case CannotAct():
            return Stop(409, "cannot_act", str(error))
        case DatabaseAway():
            return Stop(503, "postgres_away", "Postgres does not answer, so nothing was done", {"Retry-After": "5"})
        case BadInput():
            return Stop(400, "bad_input", str(error))
    _log.error("an error nobody translates: %s", error)
    return Stop(500, "failed", "the platform failed to answer; its log says why")


def problem(stop: Stop) -> web.Response:
    """The JSON form of every error."""
    text = json_out.encode(Problem(stop.code, str(stop)))
    headers = {**HEADERS, **stop.headers}
    return web.Response(text=text, status=stop.status, content_type="application/json", headers=headers)


def respond(status: int, answer: Any, *, full: bool) -> web.Response:
    """An answer as JSON; callers' numbers masked unless `full`."""
    text = json_out.encode(answer, full=full)
    return web.Response(text=text, status=status, content_type="application/json", headers=HEADERS)


async def _body(route: Route, request: web.Request) -> Any:
    if not request.body_exists:
        return {}
    if route.body is None and request.method in {"GET", "DELETE"}:
        raise BadInput("body: none is expected")
    if (request.content_length or 0) > json_in.BODY_LIMIT:
        raise Stop(413, "too_long", f"a body has at most {json_in.BODY_LIMIT} bytes")
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            async for part in request.content.iter_any():
                data += part
                if len(data) > json_in.BODY_LIMIT:
                    raise Stop(413, "too_long", f"a body has at most {json_in.BODY_LIMIT} bytes")
    except TimeoutError:
        raise Stop(408, "too_slow", f"the body did not arrive within {BODY_DEADLINE:.0f} s") from None
    if not data:
        return {}
    if request.content_type != "application/json":
        raise Stop(415, "not_json", "Content-Type is application/json")
    return json_in.parse(bytes(data))


def _address(request: web.Request) -> str:
    return request.remote or "unknown"


def _is_loopback(request: web.Request) -> bool:
    """A proxy's neighbours are not this machine: whoever forwards is asked to log in like anybody."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(_address(request)).is_loopback
    except ValueError:
        return False


async def _never(_request: web.Request) -> web.StreamResponse:
    raise RuntimeError("the gate answers")


_WANTED: Final = {"WWW-Authenticate": 'Bearer realm="hotline"'}
_OF_AIOHTTP: Final = {404: "not_there", 405: "wrong_method", 413: "too_long"}
