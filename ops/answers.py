"""The answers of a copy that starts: a process beside it builds their index, once, and stores the entries in force."""

import subprocess
import sys
from pathlib import Path

from core.clock import Clock
from core.settings import Settings
from knowledge import shelf
from ops.programs import log_of, own_environment
from ops.progress import Say
from ops.supervise import ChildFailed, last_words

NAME = "answers"
DEADLINE = 300.0
"""Seconds in which a slow machine builds the index."""


def begin(settings: Settings) -> subprocess.Popen[bytes]:
    """Start it."""
    with log_of(settings, NAME).open("ab") as log:
        return subprocess.Popen(
            (sys.executable, "-m", "knowledge.installed"),
            cwd=settings.paths.home,
            env=own_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def wait_built(settings: Settings, building: subprocess.Popen[bytes], say: Say, clock: Clock) -> None:
    """Return when the index is there. Raises `ChildFailed` when it does not come."""
    cache: Path = settings.paths.cache
    if shelf.is_kept(cache):
        return
    say("building the index of answers (once, under a minute)")
    until = clock.monotonic() + DEADLINE
    while True:
        over = building.poll() is not None or clock.monotonic() > until
        if shelf.is_kept(cache):
            return
        if over:
            raise ChildFailed(f"the index of answers is not built: {last_words(log_of(settings, NAME))}")
        try:
            building.wait(0.2)
        except subprocess.TimeoutExpired:
            continue


def end(building: subprocess.Popen[bytes]) -> None:
    """Stop it where it still runs. What it has done stays done; the rest is done at the next start."""
    if building.poll() is None:
        building.terminate()
        try:
            building.wait(5.0)
        except subprocess.TimeoutExpired:
            building.kill()
            building.wait()
