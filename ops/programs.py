"""The programs of a running copy: how each is started, and how one sees that it serves."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from core.clock import Clock
from core.journal import Journal
from core.settings import ENVIRONMENT_PREFIX, PROJECT, Settings, environment_of
from ivr.media.watchdog import BEATS_TO
from ops.runtime.asterisk import Asterisk
from ops.runtime.postgres import EmbeddedPostgres
from ops.supervise import Program
from seats.records.metrics import file_of

POSTGRES, ASTERISK, DOORS, SEATS, SHIPPER = "postgres", "asterisk", "doors", "seats", "shipper"
VOICE = "voice"
"""Runs where `speech.areas` names somebody."""


def programs(
    settings: Settings, asterisk: Asterisk, postgres: EmbeddedPostgres | None, clock: Clock
) -> tuple[Program, ...]:
    """In the order they are started. `postgres` is `None` when the settings name a server of the operator's own."""
    served = (_postgres(postgres),) if postgres else ()
    speech = settings.speech
    voice = (_ours(VOICE, ("-m", "ivr"), settings, _healthy(speech.host, speech.port)),) if speech.areas else ()
    return (
        *served,
        _asterisk(settings, asterisk, clock),
        _ours(DOORS, ("-m", "agi_scripts"), settings, _listens(settings.agi.host, settings.agi.port)),
        _ours(SEATS, ("-m", "seats"), settings, _healthy(settings.http.host, settings.http.port)),
        _shipper(settings),
        # Reading an index of answers takes a moment, building one half a minute: calls are served by keys meanwhile.
        *(replace(one, deadline=150.0, beats=BEATS_TO) for one in voice),
    )


def asterisk_command(settings: Settings, asterisk: Asterisk, *arguments: str) -> list[str]:
    """Command line of Asterisk with this copy's configuration."""
    return [*asterisk.command, "-C", str(settings.paths.asterisk / "etc" / "asterisk.conf"), *arguments]


def tell_asterisk(settings: Settings, asterisk: Asterisk, command: str, deadline: float = 5.0) -> str | None:
    """What the running Asterisk of this copy answers to a console command; `None` when there is no answer."""
    try:
        done = subprocess.run(
            asterisk_command(settings, asterisk, "-rx", command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=deadline,
            check=False,
            env=plain_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def plain_environment() -> dict[str, str]:
    """What is passed on to a program that reads no settings."""
    names = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ")
    return {name: os.environ[name] for name in names if name in os.environ} | {"LANG": "C.UTF-8"}


def own_environment(settings: Settings) -> dict[str, str]:
    """Environment of a process of ours that loads exactly these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    return {**kept, "PYTHONPATH": str(PROJECT), "PYTHONSAFEPATH": "1", **environment_of(settings)}


def _postgres(server: EmbeddedPostgres) -> Program:
    return Program(
        name=POSTGRES,
        command=server.command,
        log=server.log,
        ready=server.ready,
        options=server.options,
        before=server.prepare,
        # Fast shutdown: open transactions are rolled back, nobody is waited for.
        stop_signal=signal.SIGINT,
        patience=20.0,
        deadline=60.0,
    )


def _asterisk(settings: Settings, asterisk: Asterisk, clock: Clock) -> Program:
    paths = settings.paths
    journal = Journal(paths.journal, clock)

    def note_start() -> None:
        # Calls that were up when an earlier Asterisk died are closed by this fact.
        journal.note("asterisk_started", None, {"version": asterisk.version})

    return Program(
        name=ASTERISK,
        command=lambda: asterisk_command(settings, asterisk, "-f", "-n"),
        log=paths.logs / f"{ASTERISK}.log",
        ready=lambda _pid: _booted(settings, asterisk),
        environment=plain_environment(),
        options=lambda: {"cwd": paths.asterisk},
        before=note_start,
        patience=10.0,
    )


def _booted(settings: Settings, asterisk: Asterisk) -> bool:
    if not (settings.paths.run / "asterisk.ctl").exists():
        return False
    said = tell_asterisk(settings, asterisk, "core waitfullybooted", deadline=10.0)
    return said is not None and "fully booted" in said


def _ours(name: str, arguments: Sequence[str], settings: Settings, ready: Callable[[int], bool]) -> Program:
    home = settings.paths.home
    return Program(
        name=name,
        command=lambda: (sys.executable, *arguments),
        log=settings.paths.logs / f"{name}.log",
        ready=ready,
        environment=own_environment(settings),
        options=lambda: {"cwd": home},
        patience=5.0,
    )


def _shipper(settings: Settings) -> Program:
    """It has no door of its own: it serves when it has put its first figures down."""
    figures = file_of(settings.paths)
    program = _ours(SHIPPER, ("-m", "seats.records"), settings, lambda _pid: figures.exists())
    return replace(program, before=lambda: figures.unlink(missing_ok=True))


def _listens(host: str, port: int) -> Callable[[int], bool]:
    def ready(_pid: int) -> bool:
        try:
            socket.create_connection((host, port), timeout=1.0).close()
        except OSError:
            return False
        return True

    return ready


def _healthy(host: str, port: int) -> Callable[[int], bool]:
    def ready(_pid: int) -> bool:
        return health(host, port) is not None

    return ready


def health(host: str, port: int) -> bool | None:
    """What `/healthz` says: well, not well, or `None` when nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=2.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def log_of(settings: Settings, name: str) -> Path:
    """The log file of a program."""
    return settings.paths.logs / f"{name}.log"
