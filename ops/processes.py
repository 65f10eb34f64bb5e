"""Processes named so that they cannot be mistaken: pids are used again, a pid with its start time is not."""

import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

ROLL = "processes.json"
"""Name of the roll in a copy's run folder."""
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Started:
    """A process we started; it leads a process group of its own."""

    name: str
    pid: int
    ticks: int
    """Its start in clock ticks since boot (`/proc/<pid>/stat`, field 22)."""
    boot: str
    """Which boot of the machine: ticks begin anew with each."""


def started(name: str, pid: int) -> Started | None:
    """The running process `pid`; `None` when it has gone or is a corpse."""
    ticks = _ticks(pid)
    return None if ticks is None else Started(name, pid, ticks, _boot())


def running(process: Started) -> bool:
    """Whether exactly this process still runs."""
    return process.boot == _boot() and _ticks(process.pid) == process.ticks


def end(processes: Iterable[Started], patience: float = 15.0) -> None:
    """End process groups we started, all at once: asked first, killed after `patience` seconds. Touches no others."""
    alive = [process for process in processes if running(process)]
    for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        for process in alive:
            send(process, sign)
        until = time.monotonic() + seconds
        while alive and time.monotonic() < until:
            alive = [process for process in alive if running(process)]
            time.sleep(_POLL)
        if not alive:
            return


def send(process: Started, sign: signal.Signals) -> None:
    """A signal to the process and its group, if it still runs."""
    if not running(process):
        return
    try:
        # The group outlives a leader that has just ended, so it is the group that is told.
        os.killpg(process.pid, sign)
    except ProcessLookupError:
        return
    except PermissionError:
        os.kill(process.pid, sign)


class Roll:
    """The file in which a supervisor writes down whom it started, for the next one should it be killed."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, processes: Iterable[Started]) -> None:
        """Replace the roll; whole or not at all."""
        new = self._file.with_suffix(f".{os.getpid()}.new")
        new.write_text(json.dumps([asdict(process) for process in processes], indent=1), encoding="utf-8")
        new.replace(self._file)

    def read(self) -> list[Started]:
        """Those written down who still run."""
        try:
            rows = json.loads(self._file.read_text(encoding="utf-8"))
            return [process for row in rows if running(process := Started(**row))]
        except (OSError, ValueError, TypeError):
            return []

    def remove(self) -> None:
        """Nobody runs any more."""
        self._file.unlink(missing_ok=True)


def _ticks(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name, in brackets, may hold anything; state and the rest come after the last bracket.
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else int(rest[18])


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
