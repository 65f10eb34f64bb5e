"""One real Asterisk for the tests of this folder: our own rendered configuration on ports of its own."""

import asyncio
import contextlib
import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest

from asterisk_conf.render import AsteriskFiles, QueueTimes, render, write
from core.secrets import Secrets, load_or_create
from core.settings import (
    AgiSettings,
    AmiSettings,
    DbSettings,
    PlatformSettings,
    RecordingSettings,
    SeatsSettings,
    Settings,
    SipSettings,
    SpeechSettings,
    load,
)
from ivr.prompts import texts
from migrations.run import upgrade
from ops.runtime import asterisk as runtime
from ops.runtime.postgres import EmbeddedPostgres
from routing import tables
from routing.areas import AreaTree
from seats.roster.seat import Seat, demonstration_seats
from tests.fakes.own_postgres import started
from tests.fakes.ports import free_port, free_udp_port
from tests.fakes.shipper_process import ShipperProcess, kill_postgres
from tests.fakes.sipp import Stage

_PROJECT = Path(__file__).parents[2]
_START_SECONDS = 60
PROMPTS = tuple(texts.load())
RECORDED = ("hebi",)
"""Areas whose calls are recorded."""
_SILENCE = b"\xd5" * 1600
TIMES = QueueTimes(ring=2, area=20, province=4, announce=5, answer=3, script=8)
"""Short where a test waits for them to pass; long where a slow machine must not miss them: a key, a Python's start."""

Value = TypeVar("Value")


def say_nothing(text: str) -> None:
    """Progress of fetching nobody watches."""


@dataclass(frozen=True, slots=True)
class Telephony:
    """A running Asterisk and everything known about it."""

    settings: Settings
    secrets: Secrets
    seats: tuple[Seat, ...]
    tree: AreaTree
    command: tuple[str, ...]

    def console(self, words: str) -> str:
        """What Asterisk's console answers."""
        etc = self.settings.paths.asterisk / "etc/asterisk.conf"
        done = subprocess.run(
            [*self.command, "-C", str(etc), "-rx", words], capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout

    def events(self) -> list[list[str]]:
        """Rows of the call event file so far."""
        file = self.settings.paths.cel / "hotline.csv"
        if not file.exists():
            return []
        with file.open(encoding="utf-8", errors="replace", newline="") as stream:
            return list(csv.reader(stream))

    def told(self, kind: str) -> list[dict[str, object]]:
        """Our own events of `kind` so far, oldest first: ROUTED, ASKED, TOLD."""
        return [json.loads(json.loads(row[17])["extra"]) for row in self.events() if row[16] == kind]

    def channels(self) -> int:
        """Channels up now."""
        return int(self.console("core show channels count").split(" ", 1)[0])


def until(wanted: Callable[[], Value], seconds: float = 20) -> Value:
    """The first true value of `wanted()`, asked again and again until the deadline."""
    end = time.monotonic() + seconds
    while True:
        if value := wanted():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {wanted}")
        with contextlib.suppress(TimeoutError):
            _idle()


def _idle() -> None:
    """Give the processor away for a moment: a read that times out."""
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(0.05)
        left.recv(1)


@pytest.fixture(scope="session")
def cache() -> Path:
    return load(os.environ).paths.cache


@pytest.fixture(scope="session")
def telephony(cache: Path) -> Iterator[Telephony]:
    """Asterisk with our configuration. Its doors' port is free: each test opens it, or leaves it closed."""
    found = runtime.obtained(cache, say_nothing)
    home = Path(tempfile.mkdtemp(prefix="hotline-test-"))
    ports = [free_udp_port(), *(free_port() for _ in range(5))]
    settings = Settings(
        platform=PlatformSettings(home=home),
        sip=SipSettings(port=ports[0], rtp_first=16000, rtp_last=17999),
        agi=AgiSettings(port=ports[1], deadline=2),
        ami=AmiSettings(port=ports[2]),
        recording=RecordingSettings(areas=RECORDED),
        seats=SeatsSettings(qualify=2),
        speech=SpeechSettings(areas=("all",), port=ports[4], door_port=ports[5], streams=2),
    )
    secrets = load_or_create(settings.paths.secrets)
    tree = tables.ready(settings.platform.province, settings.paths.tables).tree
    seats = demonstration_seats(tree)
    files = AsteriskFiles(modules=found.modules, data=found.share, python=Path(sys.executable), project=_PROJECT)
    write(render(settings, secrets, seats, tree, files, TIMES), settings.paths.asterisk, files)
    settings.paths.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    prompts = settings.paths.asterisk / "sounds/zh/hotline"
    prompts.mkdir(parents=True)
    for key in PROMPTS:
        (prompts / f"{key}.alaw").write_bytes(_SILENCE)
    (settings.paths.asterisk / "moh/waiting.alaw").write_bytes(_SILENCE * 20)
    running = Telephony(settings, secrets, seats, tree, found.command)
    etc = settings.paths.asterisk / "etc/asterisk.conf"
    process = subprocess.Popen(
        [*found.command, "-C", str(etc), "-f"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: "fully booted" in running.console("core waitfullybooted"), _START_SECONDS)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def sipp(cache: Path) -> tuple[str, ...]:
    return runtime.sipp(cache, say_nothing)


@pytest.fixture
def stage(telephony: Telephony, sipp: tuple[str, ...], tmp_path: Path) -> Iterator[Stage]:
    """Callers and seats of one test; all gone, on both sides, when it ends."""
    players = Stage(sipp, tmp_path, telephony.settings.sip.port)
    try:
        yield players
    finally:
        telephony.console("channel request hangup all")
        players.close()
        until(lambda: telephony.channels() == 0)


@pytest.fixture
def shipper(telephony: Telephony) -> Iterator[ShipperProcess]:
    """The real shipper of that Asterisk, with a Postgres of its own."""
    with tempfile.TemporaryDirectory(prefix="hl-") as short:
        folder = Path(short)
        server = EmbeddedPostgres(folder / "data", folder / "run", "only-for-tests", folder / "postgres.log")
        started(server)
        dsn = f"postgresql://hotline:only-for-tests@/hotline?host={server.run}"
        asyncio.run(upgrade(dsn))
        process = ShipperProcess(replace(telephony.settings, db=DbSettings(dsn=dsn)))
        process.start()
        try:
            yield process
        finally:
            process.kill()
            kill_postgres(server)
