"""Asterisk's CEL files in their folder: found, named for ever, read from a place, set aside, removed when shipped.

A file is known by its first line (`segment`), which no two files share, so it may be renamed at any time, by us or by
logrotate. Asterisk opens the file anew for every event.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.clock import Clock
from seats.records.cel import EVENT_LIMIT, Block, parse

LIVE = "hotline.csv"
"""The file Asterisk writes; the mapping in cel_custom.conf names it."""
ROTATE_BYTES = 16 * 1024 * 1024
QUIET = timedelta(seconds=60)
"""A set-aside file nobody has written to for so long is complete: Asterisk holds it open for microseconds."""


@dataclass(frozen=True, slots=True)
class CelFile:
    """One file that has at least one complete line."""

    path: Path
    segment: str
    size: int
    ended: bool
    """Nobody will write to it any more."""


@dataclass(frozen=True, slots=True)
class CelFiles:
    """The folder Asterisk writes events to."""

    folder: Path
    clock: Clock
    rotate_bytes: int = ROTATE_BYTES

    def found(self) -> list[CelFile]:
        """Every file with something in it, in the order of their first writing."""
        files = []
        for path in self._paths():
            try:
                status = path.stat()
                segment = self._segment(path)
            except FileNotFoundError:
                continue
            if segment is not None:
                quiet = self.clock.now().timestamp() - status.st_mtime > QUIET.total_seconds()
                files.append(CelFile(path, segment, status.st_size, path.name != LIVE and quiet))
        return files

    def read(self, file: CelFile, place: int, limit: int) -> tuple[Block, bool]:
        """Events of `file` from byte `place` on, about `limit` bytes of them, and whether that was all there is."""
        with file.path.open("rb") as opened:
            opened.seek(place)
            data = opened.read(max(limit, 2 * EVENT_LIMIT))
        whole = place + len(data) >= file.size
        return parse(data, place, ended=file.ended and whole), whole

    def rotate(self) -> Path | None:
        """Set the live file aside if it has grown past `rotate_bytes`; the next event begins a new one."""
        live = self.folder / LIVE
        try:
            if live.stat().st_size < self.rotate_bytes:
                return None
            aside = self.folder / f"hotline-{self.clock.now():%Y%m%dT%H%M%S%f}.csv"
            live.rename(aside)
        except FileNotFoundError:
            return None
        return aside

    def remove(self, file: CelFile, shipped: int) -> bool:
        """Delete a file that has ended and is shipped to its last byte (`shipped`). Answers whether it has gone."""
        if not file.ended or file.path.stat().st_size != shipped:
            return False
        file.path.unlink()
        return True

    def _paths(self) -> list[Path]:
        """Set-aside files by name, which is by age; the live one last."""
        try:
            names = sorted(entry.name for entry in os.scandir(self.folder) if entry.name.endswith(".csv"))
        except FileNotFoundError:
            return []
        names.sort(key=lambda name: name == LIVE)
        return [self.folder / name for name in names]

    def _segment(self, path: Path) -> str | None:
        """Digest of the first line; None while there is none. Read each time: an inode number can come back."""
        with path.open("rb") as opened:
            first = opened.readline(EVENT_LIMIT)
        if not first.endswith(b"\n") and len(first) < EVENT_LIMIT:
            return None
        return hashlib.sha256(first).hexdigest()[:24]
