"""What the processes of a copy know together of callbacks: the journal as it is written, and a file for the start."""

import json
import logging
from pathlib import Path
from typing import Final

from core.journal import JournalReader, fact_from
from core.whole import write_whole
from seats.callbacks.book import Book
from seats.callbacks.request import as_json, from_row

_MARK: Final = b'"kind":"callback_'
_BLOCK: Final = 4 * 1024 * 1024
_log = logging.getLogger("seats.callbacks")


class Tail:
    """Keeps `book` up with the journal. `catch_up` is cheap enough for every call."""

    def __init__(self, journal: Path, snapshot: Path, book: Book) -> None:
        self.book = book
        self._folder = journal
        self._reader = JournalReader(journal)
        self._snapshot = snapshot
        self._places: dict[str, int] = {}
        self._seen: tuple[int, int] = (0, 0)
        self._kept = -1

    def catch_up(self) -> None:
        """Read what has been written since the last time. A disk that cannot be read leaves the book as it was."""
        self._load()
        try:
            segments = self._reader.segments()
        except OSError:
            return
        for gone in self._places.keys() - set(segments):
            del self._places[gone]
        for segment in segments:
            self._read(segment)

    def keep(self) -> None:
        """Write the file for those who start, if anything has changed. Raises `OSError`."""
        if self._kept == self.book.version:
            return
        rows = [as_json(one) for one in self.book]
        self._snapshot.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._snapshot, json.dumps(rows, ensure_ascii=False))
        self._kept = self.book.version

    def _load(self) -> None:
        try:
            state = self._snapshot.stat()
            mark = (state.st_ino, state.st_mtime_ns)
            if mark == self._seen:
                return
            rows = json.loads(self._snapshot.read_text(encoding="utf-8"))
            self.book.adopt([from_row(row) for row in rows])
            self._seen = mark
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the file of callbacks cannot be read: %s", error)

    def _read(self, segment: str) -> None:
        start = self._places.get(segment, 0)
        try:
            with (self._folder / segment).open("rb") as file:
                file.seek(start)
                block = file.read(_BLOCK)
        except OSError:
            return
        whole = block.rfind(b"\n") + 1
        for line in block[:whole].split(b"\n"):
            # Most lines are about something else and are not worth reading.
            if _MARK in line:
                try:
                    self.book.apply(fact_from(line))
                except ValueError:
                    continue
        self._places[segment] = start + whole
        if whole and len(block) == _BLOCK:
            self._read(segment)
