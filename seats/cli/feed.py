"""The live socket, for as long as one wants it: connects again when it is cut, and says since when it was."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import aiohttp
from aiohttp import WSMsgType

from core.clock import Clock
from core.errors import HotlineError
from seats.cli.client import DEADLINE, LONGEST, V1, Client, NotLoggedIn, unreachable

SILENCE: Final = 12.0
"""Seconds without a word after which the link counts as cut: the API says how things are every 5."""
PAUSES: Final = (0.2, 0.5, 1.0, 2.0)
"""Seconds before the first, second … attempt to connect again; the last for ever. Each is taken with a quarter more or
less, so that the screens of a restarted platform do not all come at once."""
REFUSED: Final = 4401
"""The API's close code: the session has ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the API: `{"kind": "snapshot", …}` or `{"kind": "delta", …}`."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cut:
    """Nothing is told any more; a `Told` follows once it is again."""

    since: datetime
    """When the last message came, or the first attempt was made."""
    why: str


class Feed:
    """What the API tells, and when it does not."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._last = clock.now()

    async def messages(self) -> AsyncIterator[Told | Cut]:
        """Without end. Raises `NotLoggedIn` when the session has ended."""
        attempt = 0
        while True:
            why = "the connection was closed"
            try:
                async with self._connected() as socket:
                    async for message in self._told(socket):
                        attempt = 0
                        self._last = self._clock.now()
                        yield message
            except HotlineError as error:
                if isinstance(error, NotLoggedIn):
                    raise
                why = str(error)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, aiohttp.WSServerHandshakeError) and error.status in {401, 403}:
                    raise NotLoggedIn("this session has ended; log in: call-monitor login") from error
                why = unreachable(self._client.server, error, DEADLINE).why
            yield Cut(self._last, why)
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)] * random.uniform(0.75, 1.25))  # noqa: S311
            attempt += 1

    def _connected(self) -> Any:
        return self._client.session.ws_connect(
            f"{self._client.server}{V1}/live",
            headers=self._client.headers,
            heartbeat=SILENCE / 2,
            max_msg_size=LONGEST,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            compress=0,
        )

    async def _told(self, socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Told]:
        while True:
            got = await socket.receive(timeout=SILENCE)
            if got.type is WSMsgType.TEXT:
                yield Told(_message(got.data))
            elif got.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}:
                if socket.close_code == REFUSED:
                    raise NotLoggedIn("this session has ended; log in: call-monitor login")
                return


def _message(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("kind") not in {"snapshot", "delta"}:
        reason = found.get("reason") if isinstance(found, dict) else None
        raise HotlineError(str(reason or "the platform tells something that is no picture"))
    return found
