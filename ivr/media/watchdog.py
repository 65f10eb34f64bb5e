"""Keeps one child process beating: a child that stops beating is killed, a child that ended is started again.

A frozen process cannot say so, and its callers hear nothing; once it is dead, its sockets are closed and Asterisk goes
on by keys. The child writes a byte to a pipe every third of a second, from its event loop. The watchdog itself does the
same for whoever started it (`BEATS_TO`): it can be frozen too.
"""

import logging
import os
import select
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from core.clock import Clock

BEAT: Final = 0.3
"""Seconds between two beats."""
BEATS_TO: Final = "WATCHDOG_BEATS_TO"
"""Environment variable: file descriptor to which the watchdog beats."""
_PATIENCE: Final = 1.5
"""Seconds without a beat after which a child is frozen."""
_BIRTH: Final = 120.0
"""Seconds until its first: an index of answers may have to be built."""
_WAITS: Final = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the first, second … start in a row."""
_STEADY: Final = 20.0
_LEAVING: Final = 4.0
"""Seconds a child has to end when asked."""

log = logging.getLogger("ivr.watchdog")


def watch(command: Sequence[str], clock: Clock, stop: threading.Event) -> None:
    """Run `command … FD` until `stop` is set; FD is where it beats. Blocks."""
    ends = 0
    while not stop.is_set():
        began = clock.monotonic()
        _run(command, clock, stop)
        if stop.is_set():
            return
        ends = 0 if clock.monotonic() - began > _STEADY else ends + 1
        until = clock.monotonic() + _WAITS[min(ends, len(_WAITS) - 1)]
        while clock.monotonic() < until and not stop.wait(0.05):
            _beat()


def _run(command: Sequence[str], clock: Clock, stop: threading.Event) -> None:
    hears, beats = os.pipe()
    try:
        child = subprocess.Popen([*command, str(beats)], pass_fds=(beats,))  # noqa: S603 - our own program
    finally:
        os.close(beats)
    try:
        why = _listen(hears, clock, stop)
        if why == "frozen":
            log.error("the voice service says nothing: killed", extra={"child": child.pid})
        _end(child, kindly=why == "stop")
        if why == "ended":
            log.warning("the voice service ended", extra={"child": child.pid, "code": child.returncode})
    finally:
        os.close(hears)


def _listen(hears: int, clock: Clock, stop: threading.Event) -> str:
    """Until the child is `frozen`, has `ended`, or is to `stop`."""
    until = clock.monotonic() + _BIRTH
    while not stop.is_set():
        _beat()
        ready, _, _ = select.select([hears], [], [], 0.1)
        if ready:
            if not os.read(hears, 4096):
                return "ended"
            until = clock.monotonic() + _PATIENCE
        elif clock.monotonic() > until:
            return "frozen"
    return "stop"


def _end(child: "subprocess.Popen[bytes]", *, kindly: bool) -> None:
    if kindly:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_LEAVING)
    with suppress(ProcessLookupError):
        child.kill()
    child.wait()


def _beat() -> None:
    with suppress(OSError):
        # A supervisor that was killed listens no more; calls go on.
        os.write(int(os.environ.get(BEATS_TO, "-1")), b".")
