"""Telling a waiting person what is being done: one line rewritten on a terminal, a line now and then in a log file."""

import sys
from collections.abc import Callable

from core.clock import Clock, SystemClock

Say = Callable[[str], None]
"""Takes one short line that replaces the one before."""

_BETWEEN_LINES = 5.0
"""Seconds between two lines of the same step when nobody watches a terminal."""


class Progress:
    """Writes on standard error, so that `--json` output stays clean; each line begins with the seconds gone by."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._start = self._clock.monotonic()
        self._last = -_BETWEEN_LINES
        self._open = False

    @property
    def seconds(self) -> float:
        """Since this progress began."""
        return self._clock.monotonic() - self._start

    def step(self, text: str) -> None:
        """A new step: always shown, on a line of its own."""
        self.end()
        self._write(text)
        self._last = self.seconds

    def say(self, text: str) -> None:
        """More about the same step: rewrites the line, or is left out when the last one is fresh."""
        if sys.stderr.isatty():
            self._write(text)
        elif self.seconds - self._last >= _BETWEEN_LINES:
            self._last = self.seconds
            self._write(text)

    def end(self) -> None:
        """Leave the last line standing."""
        if self._open:
            sys.stderr.write("\n")
            self._open = False

    def _write(self, text: str) -> None:
        line = f"{self.seconds:6.1f} s  {text}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}")
            self._open = True
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
