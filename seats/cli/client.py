"""The API as a typed client: one method a route, a deadline on each, every failure one line."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp

from core.errors import BadInput, HotlineError

DEADLINE: Final = 10.0
"""Seconds one request may take, from connecting to the last byte."""
V1: Final = "/api/v1"
LONGEST: Final = 64 * 1024 * 1024
"""Bytes of one answer."""

Document = dict[str, Any]
"""A JSON object as the API wrote it; `seats/http/questions.py` says what is in it."""


class Unreachable(HotlineError):
    """The platform does not answer."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"cannot reach {server}: {why}; is the platform up (hotline doctor), is --server right?")
        self.why = why
        """In a few words."""


class NotLoggedIn(BadInput):
    """No token, or one that has ended."""


class Denied(HotlineError):
    """The platform answered that it did not do it."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code
        """`role`, `area`, `not_there`, `postgres_away`, …"""
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Person:
    """The user whose token it is."""

    name: str
    role: str
    area: str
    phone: str | None
    verbs: frozenset[str]
    """What the role may do."""
    expires_at: str


@dataclass(frozen=True, slots=True)
class Act:
    """An act that was recorded and done."""

    id: str
    verb: str
    target: str


class Client:
    """One user at one server. `async with Client(server, token) as client:`."""

    def __init__(self, server: str, token: str = "", *, deadline: float = DEADLINE) -> None:
        self.server = checked_server(server)
        self.skew = 0.0
        """Seconds the server's clock is ahead of ours; differences it could not tell from none are 0."""
        self._token = token
        self._deadline = deadline
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Client":
        self._session = aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """For the live socket. Only inside `async with`."""
        if self._session is None:
            raise RuntimeError("the client is not open")
        return self._session

    @property
    def headers(self) -> dict[str, str]:
        """What proves who asks."""
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    async def log_in(self, user: str, password: str) -> Document:
        """`{token, expires_at, user}`. Raises `NotLoggedIn` when name or password is wrong."""
        return await self._ask("POST", "/login", body={"user": user, "password": password})

    async def log_out(self) -> Document:
        """End this token."""
        return await self._ask("POST", "/logout")

    async def me(self) -> Person:
        """Whose token this is."""
        answer = await self._ask("GET", "/me")
        user = answer.get("user", {})
        return Person(
            str(user.get("name", "")),
            str(user.get("role", "")),
            str(user.get("area", "")),
            user.get("phone"),
            frozenset(map(str, answer.get("verbs", ()))),
            str(answer.get("expires_at", "")),
        )

    async def picture(self) -> Document:
        """The live picture, once."""
        return await self._ask("GET", "/picture")

    async def call(self, linkedid: str) -> Document:
        """`{call, record}`: as it is now, as it is stored."""
        return await self._ask("GET", f"/calls/{quote(linkedid, safe='')}")

    async def story(self, linkedid: str) -> Document:
        """What the caller told the voice; empty when nothing, or nobody can say now. A call is shown without, too."""
        try:
            return await self._ask("GET", f"/calls/{quote(linkedid, safe='')}/story")
        except Denied as error:
            if error.code in ("not_there", "postgres_away", "role"):
                return {}
            raise

    async def history(self, **asked: str | int | None) -> Document:
        """`{records}`; keys `area, since, until, number, outcome, origin, limit`."""
        return await self._ask("GET", "/history", query=asked)

    async def audit(self, **asked: str | int | None) -> Document:
        """`{rows}`; keys `since, limit`."""
        return await self._ask("GET", "/audit", query=asked)

    async def verify(self) -> Document:
        """What proving the chain of audit rows found: `{rows, intact, …}`."""
        return await self._ask("GET", "/audit/verify", deadline=10 * self._deadline)

    async def supervisions(self, seat: str, limit: int) -> Document:
        """`{rows}`: who supervised a seat, and when."""
        return await self._ask("GET", f"/seats/{quote(seat, safe='')}/supervisions", query={"limit": limit})

    async def recording(self, linkedid: str, id: str, reason: str) -> bytes:
        """A call's recording as a WAV file; who asked is written down first."""
        path = f"/calls/{quote(linkedid, safe='')}/recordings/{quote(id, safe='')}"
        status, data = await self._send("GET", path, query={"reason": reason}, deadline=10 * self._deadline)
        if status == 200 and data.startswith(b"RIFF"):
            return data
        _checked(status, _document(data), self.server)
        raise HotlineError(f"{self.server} answers with something that is no recording")

    async def supervise(self, target: str, mode: str, reason: str) -> Act:
        """Join the call (of a seat) with the user's own phone."""
        return _act(await self._ask("POST", "/supervise", body={"target": target, "mode": mode, "reason": reason}))

    async def switch(self, id: str, mode: str) -> Act:
        """Change a running supervision to another mode."""
        return _act(await self._ask("POST", f"/supervise/{quote(id, safe='')}/mode", body={"mode": mode}))

    async def leave(self, id: str) -> Act:
        """End a running supervision."""
        return _act(await self._ask("DELETE", f"/supervise/{quote(id, safe='')}"))

    async def hang_up(self, linkedid: str, reason: str) -> Act:
        """End a call."""
        return _act(await self._ask("POST", f"/calls/{quote(linkedid, safe='')}/hangup", body={"reason": reason}))

    async def move(self, linkedid: str, to: str, reason: str) -> Act:
        """Send a caller to a seat or an area's queue."""
        path = f"/calls/{quote(linkedid, safe='')}/move"
        return _act(await self._ask("POST", path, body={"to": to, "reason": reason}))

    async def to_seat(self, seat: str, verb: str, reason: str, **more: str) -> Act:
        """`pause`, `unpause` or `logout` a seat, or move its call."""
        body = {"reason": reason, **{name: value for name, value in more.items() if value}}
        return _act(await self._ask("POST", f"/seats/{quote(seat, safe='')}/{verb}", body=body))

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> Document:
        status, data = await self._send(method, path, query=query, body=body, deadline=deadline)
        return _checked(status, _document(data), self.server)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> tuple[int, bytes]:
        """Status and bytes of the answer."""
        began = time.time()
        asked = {key: str(value) for key, value in (query or {}).items() if value is not None}
        limit = aiohttp.ClientTimeout(total=deadline or self._deadline)
        try:
            async with self.session.request(
                method,
                f"{self.server}{V1}{path}",
                params=asked,
                json=body,
                headers=self.headers,
                timeout=limit,
                allow_redirects=False,  # a token goes to no other place
            ) as response:
                self._compare_clocks(response.headers.get("Date"), began)
                return response.status, await _body(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(self.server, error, limit.total or 0.0) from error

    def _compare_clocks(self, date: str | None, began: float) -> None:
        """Timers count from the server's times. A `Date` has whole seconds, so small differences mean nothing."""
        try:
            there = parsedate_to_datetime(date or "").timestamp() + 0.5
        except (TypeError, ValueError):
            return
        ahead = there - (began + time.time()) / 2
        self.skew = ahead if abs(ahead) > 1.5 else 0.0


def unreachable(server: str, error: BaseException, deadline: float) -> Unreachable:
    """One line for a connection that failed."""
    match error:
        case TimeoutError():
            why = f"no answer within {deadline:.0f} s"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            why = "its certificate is not to be trusted"
        case aiohttp.ClientConnectorDNSError():
            why = "no such host"
        case aiohttp.ClientConnectorError():
            why = "connection refused" if isinstance(error.os_error, ConnectionRefusedError) else str(error.strerror)
        case _:
            why = "the connection broke"
    return Unreachable(server, why)


def checked_server(server: str) -> str:
    """`http(s)://host[:port]` without a slash at its end. Raises `BadInput`."""
    try:
        parts = urlsplit(server)
        port = parts.port
    except ValueError:
        port, parts = -1, urlsplit("")
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1 or not plain:
        raise BadInput(f"{server!r} is no server; write it like http://127.0.0.1:8066")
    return server.rstrip("/")


async def _body(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for part in response.content.iter_any():
        data += part
        if len(data) > LONGEST:
            raise HotlineError("an answer is too long to be true")
    return bytes(data)


def _document(data: bytes) -> Document | None:
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _checked(status: int, answer: Document | None, server: str) -> Document:
    if answer is None or 300 <= status < 400:
        raise HotlineError(f"{server} answers {status}, but not as our API does: is --server right?")
    if status < 400:
        return answer
    code, reason = str(answer.get("error", status)), str(answer.get("reason", "refused"))
    if status == 401:
        hint = "" if code == "log_in_refused" else ": call-monitor login"
        raise NotLoggedIn(f"{reason}{hint}")
    if status == 400:
        raise BadInput(reason)
    raise Denied(code, reason)


def _act(answer: Document) -> Act:
    return Act(str(answer.get("id", "")), str(answer.get("verb", "")), str(answer.get("target", "")))
