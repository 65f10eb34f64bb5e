"""The AMI client: one login that keeps itself up, actions with deadlines, events in order to one consumer."""

import asyncio
import itertools
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from seats.ami.link import HALF_OPEN, AmiDeadline, AmiError, AmiGone, AmiList, Fields, Link
from seats.ami.protocol import AmiEvent, AmiParser, AmiResponse

PING_AFTER: Final = 1.5
"""Seconds: a link silent for at most two of these is pinged, after one more cut: a half-open one is found in 5 s."""
BACK_OFF_FIRST: Final = 0.02
BACK_OFF_LAST: Final = 1.0
"""Seconds between attempts to connect: doubling from the first to the last."""
BOOTED: Final = "FullyBooted"
JUST_NOW: Final = frozenset("0123")
"""Seconds of uptime, as Asterisk writes them. Sent at every login, and once more when all modules are loaded."""
QUEUE_LIMIT: Final = 10_000
"""Events that may wait for the consumer: some seconds at national scale. Past it the picture is drawn anew instead."""

log = logging.getLogger("seats.ami")


@dataclass(frozen=True, slots=True)
class AmiLogin:
    """Where to connect and as whom."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    events: str = "on"
    """`on`, `off` or a list of classes (`call,agent`)."""


OnEvent = Callable[[AmiEvent], Awaitable[None]]
OnResync = Callable[["AmiClient"], Awaitable[None]]
OnStale = Callable[[str], None]


class AmiClient:
    """One login, kept up from `start` to `close`.

    After every login, and after events had to be dropped, `on_resync(client)` is awaited before any further event
    is delivered: it takes the snapshot (by `collect`), and the events of the meantime follow. `on_stale(reason)`
    is called the moment the picture can no longer be trusted. `on_event` gets the events named in `wanted` (None: all),
    one at a time, in order; while it works the reader goes on reading.
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
        """None stands for a resync."""
        self._queue_limit = queue_limit
        self._queued = asyncio.Event()
        self._ping_after = ping_after
        self._link: Link | None = None
        self._ids = itertools.count(1)
        self._up = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        """Whether we are logged in."""
        return self._link is not None

    async def start(self) -> None:
        """Begins to connect; returns at once. `wait_connected` waits for a login."""
        self._tasks = [asyncio.create_task(self._keep_up()), asyncio.create_task(self._consume())]

    async def wait_connected(self, deadline: float) -> None:
        """Returns when logged in. Raises `AmiDeadline` after `deadline` seconds."""
        try:
            async with asyncio.timeout(deadline):
                await self._up.wait()
        except TimeoutError:
            raise AmiDeadline(f"no login at Asterisk's manager within {deadline} s") from None

    async def close(self) -> None:
        """Ends the link; nothing is delivered afterwards."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def action(self, name: str, fields: Fields | None = None, *, deadline: float | None = None) -> AmiResponse:
        """Sends one action. Raises `AmiGone`, `AmiDeadline`, `AmiRefused`, `core.wire.BadLine` (nothing was sent)."""
        return (await self._ask(name, fields, deadline, rows=None)).response

    async def collect(self, name: str, fields: Fields | None = None, *, deadline: float | None = None) -> AmiList:
        """Sends an action that lists (`QueueStatus`, `CoreShowChannels`), gathers its rows. Raises as `action` does."""
        return await self._ask(name, fields, deadline, rows=[])

    async def _ask(
        self, name: str, fields: Fields | None, deadline: float | None, rows: list[AmiEvent] | None
    ) -> AmiList:
        if self._link is None:
            raise AmiGone("no link to Asterisk's manager")
        return await self._link.ask(name, str(next(self._ids)), fields or {}, deadline or self.deadline, rows)

    async def _keep_up(self) -> None:
        back_off = BACK_OFF_FIRST
        while True:
            wanted = None if self.wanted is None else {*self.wanted, BOOTED}
            link = Link(AmiParser(wanted), self._take, self._ping_after)
            try:
                await self._connect(link)
                back_off = BACK_OFF_FIRST
                self._mark_up(link)
                self._mark_down(await link.lost)
            except (OSError, TimeoutError, AmiError) as error:
                log.warning("no link to Asterisk's manager: %s", error)
            finally:
                self._link = None
                link.cut("closed")
            await asyncio.sleep(back_off)
            back_off = min(back_off * 2, BACK_OFF_LAST)

    async def _connect(self, link: Link) -> None:
        login = self.login
        async with asyncio.timeout(self.deadline):
            await asyncio.get_running_loop().create_connection(lambda: link, login.host, login.port)
        words = {"Username": login.username, "Secret": login.secret, "Events": login.events}
        await link.ask("Login", f"login-{next(self._ids)}", words, self.deadline, None)

    def _mark_up(self, link: Link) -> None:
        self.tally["connected"] += 1
        self._link = link
        self._up.set()
        self._enqueue_resync()

    def _mark_down(self, reason: str) -> None:
        self._up.clear()
        self._link = None
        self.tally["lost"] += 1
        self.tally["half_open"] += reason == HALF_OPEN
        log.warning("lost the link to Asterisk's manager: %s", reason)
        self._mark_stale(reason)

    def _mark_stale(self, reason: str) -> None:
        if self._on_stale is not None:
            self._on_stale(reason)

    def _enqueue_resync(self) -> None:
        """Whatever waits is older than the snapshot to come."""
        self._queue.clear()
        self._queue.append(None)
        self._queued.set()

    def _take(self, event: AmiEvent) -> None:
        """One event from the link, for the consumer."""
        if event.name == BOOTED:
            if event.fields.get("Uptime", "0") in JUST_NOW:
                # We logged in while Asterisk was still loading: what the snapshot asked for may not have been there.
                self._enqueue_resync()
            if self.wanted is not None and BOOTED not in self.wanted:
                return
        if self._on_event is None:
            return
        if len(self._queue) >= self._queue_limit:
            self.tally["overflowed"] += 1
            self._mark_stale("the consumer of events fell behind")
            self._enqueue_resync()
        self._queue.append(event)
        self._queued.set()

    async def _consume(self) -> None:
        while True:
            await self._queued.wait()
            while self._queue:
                event = self._queue.popleft()
                try:
                    if event is None:
                        await self._resync()
                    elif self._on_event is not None:
                        self.tally["delivered"] += 1
                        await self._on_event(event)
                except Exception:
                    log.exception("the consumer of events failed")
            self._queued.clear()

    async def _resync(self) -> None:
        if self._on_resync is None:
            return
        try:
            await self._on_resync(self)
        except AmiError as error:
            log.warning("a snapshot was not finished: %s", error)
            if self.connected:
                # The link is up, so no login will ask for another one.
                await asyncio.sleep(BACK_OFF_LAST)
                self._enqueue_resync()
