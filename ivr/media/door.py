"""The door of the media WebSocket: who may come in, and how many; each gets a conversation.

Asterisk alone knows the password (`websocket_client.conf`); the address is loopback. One socket a call, as many calls
as recognition can bear; whoever is turned away is served by keys. Beside it `/healthz` and `/metrics`.
"""

import asyncio
import base64
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from aiohttp import WSMsgType, web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, generate_latest

from core.clock import Clock
from core.ids import LinkedId
from core.log import call as call_in_log
from ivr.media import wire
from ivr.media.caller import MediaCaller, Mouth
from ivr.speech.recogniser import Hearing, Recogniser, SpeechAway, SpeechBusy
from ivr.speech.widened import telephone_ear

Talk = Callable[[LinkedId, Mapping[str, str], MediaCaller], Awaitable[None]]
"""Has the whole conversation with a caller of that call; the variables are the dialplan's. Never raises on purpose."""
USER: Final = "asterisk"
_PROTOCOL: Final = "media"
_CALL: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_START: Final = 2.0
"""Seconds from connection to Asterisk's `MEDIA_START`."""
_LAST_WORDS: Final = 1.0
"""Seconds a closing socket may take."""
CALLS = Gauge("hotline_voice_calls", "Calls talking with the voice service now")
ENDED = Counter("hotline_voice_endings", "Media sockets, by how they ended", ("ending",))

log = logging.getLogger("ivr.media")


class MediaDoor:
    """`serve` begins, `close` ends."""

    def __init__(self, recogniser: Recogniser, mouth: Mouth, talk: Talk, secret: str, clock: Clock) -> None:
        self._recogniser = recogniser
        self._mouth = mouth
        self._talk = talk
        pair = base64.b64encode(f"{USER}:{secret}".encode()).decode()
        self._word = f"Basic {pair}".encode()
        self._clock = clock
        self._calls: set[str] = set()
        self._runner: web.AppRunner | None = None

    @property
    def calls(self) -> int:
        """Calls talking now."""
        return len(self._calls)

    async def serve(self, host: str, port: int) -> None:
        """Begin to listen. Raises `OSError` when the port is taken."""
        app = web.Application()
        app.router.add_get("/media", self._media)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_WORDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=128, reuse_address=True).start()

    async def close(self) -> None:
        """Take no more, cut what is left: Asterisk goes on by keys."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"calls": self.calls})

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), self._word):
            log.warning("a stranger at the media socket is refused")
            return _refused("stranger", web.HTTPUnauthorized)
        call = request.query.get("call", "")
        if not _CALL.fullmatch(call) or _PROTOCOL not in request.headers.get("Sec-WebSocket-Protocol", ""):
            return _refused("nonsense", web.HTTPBadRequest)
        call_in_log.set(LinkedId(call))
        if call in self._calls:
            return _refused("twice", web.HTTPConflict)
        self._calls.add(call)
        try:
            hearing = await telephone_ear(self._recogniser)
        except (SpeechBusy, SpeechAway) as error:
            log.warning("served by keys: %s", error)
            return _refused("busy" if isinstance(error, SpeechBusy) else "deaf", web.HTTPServiceUnavailable)
        else:
            async with hearing:
                CALLS.inc()
                try:
                    return await self._converse(request, LinkedId(call), hearing)
                finally:
                    CALLS.dec()
        finally:
            self._calls.discard(call)

    async def _converse(self, request: web.Request, call: LinkedId, hearing: Hearing) -> web.WebSocketResponse:
        link = web.WebSocketResponse(
            protocols=(_PROTOCOL,), max_msg_size=wire.LONGEST_MESSAGE, compress=False, timeout=_LAST_WORDS
        )
        await link.prepare(request)
        caller = MediaCaller(link, hearing, self._mouth, self._clock)
        began: asyncio.Future[wire.Began] = asyncio.get_running_loop().create_future()
        reading = asyncio.create_task(_read(link, caller, began), name="media reader")
        ears = asyncio.create_task(caller.run(), name="media ears")
        ending = "conversation"
        try:
            async with asyncio.timeout(_START):
                start = await began
            await self._talk(call, start.variables, caller)
        except TimeoutError:
            ending = "mute"
        except asyncio.CancelledError:
            ending = "cut"
            raise
        finally:
            ENDED.labels(ending).inc()
            # Closed first: the caller waits on the other side.
            with suppress(ConnectionError):
                await link.close()
            for task in (reading, ears):
                task.cancel()
            await asyncio.gather(reading, ears, return_exceptions=True)
        return link


async def _read(link: web.WebSocketResponse, caller: MediaCaller, began: "asyncio.Future[wire.Began]") -> None:
    """Until the socket closes."""
    try:
        async for message in link:
            if message.type is WSMsgType.BINARY:
                caller.take_sound(message.data)
            elif message.type is WSMsgType.TEXT and (event := wire.event_of(message.data)) is not None:
                if not isinstance(event, wire.Began):
                    caller.take(event)
                elif not began.done():
                    began.set_result(event)
    finally:
        caller.hung_up()
        began.cancel()


def _refused(why: str, answer: type[web.HTTPException]) -> web.Response:
    ENDED.labels(why).inc()
    return web.Response(status=answer.status_code, text=why)
