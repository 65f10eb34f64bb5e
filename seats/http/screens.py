"""The live picture to many screens: what users of one scope see is worked out and written as JSON once for all.

Every `INTERVAL` at most, each group of screens gets what changed since its last version. A screen that was still busy
with an older version gets the whole picture instead of what it missed, so that nobody's memory grows and nobody waits
for anybody.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from core.clock import Clock
from seats.accounts.scope import AreaScope
from seats.http import json_out
from seats.http.services import LiveSource, PictureView

INTERVAL: Final = 0.1
"""Seconds between two messages to a screen, at least."""
LOOK: Final = 0.02
"""Seconds between two looks whether the picture has changed."""
BEAT: Final = 5.0
"""Seconds after which a screen hears how old the picture is, though nothing changed."""

_log = logging.getLogger("seats.http")
_KINDS: Final = ("calls", "seats", "areas")


class Seen(NamedTuple):
    """What decides what a screen shows. Screens with equal ones share every byte."""

    scope: AreaScope
    full: bool
    """Whether callers' numbers are shown in full."""


class Group:
    """All screens that show the same."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.screens = 0
        self.turn = 0
        """Counts messages; a screen that had the turn before gets `delta`, any other the snapshot."""
        self.delta = b""
        self._entries: dict[str, Mapping[Any, Any]] = {kind: {} for kind in _KINDS}
        self._head: dict[str, Any] = {}
        self._snapshot: bytes | None = None
        self._moved = asyncio.Event()

    def fold(self, view: PictureView, *, beat: bool) -> bool:
        """Take a newer view; True when there is something to tell."""
        changes = {kind: self._changes(kind, getattr(view, kind)) for kind in _KINDS}
        stale, alerts = json_out.plain(view.stale_since), json_out.plain(view.alerts)
        said = (stale, alerts) == (self._head.get("stale_since"), self._head.get("alerts"))
        silent = not any(changes.values()) and said and self.turn > 0
        if silent and not beat:
            return False
        self._head = {
            "version": view.version,
            "stale_since": stale,
            "newest_event": json_out.plain(view.newest_event),
            "differences": json_out.plain(view.differences),
            "alerts": alerts,
        }
        self.delta = json_out.encode({"kind": "delta", **self._head, **changes}).encode()
        self._snapshot = None
        self.turn += 1
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return True

    @property
    def snapshot(self) -> bytes:
        """The whole picture as of this turn, written once however many ask."""
        if self._snapshot is None:
            lists = {
                kind: [json_out.plain(entry, full=self.seen.full) for entry in entries.values()]
                for kind, entries in self._entries.items()
            }
            self._snapshot = json_out.encode({"kind": "snapshot", "picture": {**lists, **self._head}}).encode()
        return self._snapshot

    async def after(self, turn: int) -> None:
        """Returns when there is a turn after `turn`."""
        while self.turn <= turn:
            await self._moved.wait()

    def _changes(self, kind: str, now: Mapping[Any, Any]) -> dict[str, Any]:
        before = self._entries[kind]
        if now is before:
            return {}
        changes = {
            key: json_out.plain(entry, full=self.seen.full)
            for key, entry in now.items()
            if (old := before.get(key)) is not entry and old != entry
        }
        changes.update((key, None) for key in before.keys() - now.keys())
        self._entries[kind] = now
        return changes


class Screens:
    """Keeps the groups told."""

    def __init__(self, live: LiveSource, clock: Clock) -> None:
        self._live = live
        self._clock = clock
        self._groups: dict[Seen, Group] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look at the picture."""
        self._task = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    @property
    def count(self) -> int:
        """Screens there are."""
        return sum(group.screens for group in self._groups.values())

    def join(self, seen: Seen) -> Group:
        """One more screen in its group. Give it back with `leave`."""
        group = self._groups.get(seen)
        if group is None:
            group = self._groups[seen] = Group(seen)
            group.fold(self._live.view(self._live.picture, seen.scope), beat=True)
        group.screens += 1
        return group

    def leave(self, group: Group) -> None:
        """One screen less; a group without screens is forgotten."""
        group.screens -= 1
        if not group.screens:
            self._groups.pop(group.seen, None)

    async def _look(self) -> None:
        told: Any = None
        beat_at = self._clock.monotonic() + BEAT
        while True:
            picture = self._live.picture
            mark = (picture.version, picture.stale_since)
            now = self._clock.monotonic()
            if not self._groups or (mark == told and now < beat_at):
                await asyncio.sleep(LOOK)
                continue
            for group in list(self._groups.values()):
                try:
                    group.fold(self._live.view(picture, group.seen.scope), beat=now >= beat_at)
                except Exception:
                    _log.exception("a group of screens could not be told")
            told = mark
            if now >= beat_at:
                beat_at = now + BEAT
            await asyncio.sleep(INTERVAL)
