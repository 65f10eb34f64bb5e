"""Telling a waiting person what is being done: one line rewritten on a terminal, a line now and then in a log file."""

import re
import sys
from collections.abc import Callable

from core.clock import Clock, SystemClock

Say = Callable[[str], None]
"""Takes one short line: what is being done now."""

_BETWEEN_LINES = 5.0
"""Seconds between two lines of the same step when nobody watches a terminal."""
_FIGURES = re.compile(r"\d+")


class Progress:
    """Writes on standard error, so that `--json` output stays clean; each line begins with the seconds gone by."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._start = self._clock.monotonic()
        self._last = 0.0
        self._subject = ""
        self._open = False
        self._watched = sys.stderr.isatty()

    @property
    def seconds(self) -> float:
        """Since this progress began."""
        return self._clock.monotonic() - self._start

    def say(self, text: str) -> None:
        """What is being done now. A text that differs from the last one in its figures alone is the same step going on:
        it rewrites the line, and in a log it is left out while the last one is fresh."""
        subject = _FIGURES.sub("", text)
        if subject != self._subject:
            self.end()
        elif not self._watched and self.seconds - self._last < _BETWEEN_LINES:
            return
        self._subject, self._last = subject, self.seconds
        line = f"{self.seconds:6.1f} s  {text}"
        if self._watched:
            sys.stderr.write(f"\r\x1b[K{line}")
            self._open = True
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the last line standing."""
        if self._open:
            sys.stderr.write("\n")
            self._open = False
