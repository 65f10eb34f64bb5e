"""A child that stops beating is killed, one that ends is started again, and one that is told to stop does."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.clock import SystemClock
from ivr.media import watchdog

WAIT = 30.0
CHILD = textwrap.dedent("""
    import os, select, sys
    open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
    while True:
        os.write(int(sys.argv[2]), b".")
        select.select([], [], [], 0.1)
""")


class Watched:
    """A child that beats, and writes down each of its lives."""

    def __init__(self, folder: Path) -> None:
        self._lives = folder / "lives"
        self._stop = threading.Event()
        command = (sys.executable, "-c", CHILD, str(self._lives))
        self._thread = threading.Thread(target=watchdog.watch, args=(command, SystemClock(), self._stop))
        self._thread.start()

    def lives(self) -> list[int]:
        return [int(line) for line in self._lives.read_text().split()] if self._lives.exists() else []

    def life(self, number: int) -> int:
        """Process id of the child's life of that number, waited for."""
        waited(lambda: len(self.lives()) >= number)
        return self.lives()[number - 1]

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def waited(wanted: Callable[[], bool]) -> None:
    """Until it holds, or the test fails."""
    clock, pause = SystemClock(), threading.Event()
    end = clock.monotonic() + WAIT
    while not wanted():
        assert clock.monotonic() < end
        pause.wait(0.02)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.stop()


def test_a_child_that_ended_lives_again(watched: Watched) -> None:
    os.kill(watched.life(1), signal.SIGKILL)
    assert watched.life(2) != watched.life(1)


def test_a_frozen_child_is_killed(watched: Watched) -> None:
    first = watched.life(1)
    os.kill(first, signal.SIGSTOP)
    assert watched.life(2) != first
    assert not psutil.pid_exists(first)


def test_a_child_that_beats_is_left_alone_and_stops_when_told(watched: Watched) -> None:
    first = watched.life(1)
    watched.stop()
    assert watched.lives() == [first]
    assert not psutil.pid_exists(first)


def test_an_orphan_dies_with_its_parent(tmp_path: Path) -> None:
    told = tmp_path / "orphan"
    parent = textwrap.dedent(f"""
        import subprocess, sys
        code = "from ivr.orphans import die_with_parent as d; d(); import os, select; " \\
               "open({str(told)!r}, 'w').write(str(os.getpid())); select.select([], [], [], 60)"
        subprocess.run([sys.executable, "-c", code])
    """)
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=Path(__file__).parents[2])
    waited(lambda: told.exists() and told.read_text() != "")
    orphan = int(told.read_text())
    process.kill()
    process.wait()
    waited(lambda: not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE)
