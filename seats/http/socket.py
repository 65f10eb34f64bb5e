"""`/api/v1/live`: one screen's socket, from its token to its last message."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from core.errors import HotlineError
from seats.accounts.session import BadToken, Session
from seats.http import json_in, json_out
from seats.http.gate import Stop, translated
from seats.http.questions import Problem
from seats.http.refusals import Refusals
from seats.http.route import Ask
from seats.http.screens import Group, Screens, Seen
from seats.supervision.act import Refusal
from seats.supervision.rules import Verb, role_may

FIRST_MESSAGE: Final = 5.0
"""Seconds a socket without an `Authorization` header may take to send its token."""
CHECK: Final = 1.0
"""Seconds between two looks whether the session is still good."""
HEARTBEAT: Final = 20.0
"""Seconds between pings; one without a pong in half of it ends the socket."""
MESSAGE_LIMIT: Final = 1024
"""Bytes of one message from a screen; after its token it has nothing to say."""
GOOD_BYE: Final = 3.0
"""Seconds a socket may take to close."""
PER_USER: Final = 32
IN_ALL: Final = 5000
"""Sockets at once."""
UNKNOWN: Final = 100
"""Sockets at once whose token has not come yet."""

REFUSED: Final = 4401
"""Close code: no token, a bad one, or its session has ended. Log in again."""
CHANGED: Final = 4409
"""Close code: the user's role or area has changed. Connect again."""
CROWDED: Final = 4429
"""Close code: too many sockets of this user."""


class Sockets:
    """Opens, feeds and ends the screens' sockets."""

    def __init__(self, screens: Screens, refusals: Refusals) -> None:
        self._screens = screens
        self._refusals = refusals
        self._of_user: Counter[str] = Counter()
        self._unknown = 0
        self._open: set[web.WebSocketResponse] = set()

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        """The route's function."""
        if len(self._open) >= IN_ALL or (ask.session is None and self._unknown >= UNKNOWN):
            raise Stop(503, "crowded", "too many screens are open; try again later", {"Retry-After": "30"})
        if ask.session is not None:
            self._may_see(ask.session)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, compress=False, max_msg_size=MESSAGE_LIMIT, timeout=2.0)
        if not socket.can_prepare(request).ok:
            raise Stop(426, "no_websocket", "this is a WebSocket", {"Upgrade": "websocket", "Connection": "Upgrade"})
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await self._serve(socket, ask)
        finally:
            self._open.discard(socket)
        return socket

    async def close(self) -> None:
        """Say good-bye to all at once: one that does not answer keeps the others from nothing."""
        ends = (_end(socket, WSCloseCode.GOING_AWAY, b"the service stops") for socket in list(self._open))
        await asyncio.gather(*ends)

    async def _serve(self, socket: web.WebSocketResponse, ask: Ask) -> None:
        token, session = ask.token, ask.session
        if session is None:
            try:
                token, session = await self._first_message(socket, ask)
                self._may_see(session)
            except HotlineError as error:
                await self._turn_away(socket, ask, translated(error), session)
                return
        name = session.user.name
        if self._of_user[name] >= PER_USER:
            await _end(socket, CROWDED, b"too many screens of this user")
            return
        self._of_user[name] += 1
        seen = Seen(session.user.scope, role_may(session.user, Verb.NUMBERS).allowed)
        group = self._screens.join(seen)
        tasks = (
            asyncio.create_task(_feed(socket, group)),
            asyncio.create_task(_listen(socket)),
            asyncio.create_task(_guard(ask, token, session)),
        )
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = next((code for task in done if (code := _code(task))), WSCloseCode.OK)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._screens.leave(group)
            self._of_user[name] -= 1
            if not self._of_user[name]:
                del self._of_user[name]
        if code == REFUSED:
            self._note(ask, "session_over: the session ended while its screen was open", name)
        await _end(socket, code)

    async def _first_message(self, socket: web.WebSocketResponse, ask: Ask) -> tuple[str, Session]:
        self._unknown += 1
        try:
            async with asyncio.timeout(FIRST_MESSAGE):
                message: WSMessage = await socket.receive()
        except TimeoutError:
            raise Stop(401, "no_token", f"no token came within {FIRST_MESSAGE:.0f} s") from None
        finally:
            self._unknown -= 1
        if message.type is not WSMsgType.TEXT:
            raise Stop(401, "no_token", "the first message holds the token")
        document = json_in.parse(str(message.data).encode(errors="replace"))
        token = document.get("token") if isinstance(document, dict) else None
        if not isinstance(token, str):
            raise Stop(401, "no_token", 'the first message is {"token": "…"}')
        return token, await ask.services.accounts.check(token, ask.address)

    def _may_see(self, session: Session) -> None:
        verdict = role_may(session.user, Verb.SEE)
        if not verdict.allowed:
            raise Stop(403, verdict.code, verdict.why)

    async def _turn_away(self, socket: web.WebSocketResponse, ask: Ask, stop: Stop, session: Session | None) -> None:
        if stop.status in {400, 401, 403, 429}:
            self._note(ask, f"{stop.code}: {stop}", session.user.name if session else None)
        with suppress(ConnectionError, RuntimeError):
            await socket.send_str(json_out.encode(Problem(stop.code, str(stop))))
        await _end(socket, WSCloseCode.TRY_AGAIN_LATER if stop.status >= 500 else REFUSED, stop.code.encode())

    def _note(self, ask: Ask, why: str, user: str | None) -> None:
        self._refusals.note(Refusal(user, Verb.SEE.value, why, f"{ask.address} GET /api/v1/live"))


async def _feed(socket: web.WebSocketResponse, group: Group) -> int:
    """Tell one screen, as fast as it takes it and no faster."""
    had = -1
    while True:
        turn = group.turn
        message = group.delta if had == turn - 1 else group.snapshot
        # Waits here, alone, when this screen does not read.
        await socket.send_frame(message, WSMsgType.TEXT)
        had = turn
        await group.after(turn)


async def _listen(socket: web.WebSocketResponse) -> int:
    """Until the screen goes; it has nothing more to say."""
    while True:
        message = await socket.receive()
        if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return WSCloseCode.POLICY_VIOLATION
        if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
            return WSCloseCode.OK


async def _guard(ask: Ask, token: str, session: Session) -> int:
    """Until the session has ended or is another's."""
    while True:
        await asyncio.sleep(CHECK)
        now = ask.services.accounts.known(token)
        if now is None:
            try:
                # Forgotten, or ended? Postgres knows.
                now = await ask.services.accounts.check(token, ask.address)
            except BadToken:
                return REFUSED
            except HotlineError:
                return WSCloseCode.TRY_AGAIN_LATER
        if now.user != session.user:
            return CHANGED


async def _end(socket: web.WebSocketResponse, code: int, message: bytes = b"") -> None:
    """Say good-bye; a screen that does not read will not take that either, so not for long."""
    with suppress(ConnectionError, RuntimeError, TimeoutError):
        async with asyncio.timeout(GOOD_BYE):
            await socket.close(code=code, message=message)


def _code(task: asyncio.Task[int]) -> int:
    """Why a task ended, as a close code; 0 when it failed for want of a connection."""
    if task.cancelled() or task.exception() is not None:
        return 0
    return task.result()
