"""One copy of the platform: prepared, started, stopped. `up`, `demo` and the tests all bring it up through here."""

import asyncio
import fcntl
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import IO

from asterisk_conf.render import AsteriskFiles, render, write
from core.clock import Clock, SystemClock
from core.db import DatabaseAway
from core.errors import BadInput, HotlineError, MissingComponent
from core.secrets import Secrets, database_dsn, load_or_create
from core.settings import PROJECT, Settings
from ivr.prompts import texts
from ivr.prompts.build import build as build_prompts
from ivr.prompts.music import build_beep, build_music
from ivr.prompts.voices import voices
from ivr.speech import models
from migrations.run import upgrade
from ops import answers, ports, processes
from ops.programs import ASTERISK, DOORS, POSTGRES, SEATS, SHIPPER, VOICE, programs, tell_asterisk
from ops.progress import Say
from ops.runtime.asterisk import Asterisk, obtained
from ops.runtime.postgres import EmbeddedPostgres
from ops.supervise import Child, Supervisor
from routing import tables
from seats.roster import store
from seats.roster.seat import Seat, demonstration_seats
from seats.sharing.store import in_force

_ROOM = 200_000_000
"""Bytes a copy needs where it lives before it starts: a new Postgres takes 60 MB, records and logs the rest."""


def unwritable(home: Path, error: OSError) -> BadInput:
    """What to tell when a folder of the copy cannot be made or written."""
    return BadInput(
        f"cannot write in {error.filename or home}: {error.strerror}; set HOTLINE_PLATFORM_HOME to another folder"
    )


class AlreadyRunning(HotlineError):
    """This copy is up."""


class Instance:
    """A copy of the platform as its settings say; `with Instance.fresh(folder) as copy:` collides with nobody."""

    def __init__(self, settings: Settings, say: Say | None = None, clock: Clock | None = None) -> None:
        self.settings = settings
        self.roll = processes.Roll(settings.paths.run / processes.ROLL)
        self._say: Say = say or _silent
        self._clock = clock or SystemClock()
        self._supervisor: Supervisor | None = None
        self._asterisk: Asterisk | None = None
        self._held: IO[bytes] | None = None
        self._answers: Popen[bytes] | None = None

    @classmethod
    def fresh(cls, folder: Path, settings: Settings | None = None, say: Say | None = None) -> "Instance":
        """A copy in `folder` on free ports; the cache stays shared. Ports somebody chose in `settings` stay."""
        settings = settings or Settings()
        settings = replace(settings, platform=replace(settings.platform, home=folder.absolute()))
        return cls(ports.with_free_ports(settings), say)

    def __enter__(self) -> "Instance":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def secrets(self) -> Secrets:
        """Its generated passwords."""
        return load_or_create(self.settings.paths.secrets)

    @property
    def dsn(self) -> str:
        """Where its Postgres is."""
        return database_dsn(self.settings, self.secrets)

    @property
    def asterisk(self) -> Asterisk:
        """The Asterisk it runs, fetched on first use."""
        if self._asterisk is None:
            self._asterisk = obtained(self.settings.paths.cache, self._say)
        return self._asterisk

    def child(self, name: str) -> Child:
        """One of its programs: `postgres, asterisk, doors, seats, shipper`."""
        return self._running().children[name]

    def start(self) -> None:
        """Prepare everything, start every program and return when all serve; when one does not, stop all again.

        Raises `AlreadyRunning`, `MissingComponent` (a port, a program, room on the disk), `ChildFailed`.
        """
        self._hold()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every program, in reverse order. Idempotent."""
        if self._answers is not None:
            answers.end(self._answers)
            self._answers = None
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None
        if self._held is not None:
            self._held.close()
            self._held = None

    def reload_seats(self) -> None:
        """Render Asterisk's configuration from the seats table again, and let a running Asterisk read it."""
        self._render(asyncio.run(store.all_seats(self.dsn)))
        for module in ("res_pjsip.so", "app_queue.so"):
            tell_asterisk(self.settings, self.asterisk, f"module reload {module}")

    def _start(self) -> None:
        settings, paths = self.settings, self.settings.paths
        if settings.db.dsn and not settings.db.dsn.startswith(("postgresql://", "postgres://")):
            raise BadInput("db.dsn (HOTLINE_DB_DSN) must look like postgresql://user:password@host/database")
        ports.check_free(settings)
        free = shutil.disk_usage(paths.home).free
        if free < _ROOM:
            raise MissingComponent(
                f"no room in {paths.home}: {free // 1_000_000} MB free, {_ROOM // 1_000_000} MB needed; "
                "free some, or set HOTLINE_PLATFORM_HOME to another folder"
            )
        asterisk = self.asterisk
        postgres = self._embedded()
        supervisor = Supervisor(programs(settings, asterisk, postgres, self._clock), self.roll, self._clock)
        self._supervisor = supervisor
        if postgres:
            self._say("starting Postgres")
            supervisor.start(POSTGRES)
        # While Postgres starts: tables and prompts need nobody.
        self._say("building routing tables")
        tables.ready(settings.platform.province, paths.tables)
        self._say("building prompts")
        sounds = paths.asterisk / "sounds" / "zh" / "hotline"
        speakers = voices(settings)
        recordings = Path(settings.prompts.recordings).expanduser() if settings.prompts.recordings else None
        if recordings and not recordings.is_dir():
            raise BadInput(
                f"prompts.recordings = {recordings} is no folder; make it, or unset HOTLINE_PROMPTS_RECORDINGS"
            )
        known, cache = texts.load(texts.OWN_TEXTS), paths.cache / "prompts"
        for built in build_prompts(known, speakers(""), cache, sounds, recordings, speakers):
            if built.trouble:
                self._say(built.trouble)
        build_music(paths.asterisk / "moh")
        build_beep(sounds)
        if postgres:
            supervisor.wait_ready(POSTGRES)
        self._prepare_database()
        self._answers = answers.begin(settings)
        if settings.speech.areas:
            answers.wait_built(settings, self._answers, self._say, self._clock)
        self._say("starting Asterisk and our services")
        names = (ASTERISK, DOORS, SEATS, SHIPPER, *((VOICE,) if settings.speech.areas else ()))
        for name in names:
            supervisor.start(name)
        supervisor.wait_ready(*(name for name in names if name != VOICE or self._hears()))
        supervisor.watch()

    def _hears(self) -> bool:
        """Whether there is a model to answer with; without one callers are served all the same, by keys and people."""
        try:
            models.current(self.settings)
        except (HotlineError, OSError) as error:
            self._say(f"no answering by voice, callers go by keys: {error}")
            return False
        return True

    def _prepare_database(self) -> None:
        """Schema, seats, and from them Asterisk's configuration.

        With an operator's Postgres away, the last configuration serves.
        """
        province = tables.province_tree(self.settings.platform.province)
        self._say("migrating Postgres")
        try:
            seats = asyncio.run(self._seats(demonstration_seats(province)))
        except DatabaseAway:
            if not (self.settings.paths.asterisk / "etc" / "pjsip.conf").exists():
                raise
            self._say("Postgres is away: going on with the seats of the last start")
            return
        self._render(seats)

    async def _seats(self, first: Sequence[Seat]) -> Sequence[Seat]:
        await upgrade(self.dsn)
        await store.seed(self.dsn, first)
        return await store.all_seats(self.dsn)

    def _render(self, seats: Sequence[Seat]) -> None:
        settings = self.settings
        asterisk = self.asterisk
        files = AsteriskFiles(
            modules=asterisk.modules, data=asterisk.share, python=Path(sys.executable), project=PROJECT
        )
        tree = tables.province_tree(settings.platform.province)
        sharing = in_force(settings.paths.home, settings.platform.province, tree)
        write(render(settings, self.secrets, seats, tree, files, sharing=sharing), settings.paths.asterisk, files)

    def _embedded(self) -> EmbeddedPostgres | None:
        if self.settings.db.dsn:
            return None
        paths = self.settings.paths
        return EmbeddedPostgres(paths.postgres, paths.run, self.secrets.postgres, paths.logs / f"{POSTGRES}.log")

    def _hold(self) -> None:
        """Make the folders, see that nobody runs this copy, and clean up after a supervisor that was killed."""
        paths = self.settings.paths
        try:
            private = (
                paths.run,
                paths.logs,
                paths.journal,
                paths.tables,
                paths.asterisk,
                paths.recordings,
                paths.messages,
            )
            for folder in (paths.home, *private):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            paths.run.chmod(0o700)
            held = (paths.run / "lock").open("ab")
        except OSError as error:
            raise unwritable(paths.home, error) from error
        if paths.run.stat().st_uid != os.getuid():
            held.close()
            raise BadInput(f"{paths.run} belongs to another user; set HOTLINE_PLATFORM_HOME to a folder of your own")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise AlreadyRunning(f"the copy in {paths.home} is running already; `hotline down` stops it") from None
        self._held = held
        if left := self.roll.read():
            self._say(f"stopping {', '.join(one.name for one in left)}, left by a supervisor that was killed")
            processes.end(left)
        with suppress(FileNotFoundError):
            (paths.run / "asterisk.ctl").unlink()

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise HotlineError("this copy is not running")
        return self._supervisor


def _silent(_text: str) -> None:
    return None
