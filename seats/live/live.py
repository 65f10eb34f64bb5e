"""The live picture as it runs: events in, a picture out, and its agreement with Asterisk looked after."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from core.clock import Clock
from core.errors import HotlineError
from routing.areas import AreaTree
from seats.ami import AmiClient, AmiError, AmiEvent, AmiLogin, AmiRefused
from seats.ami.link import HALF_OPEN
from seats.live.board import Board
from seats.live.compare import Found, cure, differences, mending
from seats.live.ledger import Ledger
from seats.live.model import Alert, Difference, Picture, SeatState
from seats.live.read import moment
from seats.live.snapshot import take
from seats.live.today import Offered, midnight
from seats.live.translate import WANTED, Changes, changes_of
from seats.live.truth import Truth
from seats.live.view import Scope, view
from seats.roster.seat import Seat

COMPARE: Final = 3.0
"""Seconds between two comparisons with Asterisk's truth. A difference found twice is mended: after six at most."""
SHOWN: Final = 60.0
"""Seconds a difference stays in the picture."""
ALERTED: Final = 600.0
"""Seconds an alert does."""
_TICK: Final = 1.0
_WHILE_STARTING: Final = 0.2
"""Seconds between two snapshots asked of an Asterisk that is not ready."""
RETRY: Final = 5.0
"""Seconds until a room that was away is asked again for roster or figures."""
_ROSTER: Final = 15.0
"""Seconds between two looks at the roster."""
_STORED_AFTER: Final = 20.0
"""Seconds after a cut by which the records of the calls it hid are stored: then the figures are completed."""
_FIGURES: Final = 600.0
"""Seconds between two looks at the records otherwise: calls that were up when we started are stored when they end."""
_LONGEST_CALL: Final = timedelta(hours=2)
_PERMANENT: Final = frozenset({"phantom_seat", "missing_seat"})

_log = logging.getLogger("seats.live")


class Watcher(Protocol):
    """Who must know at once, not at the next look."""

    def changed(self, changes: Changes) -> None:
        """An event's changes, applied to the ledger already. It must cost microseconds."""
        ...

    def redrawn(self, truth: Truth) -> None:
        """A snapshot or a comparison: what Asterisk itself said, mended in the ledger."""
        ...


class Live:
    """One reading link to Asterisk's manager, and the picture it keeps."""

    def __init__(
        self,
        login: AmiLogin,
        tree: AreaTree,
        clock: Clock,
        *,
        roster: Callable[[], Awaitable[Sequence[Seat]]],
        offered: Callable[[datetime], Awaitable[Sequence[Offered]]],
        compare_every: float = COMPARE,
        retry: float = RETRY,
    ) -> None:
        """`roster` gives every seat; `offered(midnight)` the stored calls of today. Both may raise `DatabaseAway`."""
        self.tally: Counter[str] = Counter()
        """`events`, `resyncs`, `compared`, and `found` differences by kind."""
        self.resync_seconds: float | None = None
        """What the last snapshot took, login to picture."""
        self.watchers: list[Watcher] = []
        self._clock = clock
        self._board = Board(tree, clock.now())
        self._stale_since: datetime | None = clock.now()
        self._last: float | None = None
        self._views: dict[Scope, Picture] = {}
        self._differences: deque[Difference] = deque(maxlen=100)
        self._alerts: deque[Alert] = deque(maxlen=100)
        self._suspects: dict[Found, float] = {}
        self._standing: set[Found] = set()
        self._enrolled: tuple[Seat, ...] | None = None
        self._roster, self._offered = roster, offered
        self._compare_every, self._retry = compare_every, retry
        self._tasks: list[asyncio.Task[None]] = []
        self._asked_for_figures = asyncio.Event()
        self._client = AmiClient(
            login, wanted=WANTED, on_event=self._event, on_resync=self._resync, on_stale=self._stale
        )

    @property
    def picture(self) -> Picture:
        """The whole, now."""
        if self._board.pending():
            self._settle()
        return self._board.picture

    def view(self, picture: Picture, scope: Scope) -> Picture:
        """What `scope` shows of `picture`, entries unchanged."""
        seen = self._views.get(scope)
        if seen is None or seen.version != picture.version or seen.newest_event != picture.newest_event:
            if len(self._views) > 256:
                self._views.clear()
            seen = self._views[scope] = view(picture, scope)
        return seen

    @property
    def ledger(self) -> Ledger:
        """What is remembered, for watchers: to be read only."""
        return self._board.ledger

    @property
    def connected(self) -> bool:
        """Whether we are logged in, so that the picture is kept up."""
        return self._client.connected

    @property
    def event_age(self) -> float | None:
        """Seconds since the last event or snapshot; None before the first."""
        return None if self._last is None else self._clock.monotonic() - self._last

    @property
    def losses(self) -> int:
        """Times the link was lost."""
        return self._client.tally["lost"]

    @property
    def calls_up(self) -> int:
        """Calls with at least one channel."""
        return len(self._board.ledger.calls)

    @property
    def registered(self) -> int:
        """Seats whose softphone can be rung, or is in use."""
        return sum(seat.state is not SeatState.OFFLINE for seat in self.picture.seats.values())

    def alert(self, alert: Alert) -> None:
        """Tell whoever looks at that area."""
        self._alerts.append(alert)
        self._settle()

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        steps: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (
            self._keep_roster, self._keep_figures, self._keep_comparing, self._keep_time,
        )  # fmt: skip
        self._tasks = [asyncio.create_task(step()) for step in steps]
        await self._client.start()

    async def close(self) -> None:
        """Log off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._client.close()

    async def compare(self) -> int:
        """Ask Asterisk what there is, and mend what was found wrong last time already: by now every event about it has
        come. Answers how many differences were such. Raises `AmiError`."""
        truth = await take(self._client)
        ledger = self._board.ledger
        found = differences(ledger, truth)
        # What an event changed since the question was asked is not compared: the answer is older than the picture.
        before, self._suspects = self._suspects, {one: at for one, at in found.items() if at <= truth.at}
        real = [one for one, at in self._suspects.items() if before.get(one) == at]
        self._standing &= self._suspects.keys()
        for one in real:
            if (change := cure(one, ledger, truth)) is not None:
                self._board.apply((change,))
            if one not in self._standing:
                self._note(one, mended=one.kind not in _PERMANENT)
            if one.kind in _PERMANENT:
                self._standing.add(one)
        self.tally["compared"] += 1
        self._settle()
        self._show(truth)
        return len(real)

    async def _event(self, event: AmiEvent) -> None:
        self._last = self._clock.monotonic()
        self.tally["events"] += 1
        changes = changes_of(event.name, event.fields, self._clock.now().timestamp())
        self._board.apply(changes)
        for watcher in self.watchers:
            watcher.changed(changes)

    async def _resync(self, client: AmiClient) -> None:
        began = self._clock.monotonic()
        while True:
            try:
                truth = await take(client)
                break
            except AmiRefused:
                # A starting Asterisk lets us in before it has loaded the modules that answer.
                await asyncio.sleep(_WHILE_STARTING)
        self._board.apply(mending(self._board.ledger, truth))
        self._suspects.clear()
        self._last = self._clock.monotonic()
        self.resync_seconds = self._last - began
        self.tally["resyncs"] += 1
        self._stale_since = None
        self._asked_for_figures.set()
        self._settle()
        self._show(truth)

    def _show(self, truth: Truth) -> None:
        for watcher in self.watchers:
            watcher.redrawn(truth)

    def _stale(self, reason: str) -> None:
        if self._stale_since is None:
            # Nobody knows how long a half-open link had been dead: since the last word, at worst.
            silent = self.event_age or 0.0 if reason == HALF_OPEN else 0.0
            self._stale_since = self._clock.now() - timedelta(seconds=silent)
            self._settle()

    def _settle(self) -> None:
        now = self._clock.now()
        newest = self._board.ledger.newest
        shown = tuple(one for one in reversed(self._differences) if (now - one.at).total_seconds() < SHOWN)
        alerts = tuple(one for one in reversed(self._alerts) if (now - one.at).total_seconds() < ALERTED)
        self._board.settle(
            now,
            stale_since=self._stale_since,
            newest_event=moment(newest) if newest else None,
            differences=shown,
            alerts=alerts,
        )

    def _note(self, found: Found, *, mended: bool) -> None:
        difference = Difference(found.kind, found.id, found.ours, found.theirs, self._clock.now(), mended)
        self.tally[f"found {found.kind}"] += 1
        self._differences.append(difference)
        _log.warning("the live picture differed from Asterisk", extra={
            "kind": found.kind, "id": found.id, "ours": found.ours, "theirs": found.theirs,
        })  # fmt: skip

    async def _keep_comparing(self) -> None:
        while True:
            await asyncio.sleep(self._compare_every)
            if self._client.connected and self._stale_since is None:
                with suppress(AmiError):
                    await self.compare()

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._board.tick(self._clock.now())
            self._settle()

    async def _keep_roster(self) -> None:
        while True:
            with suppress(HotlineError):
                seats = tuple(await self._roster())
                if seats != self._enrolled:
                    self._enrolled = seats
                    self._board.enrol(seats)
                    self._settle()
            await asyncio.sleep(self._retry if self._enrolled is None else _ROSTER)

    async def _keep_figures(self) -> None:
        """At the start, some time after every snapshot, and now and then: what nobody could see is in the records."""
        since = midnight(self._clock.now())
        while True:
            try:
                rows = await self._offered(max(since, midnight(self._clock.now())))
            except HotlineError as error:
                _log.warning("today's figures are not complete: %s", error)
                await asyncio.sleep(self._retry)
                continue
            for row in rows:
                self._board.today.stored(row)
            self._settle()
            since = self._clock.now() - _LONGEST_CALL
            self._asked_for_figures.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_FIGURES):
                    await self._asked_for_figures.wait()
            await asyncio.sleep(_STORED_AFTER)
