"""Keeps programs running: starts them in order, starts one again when it ends (with back-off), stops them in reverse.

Every child leads its own process group and outlives a killed supervisor on purpose: calls go on. The next `up` or
`down` finds it on the roll.
"""

import logging
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import HotlineError
from ops.processes import Roll, Started, send, started

BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the first, second … restart in a row; the last one from then on."""
STEADY = 20.0
"""A child that ran this many seconds is forgiven its earlier ends."""
_POLL = 0.05
_FROZEN = 1.8
"""Seconds without a beat: more than such a child gives those it watches itself."""
_LOG_BYTES = 20_000_000
"""A child's log past this is set aside (one older is kept) when the child starts."""

log = logging.getLogger("ops.supervise")


class ChildFailed(HotlineError):
    """A child ended before it was ready, or was not ready in time."""


@dataclass(frozen=True, slots=True)
class Program:
    """How to run one child, and how to tell that it serves."""

    name: str
    command: Callable[[], Sequence[str]]
    log: Path
    ready: Callable[[int], bool]
    """Given its pid: whether it serves. Asked often; must answer within a second or so."""
    environment: Mapping[str, str] | None = None
    """Whole environment; `None`: ours."""
    options: Callable[[], Mapping[str, Any]] = dict
    """Further arguments of `Popen`."""
    before: Callable[[], None] | None = None
    """Done before each start, the first and every later one."""
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    """Seconds it may take to stop when asked."""
    deadline: float = 30.0
    """Seconds it may take until it serves."""
    beats: str = ""
    """Environment variable that tells it where to beat, a file descriptor; empty: it does not. Once it has begun, a
    child that stops beating is frozen, and killed with its group.
    """


@dataclass(slots=True)
class Child:
    """One program as it is now."""

    program: Program
    process: "subprocess.Popen[bytes] | None" = None
    known: Started | None = None
    since: float = 0.0
    ends: int = 0
    """Ends in a row."""
    restarts: int = 0
    """Since the supervisor began."""
    due: float = field(default=0.0)
    """When it is started again."""
    hears: int = -1
    """Where its beats arrive."""
    beaten: float = 0.0
    """When the last one did; 0 before the first."""

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self.process.pid if self.process and self.process.poll() is None else None


class Supervisor:
    """Use from one thread; `watch` may run in another, between `start` and `stop`."""

    def __init__(self, programs: Sequence[Program], roll: Roll, clock: Clock) -> None:
        self.children = {program.name: Child(program) for program in programs}
        self._roll = roll
        self._clock = clock
        self._stopping = threading.Event()
        self._lock = threading.RLock()
        self._watcher: threading.Thread | None = None

    def start(self, name: str) -> Child:
        """Start one program; returns at once."""
        with self._lock:
            child = self.children[name]
            self._launch(child)
            return child

    def wait_ready(self, *names: str) -> None:
        """Return when all of them serve. Raises `ChildFailed` naming the first that does not, with its last words."""
        for name in names:
            child = self.children[name]
            program = child.program
            until = self._clock.monotonic() + program.deadline
            while True:
                process = child.process
                if process is None or process.poll() is not None:
                    raise ChildFailed(f"{name} ended at once: {last_words(program.log)}")
                if program.ready(process.pid):
                    break
                if self._clock.monotonic() > until:
                    words = last_words(program.log)
                    raise ChildFailed(f"{name} does not serve after {program.deadline:.0f} s: {words}")
                self._stopping.wait(_POLL)

    def watch(self) -> None:
        """From now on, start again what ends; in a thread of its own, until `stop`."""
        self._watcher = threading.Thread(target=self._watch, name="supervise", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Stop every child in reverse order, asked first, killed when its patience is over. Idempotent."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        with self._lock:
            for child in reversed(self.children.values()):
                self._end(child)
            self._roll.remove()

    def write_roll(self) -> None:
        """Write down who runs, ourselves first."""
        ourselves = started("supervisor", os.getpid())
        self._roll.write([known for known in (ourselves, *(child.known for child in self.children.values())) if known])

    def _watch(self) -> None:
        while not self._stopping.wait(_POLL):
            with self._lock:
                for child in self.children.values():
                    self._look_after(child)

    def _look_after(self, child: Child) -> None:
        now = self._clock.monotonic()
        if child.process is None:
            return
        status = child.process.poll()
        if status is None:
            if child.hears >= 0 and self._frozen(child, now):
                log.error("%s is frozen; it is killed", child.program.name)
                if child.known is not None:
                    send(child.known, signal.SIGKILL)
            if child.ends and now - child.since > STEADY:
                child.ends = 0
            return
        if not child.due:
            child.due = now + BACK_OFF[min(child.ends, len(BACK_OFF) - 1)]
            child.ends += 1
            log.warning("%s ended (%s); it starts again", child.program.name, _how(status))
        if now >= child.due:
            child.restarts += 1
            try:
                self._launch(child)
            except (HotlineError, OSError) as error:
                log.error("%s does not start: %s", child.program.name, error)
                child.due = now + BACK_OFF[min(child.ends, len(BACK_OFF) - 1)]
                child.ends += 1

    def _frozen(self, child: Child, now: float) -> bool:
        try:
            if os.read(child.hears, 4096):
                child.beaten = now
        except BlockingIOError:
            return bool(child.beaten) and now - child.beaten > _FROZEN
        return False

    def _launch(self, child: Child) -> None:
        program = child.program
        if program.before:
            program.before()
        program.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if program.log.exists() and program.log.stat().st_size > _LOG_BYTES:
            program.log.replace(program.log.with_suffix(".old.log"))
        # What the programs write holds callers' numbers.
        private = {"umask": 0o077, "start_new_session": True}
        options = {**private, "env": program.environment, **program.options()}
        if child.hears >= 0:
            os.close(child.hears)
            child.hears = -1
        with program.log.open("ab") as out, ExitStack() as passed:
            if program.beats:
                child.hears, beats = os.pipe()
                passed.callback(os.close, beats)
                os.set_blocking(child.hears, False)
                child.beaten = 0.0
                options |= {
                    "pass_fds": (beats,),
                    "env": {**(program.environment or os.environ), program.beats: str(beats)},
                }
            child.process = subprocess.Popen(
                program.command(), stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options
            )
        child.known = started(program.name, child.process.pid)
        child.since = self._clock.monotonic()
        child.due = 0.0
        self.write_roll()

    def _end(self, child: Child) -> None:
        process, known = child.process, child.known
        if process is None or known is None:
            return
        for sign, patience in ((child.program.stop_signal, child.program.patience), (signal.SIGKILL, 5.0)):
            if process.poll() is not None:
                break
            if sign is signal.SIGKILL:
                send(known, sign)
            else:
                process.send_signal(sign)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                log.warning("%s did not stop in %.0f s", child.program.name, patience)
        child.process = None


def last_words(file: Path) -> str:
    """The last line of a log that says anything."""
    try:
        with file.open("rb") as log_file:
            log_file.seek(max(0, file.stat().st_size - 8192))
            lines = [line.strip() for line in log_file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        lines = []
    return f"{lines[-1][:300]} (more in {file})" if lines else f"no word in {file}"


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit code {status}"
