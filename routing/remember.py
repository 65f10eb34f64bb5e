"""What callers answered, kept per number, so that nobody is asked twice. Survives a restart; one writer; bounded.

One JSON object a line is appended to a local file by one `write(2)`. When the file holds too many lines that no longer
count, it is written again without them and renamed into place.
"""

import contextlib
import fcntl
import json
import logging
import os
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.clock import Clock
from core.errors import MissingComponent
from core.ids import AreaId

KEEP_DAYS = 365
"""Days an answer counts, unless told otherwise."""
NUMBERS = 200_000
"""Numbers kept; the oldest answers go first. About 20 MB of file at most."""

_SLACK = 1000
"""Lines that may lie dead in the file besides one for each living one."""
_log = logging.getLogger("routing.remember")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one number's caller keyed."""

    number: str
    """Normalised number."""
    area: AreaId
    at: datetime
    """When, UTC."""

    def fact(self) -> dict[str, str]:
        """The fields of the journal fact `area_remembered`."""
        return {"number": self.number, "area_id": self.area, "remembered_at": self.at.isoformat()}


class RememberedAreas:
    """Answers by number. Any thread may read and remember; a second process may only read the file."""

    def __init__(
        self, file: Path, clock: Clock, keep_days: int = KEEP_DAYS, numbers: int = NUMBERS, writer: bool = True
    ) -> None:
        """Read `file` (missing: nothing remembered yet).

        Raises `MissingComponent` if it cannot be opened, or if `writer` and another process writes it.
        """
        self._file = file
        self._clock = clock
        self._keep = timedelta(days=keep_days)
        self._numbers = numbers
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._lines = 0
        self._descriptor: int | None = None
        self._lock_descriptor: int | None = None
        try:
            if writer:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._lock_descriptor = _locked(file.with_name(f".{file.name}.lock"))
            torn = self._read()
            if writer:
                self._descriptor = _appending(file)
                if torn:
                    os.write(self._descriptor, b"\n")
        except OSError as error:
            self.close()
            raise MissingComponent(f"cannot open {file}: {error.strerror}") from error

    def __len__(self) -> int:
        return len(self._answers)

    def area(self, number: str) -> AreaId | None:
        """What this number's caller answered last, if that still counts."""
        found = self._answers.get(number)
        return found.area if found is not None and self._clock.now() - found.at < self._keep else None

    def remember(self, number: str, area: AreaId) -> Answer | None:
        """Keep an answer; None for a caller without a number, of whom nothing can be kept.

        If the disk refuses it the answer counts in this process only, and the log says so.
        """
        if not number:
            return None
        answer = Answer(number, area, self._clock.now())
        with self._lock:
            self._take(answer)
            if self._descriptor is not None:
                try:
                    _write_whole(self._descriptor, _line(answer))
                    self._lines += 1
                    if self._lines > 2 * len(self._answers) + _SLACK:
                        self._compact()
                except OSError as error:
                    _log.error("remembered area not written", extra={"file": str(self._file), "reason": error.strerror})
        return answer

    def close(self) -> None:
        """Let the file go. Nothing is buffered, so nothing is lost without it."""
        with self._lock:
            for descriptor in (self._descriptor, self._lock_descriptor):
                if descriptor is not None:
                    os.close(descriptor)
            self._descriptor = self._lock_descriptor = None

    def _take(self, answer: Answer) -> None:
        self._answers.pop(answer.number, None)  # to the end: the order of the dict is the order of age
        self._answers[answer.number] = answer
        while len(self._answers) > self._numbers:
            del self._answers[next(iter(self._answers))]

    def _read(self) -> bool:
        """Fill the answers from the file; whether its last line is torn."""
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return False
        oldest = self._clock.now() - self._keep
        for line in data.splitlines():
            self._lines += 1
            # A line torn by a crash, or by a disk that was full, is no answer.
            with contextlib.suppress(ValueError, KeyError, TypeError):
                fields = json.loads(line)
                answer = Answer(
                    str(fields["number"]), AreaId(str(fields["area"])), datetime.fromisoformat(fields["at"])
                )
                if answer.at > oldest:
                    self._take(answer)
        return bool(data) and not data.endswith(b"\n")

    def _compact(self) -> None:
        fresh = self._file.with_name(f".{self._file.name}.fresh")
        oldest = self._clock.now() - self._keep
        counting = [answer for answer in self._answers.values() if answer.at > oldest]
        descriptor = _appending(fresh)
        try:
            os.ftruncate(descriptor, 0)
            _write_whole(descriptor, b"".join(_line(answer) for answer in counting))
            os.fsync(descriptor)
            fresh.replace(self._file)
        except OSError:
            os.close(descriptor)
            fresh.unlink(missing_ok=True)
            raise
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._answers = {answer.number: answer for answer in counting}
        self._lines = len(counting)


def _line(answer: Answer) -> bytes:
    fields = {"number": answer.number, "area": answer.area, "at": answer.at.isoformat()}
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _appending(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(file: Path) -> int:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _write_whole(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
