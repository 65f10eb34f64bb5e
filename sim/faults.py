"""Faults as steps: on processes of the platform that the profile names, on this machine, undone at the end."""

import asyncio
import errno
import json
import os
import signal
from pathlib import Path

from sim.errors import BadScenario
from sim.profile import CommandAccess, Profile

_SIGNALS = {"stop": signal.SIGTERM, "kill": signal.SIGKILL, "freeze": signal.SIGSTOP, "thaw": signal.SIGCONT}
_COMMAND_SECONDS = 60.0
_MEGABYTE = bytes(1 << 20)


class Faults:
    """Does faults and remembers what has to be undone."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._frozen: dict[str, int] = {}
        self._down: set[str] = set()
        self._filled: dict[str, Path] = {}
        self._ran: dict[str, tuple[str, ...]] = {}
        """What takes back each command that was run."""

    async def do(self, act: str, name: str) -> str:
        """One fault; what was done, in words. Raises `BadScenario` when the profile does not allow it."""
        if act == "run":
            command = self._command(name)
            if command.undo:
                self._ran[name] = command.undo
            return await self._run(name, command.run)
        if act == "fill":
            return await asyncio.to_thread(self._fill, name)
        if act == "empty":
            return self._empty(name)
        if act == "start":
            self._down.discard(name)
            return await self._run(name, self._start_of(name))
        pid = self.pid(name)
        os.kill(pid, _SIGNALS[act])
        if act == "freeze":
            self._frozen[name] = pid
        elif act == "thaw":
            self._frozen.pop(name, None)
        else:
            self._frozen.pop(name, None)
            self._down.add(name)
        return f"{act} of {name}, process {pid}"

    async def undo(self) -> list[str]:
        """Thaw what is frozen, start what was stopped and has a start command; what was done."""
        done = []
        for name, pid in self._frozen.items():
            os.kill(pid, signal.SIGCONT)
            done.append(f"thawed {name}, process {pid}")
        self._frozen.clear()
        known = self._profile.processes
        back = [name for name in sorted(self._down) if name in known and known[name].start]
        done += [await self._run(name, self._start_of(name)) for name in back]
        self._down.clear()
        done += [self._empty(name) for name in list(self._filled)]
        done += [f"{await self._run(name, argv)} back" for name, argv in self._ran.items()]
        self._ran.clear()
        return done

    def pid(self, name: str) -> int:
        """Process id of a named process. Raises `BadScenario`: not named in the profile, or not running."""
        access = self._profile.processes.get(name)
        if access is not None and access.pid_file:
            return _alive(name, _number(Path(access.pid_file)))
        if self._profile.roll is not None:
            try:
                rows = json.loads(self._profile.roll.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise BadScenario(f"cannot read the roll of processes {self._profile.roll}: {error}") from error
            for row in rows:
                if row.get("name") == name:
                    return _alive(name, int(row["pid"]))
            raise BadScenario(f"no process called {name} is running; running: {', '.join(r['name'] for r in rows)}")
        raise BadScenario(f"the profile names no process {name}: only named processes are touched")

    def _fill(self, name: str) -> str:
        """Write zeros until the disk is full or the profile's bound is reached."""
        access = self._profile.disks.get(name)
        if access is None:
            raise BadScenario(f"the profile names no disk {name}: only named disks are filled")
        ballast = self._filled[name] = access.folder / f".sim-ballast-{os.getpid()}"
        written = 0
        try:
            with ballast.open("wb", buffering=0) as file:
                while written < access.most_mb:
                    file.write(_MEGABYTE)
                    written += 1
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise BadScenario(f"cannot fill {access.folder}: {error.strerror}") from error
            return f"{access.folder} is full after {written} MB"
        return f"wrote {written} MB to {access.folder}; it is not full"

    def _empty(self, name: str) -> str:
        ballast = self._filled.pop(name, None)
        if ballast is not None:
            ballast.unlink(missing_ok=True)
        return f"emptied {name}"

    def _command(self, name: str) -> CommandAccess:
        try:
            return self._profile.commands[name]
        except KeyError:
            raise BadScenario(f"the profile names no command {name}") from None

    def _start_of(self, name: str) -> tuple[str, ...]:
        access = self._profile.processes.get(name)
        if access is None or not access.start:
            raise BadScenario(f"the profile names no start command of {name}")
        return access.start

    async def _run(self, name: str, argv: tuple[str, ...]) -> str:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), _COMMAND_SECONDS)
        except TimeoutError as error:
            process.kill()
            raise BadScenario(f"{name}: {argv[0]} took more than {_COMMAND_SECONDS:g} s") from error
        if process.returncode:
            raise BadScenario(
                f"{name}: {argv[0]} ended with {process.returncode}: {said.decode(errors='replace')[-200:]}"
            )
        return f"ran {name}"


def _number(file: Path) -> int:
    try:
        return int(file.read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError) as error:
        raise BadScenario(f"cannot read a pid from {file}: {error}") from error


def _alive(name: str, pid: int) -> int:
    if pid <= 1:
        raise BadScenario(f"{name}: {pid} is no process of the platform")
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        raise BadScenario(f"{name}: process {pid} is not running") from None
    except PermissionError:
        raise BadScenario(f"{name}: process {pid} belongs to somebody else") from None
    return pid
