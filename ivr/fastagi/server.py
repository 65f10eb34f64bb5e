"""The FastAGI server: one connection is one door for one call, with one deadline."""

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, cast

from core.clock import Clock
from core.log import call as call_in_log
from ivr.fastagi.call import AgiCall, AgiDeadline, AgiError, AgiGone
from ivr.fastagi.protocol import AgiBroken, AgiConversation, AgiHangup, AgiMessage, AgiReply, AgiRequest

Door = Callable[[AgiCall], Awaitable[None]]
"""Serves one call. When it returns, Asterisk goes on in the dialplan; whatever it raises, Asterisk goes on too."""

CAPACITY: Final = 8192
"""Connections at once, or half the files this process may open. A full house means a fault."""
BACKLOG: Final = 1024
PATIENCE: Final = 0.25
"""Seconds a connection may be silent before it must make room in a full house: its request may lie there unread."""

log = logging.getLogger("ivr.fastagi")


class Server:
    """Listens, and keeps every open connection. Made by `serve`."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        *,
        deadline: float,
        clock: Clock,
        capacity: int = CAPACITY,
        observe: Callable[[str, str, float], None] | None = None,
    ) -> None:
        self.doors = doors
        self.deadline = deadline
        self.clock = clock
        self.capacity = capacity
        self.tally: Counter[str] = Counter()
        """Doors: `served, failed, late, gone, cut, no_door`. Connections without one: `silent, broken, refused`."""
        self._observe = observe
        self.running: set[asyncio.Task[None]] = set()
        """Doors at work, also those whose caller has gone."""
        self._waiting: dict[_Connection, float] = {}
        """Those whose request is not complete, oldest first, with the time they came."""
        self._open: set[_Connection] = set()
        self._listener: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port in use, when 0 was asked for."""
        if self._listener is None or not self._listener.sockets:
            raise AgiError("the server is not listening")
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def active(self) -> int:
        """Open connections."""
        return len(self._open)

    async def listen(self, host: str, port: int) -> None:
        """Begins to accept. Raises `OSError` when the port is taken."""
        loop = asyncio.get_running_loop()
        self.capacity = min(self.capacity, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._listener = await loop.create_server(lambda: _Connection(self, loop), host, port, backlog=BACKLOG)

    async def close(self, grace: float | None = None) -> None:
        """Accepts no more, gives running doors `grace` seconds (default: the deadline), then cuts what is left."""
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._waiting):
            connection.cut()
        if self.running:
            _, late = await asyncio.wait(self.running, timeout=self.deadline if grace is None else grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        for connection in list(self._open):
            connection.cut()

    def admit(self, connection: "_Connection") -> bool:
        """Whether there is room. In a full house whoever has been silent longest, and too long, makes room."""
        if len(self._open) >= self.capacity:
            self.tally["refused"] += 1
            oldest = next(iter(self._waiting), None)
            if oldest is None or self._waiting[oldest] > self.clock.monotonic() - PATIENCE:
                return False
            oldest.cut()
            self.forget(oldest)
        self._open.add(connection)
        self._waiting[connection] = self.clock.monotonic()
        return True

    def asked(self, connection: "_Connection") -> None:
        """The connection's request is complete."""
        self._waiting.pop(connection, None)

    def forget(self, connection: "_Connection") -> None:
        """The connection is closed."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def count(self, ending: str, door: str, seconds: float) -> None:
        """One door's end, for the tally and whoever observes."""
        self.tally[ending] += 1
        if self._observe is not None:
            self._observe(door, ending, seconds)


async def serve(
    host: str,
    port: int,
    doors: Mapping[str, Door],
    *,
    deadline: float,
    clock: Clock,
    capacity: int = CAPACITY,
    observe: Callable[[str, str, float], None] | None = None,
) -> Server:
    """A listening server. `doors` by path: `incoming` for `agi://host/incoming`.

    `deadline` is in seconds, from connection to the door's end, the request included.
    `observe(door, ending, seconds)` is called at each door's end (metrics). Raises `OSError` when the port is taken.
    """
    server = Server(doors, deadline=deadline, clock=clock, capacity=capacity, observe=observe)
    await server.listen(host, port)
    return server


class _Connection(asyncio.Protocol):
    """One connection: feeds bytes to the conversation, and its messages to the door's task."""

    __slots__ = ("_conversation", "_ended", "_loop", "_reply", "_server", "_timer", "_transport", "task")

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._conversation = AgiConversation()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reply: asyncio.Future[AgiReply] | None = None
        self._ended: AgiError | None = None
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._server.admit(self):
            self.cut()
            return
        self._timer = self._loop.call_later(self._server.deadline, self._late)

    def data_received(self, data: bytes) -> None:
        if self._ended is not None:
            return
        try:
            messages = self._conversation.feed(data)
        except AgiBroken as error:
            log.warning("closed a connection that does not speak AGI: %s", error)
            self._server.tally["broken"] += 1
            self._end(AgiGone(str(error)))
            self.cut()
            return
        # All of one read is understood before the door sees any of it: a reply forged inside a value breaks it above.
        for message in messages:
            if type(message) is AgiReply:
                reply = self._reply
                if reply is not None and not reply.done():
                    reply.set_result(message)
            else:
                self._take(message)

    def _take(self, message: AgiMessage) -> None:
        if isinstance(message, AgiRequest):
            self._server.asked(self)
            self.task = self._loop.create_task(self._serve(message))
            self._server.running.add(self.task)
        elif isinstance(message, AgiHangup):
            self._end(AgiGone("the caller hung up"))

    def ask(self, line: bytes) -> asyncio.Future[AgiReply]:
        if self._ended is not None or self._transport is None:
            raise self._ended or AgiGone("not connected")
        self._conversation.ask()
        self._transport.write(line)
        self._reply = reply = self._loop.create_future()
        return reply

    async def _serve(self, request: AgiRequest) -> None:
        started = self._server.clock.monotonic()
        call = AgiCall(request, self.ask)
        call_in_log.set(call.linkedid)
        door = self._server.doors.get(request.path)
        ending = "served"
        try:
            if door is None:
                ending = "no_door"
                log.error("no door of this name", extra={"door": request.path})
            else:
                await door(call)
        except AgiGone:
            ending = "gone"
        except AgiDeadline:
            ending = "late"
            log.error("a door took too long", extra={"door": request.path})
        except asyncio.CancelledError:
            ending = "late" if isinstance(self._ended, AgiDeadline) else "cut"
        except Exception:
            ending = "failed"
            log.exception("a door failed", extra={"door": request.path})
        finally:
            if self._transport is not None:
                self._transport.close()
            if self.task is not None:
                self._server.running.discard(self.task)
            self._server.count(ending, request.path if door else "", self._server.clock.monotonic() - started)

    def _end(self, reason: AgiError) -> None:
        """From now on every command raises `reason`; the one under way raises it at once."""
        if self._ended is None:
            self._ended = reason
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(reason)
        self._reply = None

    def _late(self) -> None:
        if self.task is None:
            self._server.tally["silent"] += 1
            self.cut()
            return
        if self._ended is None:
            self._end(AgiDeadline("the door took too long"))
            self.cut()
            # A door that waits for something other than Asterisk gets as long again, then is cancelled.
            self._timer = self._loop.call_later(self._server.deadline, self._late)
        else:
            self.task.cancel()

    def cut(self) -> None:
        """Closes at once; what is not yet sent is lost."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.forget(self)
        self._end(AgiGone("Asterisk closed the connection"))
        if self._timer is not None and (self.task is None or self.task.done()):
            self._timer.cancel()
