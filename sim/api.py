"""The platform's HTTP API, asked as its users ask it: log in, then bearer tokens. Nothing but JSON in and out."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from sim.errors import BadScenario, PhoneError
from sim.profile import ApiAccess, Profile, UserAccess

_SECONDS = 10.0
_LATE_SECONDS = 2.0
"""The live picture follows the calls: what is not there yet is asked for again for so long."""
_AGAIN_SECONDS = 0.15
NOT_THERE = 404


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    document: Any

    @property
    def ok(self) -> bool:
        """Done."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Code of a refusal: `role`, `area`, `not_there` …"""
        return str(self.document.get("error", self.status)) if isinstance(self.document, dict) else str(self.status)

    def __str__(self) -> str:
        if self.ok:
            return f"{self.status}"
        reason = self.document.get("reason", "") if isinstance(self.document, dict) else self.document
        return f"{self.status} {self.code}: {reason}".rstrip(": ")


class Api:
    """The API with the tokens of those who have logged in."""

    def __init__(self, access: ApiAccess) -> None:
        self.access = access
        self._tokens: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Log everybody out, and close."""
        for user in list(self._tokens):
            with contextlib.suppress(PhoneError):
                await self.ask(user, "POST", "/logout")
        self._tokens.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def user(self, name: str) -> UserAccess:
        """An account. Raises `BadScenario` when the profile does not know it."""
        try:
            return self.access.users[name]
        except KeyError:
            known = ", ".join(self.access.users) or "none"
            raise BadScenario(f"the profile knows no user {name} of the API (api: users); it knows {known}") from None

    @property
    def reader(self) -> str:
        """Who reads what is expected. Raises `BadScenario` when there is no account."""
        name = self.access.reader or next(iter(self.access.users), "")
        if not name:
            raise BadScenario("the profile names no user of the API (api: users): nobody can read there")
        return name

    async def ask(self, user: str, method: str, path: str, body: Any = None) -> Answer:
        """One request as `user`, who is logged in on the way. Raises `PhoneError` when the API does not answer."""
        if user not in self._tokens:
            known = self.user(user)
            entered = await self._send("POST", "/login", {"user": user, "password": known.password}, "")
            if not entered.ok:
                raise PhoneError(f"{user} could not log in at {self.access.url}: {entered}")
            self._tokens[user] = str(entered.document["token"])
        return await self._send(method, path, body, self._tokens[user])

    async def ask_patiently(self, user: str, method: str, path: str, body: Any = None) -> Answer:
        """The same, again while the platform says that the call or seat is not there (2 s)."""
        end = time.monotonic() + _LATE_SECONDS
        while True:
            answer = await self.ask(user, method, path, body)
            if answer.status != NOT_THERE or time.monotonic() > end:
                return answer
            await asyncio.sleep(_AGAIN_SECONDS)

    async def last_audited(self) -> int:
        """Number of the newest audit row; 0 when there is none, or no audit."""
        answer = await self.ask(self.reader, "GET", "/audit?limit=1")
        rows = answer.document.get("rows", []) if answer.ok else []
        return int(rows[0].get("seq", 0)) if rows else 0

    async def _send(self, method: str, path: str, body: Any, token: str) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS), trust_env=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._session.request(
                method, f"{self.access.url}{path}", json=body, headers=headers, allow_redirects=False
            ) as answer:
                found = await answer.json(content_type=None) if "json" in answer.content_type else await answer.text()
                return Answer(answer.status, found)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise PhoneError(f"{method} {self.access.url}{path}: {error or 'no answer'}") from error


def api_of(profile: Profile) -> Api | None:
    """The profile's API, or none."""
    return None if profile.api is None else Api(profile.api)
