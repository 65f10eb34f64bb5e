"""The answers in force, in a process that runs for long: what an editor publishes is taken up while calls go on."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from core.errors import HotlineError
from knowledge import files, shelf
from knowledge.entry import COUNTRY, Entry
from knowledge.syllables import SyllableTable
from knowledge.verdict import Answerer, Verdict

LOOKS_EVERY: Final = 10.0
"""Seconds between two looks at the files; a look costs some milliseconds."""
log = logging.getLogger("knowledge")


class CurrentAnswers:
    """An answerer that is exchanged for a newer one. Published is what has an index: half-edited files are nothing."""

    def __init__(self, cache: Path, folder: Path = files.DATA, building: Callable[[], None] = lambda: None) -> None:
        self._cache = cache
        self._folder = folder
        self._hash = files.content_hash(folder)
        library = files.load(folder)
        built = shelf.taken(library, cache, folder, building)
        self.sounds: SyllableTable = built.table
        self._answerer: Answerer = shelf.from_built(library, built)

    def ask(self, question: str, day: date, scopes: Sequence[str] = (COUNTRY,)) -> Verdict:
        """See `Answerer.ask`."""
        return self._answerer.ask(question, day, scopes)

    def spoken(self, topic: str, day: date, scopes: Sequence[str] = (COUNTRY,)) -> Entry | None:
        """See `Answerer.spoken`."""
        return self._answerer.spoken(topic, day, scopes)

    def look(self) -> bool:
        """Take up what has been published since; whether there was anything. Blocks for a part of a second."""
        try:
            fresh = files.content_hash(self._folder)
            if fresh == self._hash or not shelf.is_kept(self._cache, self._folder):
                return False
            library = files.load(self._folder)
            answerer = shelf.from_built(library, shelf.taken(library, self._cache, self._folder))
        except (OSError, HotlineError) as error:
            log.error("the answers stay as they are: %s", error)
            return False
        self._hash, self._answerer = fresh, answerer
        log.info("new answers are in force", extra={"entries": len(library.entries)})
        return True

    def follow(self, ended: threading.Event) -> None:
        """Look again and again until `ended`; for a thread of its own."""
        while not ended.wait(LOOKS_EVERY):
            self.look()
