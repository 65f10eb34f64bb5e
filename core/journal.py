"""Our own facts of calls, durable on local disk before anything clever happens to them.

A *fact* is one JSON object on one line, put there by one `write(2)`. Every writing process has its own *segment* files:
writers never wait for each other, and a line can only be torn at the end of a segment, by a crash or a full disk. The
shipper (`seats.records`) reads the segments into Postgres, keeps its place as `(segment, offset)` and removes a segment
that is shipped and has no writer left. Standard library only: the stand-alone AGI script may use it too.
"""

import fcntl
import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from core.clock import Clock
from core.errors import HotlineError
from core.ids import LinkedId

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

SEGMENT_SUFFIX = ".jsonl"
SEGMENT_BYTES = 16 * 1024 * 1024
"""A segment that has grown past this is closed and the next one begun."""
LINE_LIMIT = 256 * 1024
"""Bytes of one fact. Nothing true about one moment of a call is longer."""

_log = logging.getLogger("core.journal")


class JournalUnwritable(HotlineError):
    """The fact is not on disk (full, read-only, gone, or beyond `LINE_LIMIT`). The call must go on without it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, past tense: `kind` `routing_decided`, `asterisk_started`, …"""

    id: str
    """Unique for ever, so that shipping a fact twice stores it once."""
    kind: str
    at: datetime
    """Wall time of the writing process, UTC."""
    call: LinkedId | None
    fields: Mapping[str, Any]


class Journal:
    """The writing end; one per process, safe for threads. Opens no file before the first fact."""

    def __init__(self, folder: Path, clock: Clock, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._file: int | None = None
        self._token = ""
        self._written = 0
        self._count = 0
        self.appended = 0
        """Facts on disk since this process began, for /metrics."""
        self.refused = 0
        """Facts that could not be written since this process began, for /metrics; anything above 0 is an alarm."""

    def append(self, kind: str, call: LinkedId | None, fields: Mapping[str, JSON]) -> str:
        """Put one fact at the end of the journal and return its id. Never waits for the disk itself (no fsync).

        Raises `JournalUnwritable`; the next append tries again on a new segment.
        """
        with self._lock:
            try:
                if self._file is None or self._written >= self._segment_bytes:
                    self._open_segment()
                fact = f"{self._token}-{self._count}"
                line = _line(Fact(fact, kind, self._clock.now(), call, fields))
                self._write(line)
            except OSError as error:
                self.refused += 1
                self._drop_segment()
                raise JournalUnwritable(
                    f"cannot write a {kind} fact under {self._folder}: {error.strerror}; free or mend that disk"
                ) from error
            except JournalUnwritable:
                self.refused += 1
                raise
            self._count += 1
            self.appended += 1
            return fact

    def note(self, kind: str, call: LinkedId | None, fields: Mapping[str, JSON]) -> bool:
        """`append` for the path of a call: an unwritable journal is logged, counted in `refused`, answered by False."""
        try:
            self.append(kind, call, fields)
        except JournalUnwritable as error:
            _log.error("fact lost: %s", error, extra={"kind": kind, "call": call})
            return False
        return True

    def close(self) -> None:
        """End the open segment. The journal may be used again: it begins a new one."""
        with self._lock:
            self._drop_segment()

    def _open_segment(self) -> None:
        self._drop_segment()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            token = secrets.token_hex(8)
            path = self._folder / f"{self._clock.now():%Y%m%dT%H%M%S%f}-{token}{SEGMENT_SUFFIX}"
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            # Held while we write, freed by the kernel however we end: `has_writer` asks for it.
            fcntl.flock(file, fcntl.LOCK_SH)
            if os.fstat(file).st_nlink:
                break
            os.close(file)  # pruned between open and flock, while it was empty
        self._file, self._token, self._written, self._count = file, token, 0, 0

    def _drop_segment(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, line: bytes) -> None:
        assert self._file is not None  # noqa: S101 - narrowed by append
        written = os.write(self._file, line)
        self._written += written
        if written != len(line):
            # A disk that filled in mid-line: leave the torn line at the end of this segment, where readers expect it.
            raise OSError(28, os.strerror(28))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A complete line that is no fact: kept as it is, so that nothing is lost silently."""

    offset: int
    line: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one reading step found; `offset` is where the next one begins."""

    facts: tuple[Fact, ...]
    unreadable: tuple[Unreadable, ...]
    offset: int


class JournalReader:
    """The reading end: complete lines only, a torn last line waits (or is left behind, if its writer has gone)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def segments(self) -> list[str]:
        """Names of the segments there are, oldest first."""
        try:
            return sorted(entry.name for entry in os.scandir(self._folder) if entry.name.endswith(SEGMENT_SUFFIX))
        except FileNotFoundError:
            return []

    def size(self, segment: str) -> int:
        """Bytes in the segment now; 0 if it has gone."""
        try:
            return (self._folder / segment).stat().st_size
        except FileNotFoundError:
            return 0

    def read(self, segment: str, offset: int, limit: int = 4 * LINE_LIMIT) -> Batch:
        """Facts of `segment` from byte `offset` on, `limit` bytes of them at most. Raises `OSError`."""
        with (self._folder / segment).open("rb") as file:
            file.seek(offset)
            block = file.read(limit)
        complete = block.rfind(b"\n") + 1
        if not complete and len(block) == limit:
            # No fact is this long: somebody else's bytes. Step over them instead of waiting for their end for ever.
            return Batch((), (Unreadable(offset, block, "no end of line"),), offset + len(block))
        facts: list[Fact] = []
        unreadable: list[Unreadable] = []
        at = offset
        for line in block[:complete].split(b"\n")[:-1]:
            try:
                facts.append(fact_from(line))
            except ValueError as error:
                unreadable.append(Unreadable(at, line, str(error)))
            at += len(line) + 1
        return Batch(tuple(facts), tuple(unreadable), offset + complete)

    def remove_shipped(self, segment: str, offset: int) -> bool:
        """Delete `segment` if it is shipped up to its end (`offset`; a torn last line is no part of it) and no living
        process may still append to it. Answers whether it has gone."""
        path = self._folder / segment
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return True
        try:
            # Under the lock, so that a writer that has opened the file but not locked it yet finds it unlinked.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.lseek(file, offset, os.SEEK_SET)
            if b"\n" in os.read(file, 4 * LINE_LIMIT):
                return False
            path.unlink(missing_ok=True)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(file)

    def __iter__(self) -> Iterator[Fact]:
        """Every readable fact of every segment, for tests and tools."""
        for segment in self.segments():
            offset = 0
            while True:
                batch = self.read(segment, offset)
                if batch.offset == offset:
                    break
                yield from batch.facts
                offset = batch.offset


def storable(text: str) -> str:
    """`text` as Postgres can hold it: NUL and lone surrogates (broken UTF-8) become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return "".join("�" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def fact_from(line: bytes) -> Fact:
    """The fact of one journal line. Raises `ValueError` saying what is wrong with it."""
    try:
        value = json.loads(line, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of error for one kind of trouble
    if b"\\u" in line:  # the only way NUL or a lone surrogate can be here
        value = _storable(value)
    match value:
        case {"id": str(id_), "kind": str(kind), "at": str(at), "call": None | str() as call, "fields": dict(fields)}:
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None:
                raise ValueError("time without a zone")
            return Fact(id_, kind, moment, LinkedId(call) if call is not None else None, fields)
    raise ValueError("an object, but no fact")


def _line(fact: Fact) -> bytes:
    value = {"id": fact.id, "kind": fact.kind, "at": fact.at.isoformat(), "call": fact.call, "fields": fact.fields}
    # ASCII only: broken UTF-8 (lone surrogates) is escaped instead of refused. Times, paths and enums become `str`.
    line = json.dumps(value, separators=(",", ":"), default=_plain).encode("ascii") + b"\n"
    if len(line) > LINE_LIMIT:
        raise JournalUnwritable(f"a {fact.kind} fact of {len(line)} bytes is longer than {LINE_LIMIT}")
    return line


def _plain(value: object) -> object:
    return (
        dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, set | frozenset) else str(value)
    )


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value
