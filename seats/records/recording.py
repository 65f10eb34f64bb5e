"""Recordings as files: where each is, how long it is, and as a sound file others can play. Asterisk writes them."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeGuard

from seats.records.record import RecordingState

SUFFIX = ".alaw"
"""Raw 8 kHz A-law without a header: what a crash or a full disk leaves of it can still be heard."""
BYTES_PER_MS = 8
FOLDER_MODE = 0o700
DAMAGED = (RecordingState.MISSING, RecordingState.SHORT)
"""Something was said and is not kept: look at the disk."""
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_SLACK_MS = 1000
_SLACK_SHARE = 0.02
"""What a file may fall short of the talk: sound begins and ends with packets, the events with signalling."""


def is_id(value: Any) -> TypeGuard[str]:
    """Whether `value` is the id of a recording: a UUID in lower case, so that it can only name a file."""
    return isinstance(value, str) and _ID.match(value) is not None


def state_of(size: int | None, expected_ms: int) -> RecordingState:
    """What a file of `size` bytes (None: there is none) is worth, when the caller talked for `expected_ms`."""
    slack = max(_SLACK_MS, expected_ms * _SLACK_SHARE)
    if not size and expected_ms <= slack:
        return RecordingState.EMPTY
    if not size:
        return RecordingState.MISSING
    return RecordingState.SHORT if size / BYTES_PER_MS < expected_ms - slack else RecordingState.STORED


@dataclass(frozen=True, slots=True)
class RecordingFiles:
    """The folder of recordings, `settings.paths.recordings`; nobody but its owner can look inside."""

    folder: Path

    def path(self, recording: str) -> Path:
        """Where the file of that id is. Raises `ValueError` for what is no id."""
        if not is_id(recording):
            raise ValueError(f"{recording!r} is no recording's id")
        return self.folder / recording[:2] / f"{recording}{SUFFIX}"

    def size(self, recording: str) -> int | None:
        """Bytes of the file; None when there is none."""
        try:
            return self.path(recording).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def written(self, recording: str) -> datetime:
        """When the file was last written to, UTC. Raises `OSError`."""
        return datetime.fromtimestamp(self.path(recording).stat().st_mtime, UTC)

    def remove(self, recording: str) -> None:
        """Delete the file; it may be gone already."""
        if self.size(recording) is not None:
            self.path(recording).unlink(missing_ok=True)

    def found(self) -> Iterator[tuple[str, int]]:
        """Id and bytes of every recording there is, and `(name, bytes)` of whatever else lies there."""
        for file in sorted(self.folder.rglob("*")) if self.folder.is_dir() else ():
            if file.is_file():
                own = is_id(file.stem) and file == self.path(file.stem)
                yield (file.stem if own else str(file.relative_to(self.folder)), file.stat().st_size)

    def wave(self, recording: str) -> bytes:
        """The recording as a WAV file, A-law as it is. Raises `OSError`."""
        sound = self.path(recording).read_bytes()
        return wave_header(len(sound)) + sound + b"\0" * (len(sound) % 2)


def wave_header(size: int) -> bytes:
    """RIFF header of `size` bytes of 8 kHz mono A-law (WAVE_FORMAT_ALAW, with the fact chunk it needs)."""
    form = struct.pack("<HHIIHHH", 6, 1, 8000, 8000, 1, 8, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"fact" + struct.pack("<II", 4, size)
    data = b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + len(data) + size + size % 2) + b"WAVE" + chunks + data
