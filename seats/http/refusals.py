"""Every refusal is recorded: as an audit row, and when Postgres is away as a fact in the journal.

Equal refusals within a minute are one row with a count, and so is everything a stranger's flood brings past its share:
a row for every packet would let anybody fill the disk. Rows are written behind the answer, so that a slow Postgres
delays nobody; at `close` all are written.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Final

from core.clock import Clock
from core.errors import HotlineError
from core.journal import Journal
from seats.http.services import Supervision
from seats.supervision.act import Refusal
from seats.supervision.rules import NO_TARGET

WINDOW: Final = 60.0
"""Seconds within which equal refusals become one row."""
SHARE: Final = {True: 60, False: 30}
"""Different rows a minute: for strangers together, for one known user."""

_log = logging.getLogger("seats.http")
_Key = tuple[str | None, str, str, str, str]


class Refusals:
    """Takes refusals at once, writes them in the background."""

    def __init__(self, supervision: Supervision, journal: Journal, clock: Clock) -> None:
        self._supervision = supervision
        self._journal = journal
        self._clock = clock
        self.counts: dict[str, int] = {}
        """Refusals by code since this process began, for /metrics."""
        self._ready: asyncio.Queue[Refusal] = asyncio.Queue()
        self._repeated: dict[_Key, Refusal] = {}
        """What has been written this window, with the count of what came after."""
        self._shares: dict[str | None, int] = {}
        self._window_ends = 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write_all())

    async def close(self) -> None:
        """Write what is left and stop."""
        self._flush()
        if self._task is not None:
            await self._ready.join()
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def note(self, refusal: Refusal) -> None:
        """One more refusal."""
        code = refusal.why.partition(":")[0]
        self.counts[code] = self.counts.get(code, 0) + 1
        now = self._clock.monotonic()
        if now >= self._window_ends:
            self._flush()
            self._window_ends = now + WINDOW
        key = (refusal.user, refusal.verb, code, refusal.target.id, refusal.source)
        if key not in self._repeated:
            share = self._shares.get(refusal.user, 0)
            if share >= SHARE[refusal.user is None]:
                key = (refusal.user, "", code, "", "")
                refusal = replace(refusal, verb="many", target=NO_TARGET, source="many")
            else:
                self._shares[refusal.user] = share + 1
        if key in self._repeated:
            told = self._repeated[key]
            self._repeated[key] = replace(told, times=told.times + 1)
            return
        self._repeated[key] = replace(refusal, times=0)
        self._ready.put_nowait(refusal)

    def _flush(self) -> None:
        """The window is over: what came again is written with its count."""
        for refusal in self._repeated.values():
            if refusal.times:
                self._ready.put_nowait(refusal)
        self._repeated.clear()
        self._shares.clear()

    async def _write_all(self) -> None:
        while True:
            refusal = await self._take()
            if refusal is None:
                self._flush()
                continue
            try:
                await self._write(refusal)
            except Exception:
                _log.exception("a refusal could not be recorded")
            finally:
                self._ready.task_done()

    async def _take(self) -> Refusal | None:
        """The next one; None when a window has ended without another."""
        try:
            async with asyncio.timeout(WINDOW):
                return await self._ready.get()
        except TimeoutError:
            return None

    async def _write(self, refusal: Refusal) -> None:
        try:
            await self._supervision.refused(refusal)
        except HotlineError:
            self._journal.note(
                "refused",
                None,
                {
                    "user": refusal.user,
                    "verb": refusal.verb,
                    "why": refusal.why,
                    "source": refusal.source,
                    "target": refusal.target.id,
                    "times": refusal.times,
                },
            )
