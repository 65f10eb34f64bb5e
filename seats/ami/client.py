"""The AMI client: one link that keeps itself up, actions with deadlines, events in order to one consumer."""

import asyncio
import itertools
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.errors import HotlineError
from seats.ami.protocol import AmiBroken, AmiEvent, AmiMessage, AmiParser, AmiResponse, encode_action

Fields = Mapping[str, str | Sequence[str]]

PING_AFTER: Final = 1.5
"""Seconds: a link silent for up to two of these is pinged, and given up after one more, so a half-open one is found within 5 s."""
BACK_OFF_FIRST: Final = 0.05
BACK_OFF_LAST: Final = 1.0
"""Seconds between attempts to connect: doubling from the first to the last."""
QUEUE_LIMIT: Final = 10_000
"""Events that may wait for the consumer: some seconds at national scale. Past it the picture is drawn anew instead."""

log = logging.getLogger("seats.ami")


class AmiError(HotlineError):
    """An action got no good answer."""


class AmiGone(AmiError):
    """There is no link, or it broke before the answer came. Whether Asterisk did the action is not known."""


class AmiDeadline(AmiError):
    """No answer in time. Whether Asterisk did the action is not known."""


class AmiRefused(AmiError):
    """Asterisk answered `Error`; the text is Asterisk's."""


@dataclass(frozen=True, slots=True)
class AmiLogin:
    """Where to connect and as whom."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    events: str = "on"
    """`on`, `off` or a list of classes (`call,agent`)."""


@dataclass(frozen=True, slots=True)
class AmiList:
    """The answer to an action that lists: the response, then one event a row (without the closing one)."""

    response: AmiResponse
    rows: tuple[AmiEvent, ...]


OnEvent = Callable[[AmiEvent], Awaitable[None]]
OnResync = Callable[["AmiClient"], Awaitable[None]]
OnStale = Callable[[str], None]


class AmiClient:
    """One login, kept up until `close`.

    After every login, and after events had to be dropped, `on_resync(client)` is awaited before any further event is delivered: it takes
    the snapshot (by `collect`), and the events that happened meanwhile follow. `on_stale(reason)` is called the moment the picture can no
    longer be trusted. `on_event` gets the events named in `wanted` (None: all), one at a time, in order; while it works the reader goes
    on reading.
    """

    def __init__(
        self,
        login: AmiLogin,
        *,
        wanted: Collection[str] | None = None,
        on_event: OnEvent | None = None,
        on_resync: OnResync | None = None,
        on_stale: OnStale | None = None,
        deadline: float = 5.0,
        queue_limit: int = QUEUE_LIMIT,
        ping_after: float = PING_AFTER,
    ) -> None:
        self.login = login
        self.wanted = wanted
        self.deadline = deadline
        self.tally: Counter[str] = Counter()
        """`connected, lost, half_open, overflowed, delivered`."""
        self._on_event = on_event
        self._on_resync = on_resync
        self._on_stale = on_stale
        self._queue: deque[AmiEvent | None] = deque()
        self._queue_limit = queue_limit
        self._queued = asyncio.Event()
        self._ping_after = ping_after
        self._link: _Link | None = None
        self._ids = itertools.count(1)
        self._up = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        """Whether we are logged in."""
        return self._up.is_set()

    async def start(self) -> None:
        """Begins to connect; returns at once. `wait_connected` waits for the first login."""
        self._tasks = [asyncio.create_task(self._keep_up()), asyncio.create_task(self._consume())]

    async def wait_connected(self, deadline: float) -> None:
        """Returns when logged in. Raises `AmiDeadline`."""
        try:
            async with asyncio.timeout(deadline):
                await self._up.wait()
        except TimeoutError:
            raise AmiDeadline(f"no login at Asterisk's manager within {deadline} s") from None

    async def close(self) -> None:
        """Logs off by closing; nothing is delivered afterwards."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._link is not None:
            self._link.cut()

    async def action(self, name: str, fields: Fields | None = None, *, deadline: float | None = None) -> AmiResponse:
        """Sends one action. Raises `AmiGone`, `AmiDeadline`, `AmiRefused`, or `core.wire.BadLine` (nothing is sent then)."""
        return (await self._ask(name, fields or {}, deadline, rows=None)).response

    async def collect(self, name: str, fields: Fields | None = None, *, deadline: float | None = None) -> AmiList:
        """Sends an action that lists (`QueueStatus`, `CoreShowChannels` …) and gathers its rows. Raises as `action` does."""
        return await self._ask(name, fields or {}, deadline, rows=[])

    async def _ask(self, name: str, fields: Fields, deadline: float | None, rows: list[AmiEvent] | None) -> AmiList:
        if self._link is None or not self._up.is_set():
            raise AmiGone("no link to Asterisk's manager")
        return await self._link.ask(name, str(next(self._ids)), fields, deadline or self.deadline, rows)

    async def _keep_up(self) -> None:
        loop = asyncio.get_running_loop()
        back_off = BACK_OFF_FIRST
        while True:
            link = _Link(self, loop, AmiParser(self.wanted), self._ping_after)
            try:
                async with asyncio.timeout(self.deadline):
                    await loop.create_connection(lambda link=link: link, self.login.host, self.login.port)  # type: ignore[misc]
                words = {"Username": self.login.username, "Secret": self.login.secret, "Events": self.login.events}
                await link.ask("Login", f"login-{next(self._ids)}", words, self.deadline, None)
            except (OSError, TimeoutError, AmiError) as error:
                log.warning("no link to Asterisk's manager: %s", error)
            else:
                self.tally["connected"] += 1
                back_off = BACK_OFF_FIRST
                self._link = link
                self._up.set()
                self._enqueue_resync()
                reason = await link.lost
                self._up.clear()
                self._link = None
                self.tally["lost"] += 1
                log.warning("lost the link to Asterisk's manager: %s", reason)
                if self._on_stale is not None:
                    self._on_stale(reason)
            finally:
                link.cut()
            await asyncio.sleep(back_off)
            back_off = min(back_off * 2, BACK_OFF_LAST)

    def _enqueue_resync(self) -> None:
        """Whatever waits is older than the snapshot to come."""
        self._queue.clear()
        self._queue.append(None)
        self._queued.set()

    def take(self, event: AmiEvent) -> None:
        """One event from the link, for the consumer."""
        if self._on_event is None:
            return
        if len(self._queue) >= self._queue_limit:
            self.tally["overflowed"] += 1
            if self._on_stale is not None:
                self._on_stale("the consumer of events fell behind")
            self._enqueue_resync()
        self._queue.append(event)
        self._queued.set()

    async def _consume(self) -> None:
        while True:
            await self._queued.wait()
            while self._queue:
                event = self._queue.popleft()
                try:
                    if event is not None:
                        self.tally["delivered"] += 1
                        if self._on_event is not None:
                            await self._on_event(event)
                    elif self._on_resync is not None:
                        await self._on_resync(self)
                except AmiError as error:
                    # The link broke under a snapshot: the next login asks for another.
                    log.warning("a snapshot was not finished: %s", error)
                except Exception:
                    log.exception("the consumer of events failed")
            self._queued.clear()


@dataclass(slots=True)
class _Asked:
    """One action under way."""

    done: "asyncio.Future[AmiList]"
    rows: list[AmiEvent] | None
    response: AmiResponse | None = None


class _Link(asyncio.Protocol):
    """One TCP connection: matches answers to actions, listens for silence."""

    def __init__(
        self, client: AmiClient, loop: asyncio.AbstractEventLoop, parser: AmiParser, ping_after: float
    ) -> None:
        self.lost: asyncio.Future[str] = loop.create_future()
        self._client = client
        self._loop = loop
        self._parser = parser
        self._ping_after = ping_after
        self._transport: asyncio.Transport | None = None
        self._asked: dict[str, _Asked] = {}
        self._heard = True
        self._pinged = False
        self._watch: asyncio.TimerHandle | None = None
        self._reason = "Asterisk closed it"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._watch = self._loop.call_later(self._ping_after, self._listen)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        try:
            for message in self._parser.feed(data):
                self._take(message)
        except AmiBroken as error:
            self._reason = str(error)
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        for asked in self._asked.values():
            if not asked.done.done():
                asked.done.set_exception(AmiGone(f"the link to Asterisk's manager broke: {self._reason}"))
        self._asked.clear()
        if not self.lost.done():
            self.lost.set_result(self._reason)

    async def ask(
        self, name: str, action_id: str, fields: Fields, deadline: float, rows: list[AmiEvent] | None
    ) -> AmiList:
        line = encode_action(name, action_id, fields)
        if self._transport is None or self._transport.is_closing():
            raise AmiGone("no link to Asterisk's manager")
        asked = self._asked[action_id] = _Asked(self._loop.create_future(), rows)
        self._parser.lists_open += rows is not None
        self._transport.write(line)
        try:
            async with asyncio.timeout(deadline):
                return await asked.done
        except TimeoutError:
            raise AmiDeadline(f"no answer to {name} within {deadline} s") from None
        finally:
            self._asked.pop(action_id, None)
            self._parser.lists_open -= rows is not None

    def _take(self, message: AmiMessage) -> None:
        if isinstance(message, AmiEvent):
            asked = self._asked.get(message.fields.get("ActionID", "")) if self._asked else None
            if asked is None or asked.rows is None:
                self._client.take(message)
            elif message.fields.get("EventList") == "Complete":
                self._finish(asked)
            else:
                asked.rows.append(message)
        elif isinstance(message, AmiResponse):
            asked = self._asked.get(message.action_id or "")
            if asked is None:
                return
            asked.response = message
            if not message.succeeded:
                if not asked.done.done():
                    asked.done.set_exception(AmiRefused(message.message))
            elif asked.rows is None or message.fields.get("EventList") != "start":
                self._finish(asked)

    def _finish(self, asked: _Asked) -> None:
        if asked.response is not None and not asked.done.done():
            asked.done.set_result(AmiList(asked.response, tuple(asked.rows or ())))

    def _listen(self) -> None:
        """Every `ping_after` seconds: heard something -> fine; silent -> ping; still silent -> the link is half open."""
        if self._heard:
            self._heard = self._pinged = False
        elif not self._pinged and self._transport is not None:
            self._pinged = True
            self._transport.write(encode_action("Ping", "ping", {}))
        else:
            self._client.tally["half_open"] += 1
            self._reason = "silent, even to a ping"
            self.cut()
            return
        self._watch = self._loop.call_later(self._ping_after, self._listen)

    def cut(self) -> None:
        """Closes at once."""
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()
