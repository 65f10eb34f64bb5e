"""Facts on their way into the chain: nothing waits for them, and none is lost while Postgres is away."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import Final

from core.db import DatabaseAway
from seats.supervision.entry import Entry
from seats.supervision.store import Audit

FIRST_WAIT: Final = 0.2
LAST_WAIT: Final = 2.0
"""Seconds between two attempts while Postgres is away: doubling from the first to the last."""
_log = logging.getLogger("seats.supervision")


class Facts:
    """What has happened, in order, one after the other. No act goes this way: an act waits for its row."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._waiting: deque[Entry] = deque()
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many are not written yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write())

    async def close(self, patience: float = 3.0) -> None:
        """Stop; what is not written within `patience` seconds is found again from Asterisk's own files."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._empty.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def put(self, entry: Entry) -> None:
        """One more."""
        self._waiting.append(entry)
        self._empty.clear()
        self._filled.set()

    async def written(self) -> None:
        """Returns when all that was put is written."""
        await self._empty.wait()

    async def _write(self) -> None:
        wait = FIRST_WAIT
        while True:
            await self._filled.wait()
            while self._waiting:
                try:
                    await self._audit.append(self._waiting[0])
                except DatabaseAway as error:
                    _log.warning("%d facts of supervision wait: %s", len(self._waiting), error)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LAST_WAIT)
                    continue
                except Exception:
                    _log.exception("a fact of supervision could not be written")
                wait = FIRST_WAIT
                self._waiting.popleft()
            self._filled.clear()
            self._empty.set()
