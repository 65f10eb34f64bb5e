"""What Asterisk does without our service: a call file in its spool, due some seconds after our last sign of life.

Asterisk looks at such a file when it is due and not before, so it is put off by a new one, and the old one is gone when
its time comes. It begins the context `unlend`: whoever waits already is helped by all who may, not by who comes next.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

EVERY: Final = 4.0
"""Seconds between two signs of life."""
DUE_IN: Final = 16.0
"""Seconds after the last. Not before the beat counts as over (`dialplan/queue.j2`): ten seconds and two of its own."""
_NAME: Final = "unlend-"
_TEXT: Final = "Channel: Local/s@unlend/n\nApplication: NoOp\nMaxRetries: 0\n"

_log = logging.getLogger("seats.sharing")


class Will:
    """The file of this copy's Asterisk; `spool` is its spool folder."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._failed = False

    def put_off(self, now: float) -> None:
        """We live; `now` in seconds since 1970. A disk that takes no file is a line in the log."""
        due = now + DUE_IN
        written, file = self._spool / _NAME, self._outgoing / f"{_NAME}{due:.3f}.call"
        try:
            self._outgoing.mkdir(mode=0o700, exist_ok=True)
            before = list(self._outgoing.glob(f"{_NAME}*"))
            written.write_text(_TEXT, encoding="ascii")
            os.utime(written, (due, due))
            written.rename(file)
            for old in before:
                old.unlink(missing_ok=True)
        except OSError as error:
            if not self._failed:
                _log.warning("without us Asterisk would not know that we are gone: %s", error)
            self._failed = True
            return
        self._failed = False

    def withdraw(self) -> None:
        """We leave, and everything is given back."""
        with suppress(OSError):
            for old in self._outgoing.glob(f"{_NAME}*"):
                old.unlink(missing_ok=True)

    @property
    def _outgoing(self) -> Path:
        return self._spool / "outgoing"
