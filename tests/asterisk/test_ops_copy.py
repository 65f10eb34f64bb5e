"""Whole copies: the demonstration, up and down, two side by side, and every program killed in turn."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.settings import ENVIRONMENT_PREFIX, PROJECT, environment_of
from ops.instance import AlreadyRunning, Instance
from ops.programs import ASTERISK, DOORS, POSTGRES, SEATS, SHIPPER, health, tell_asterisk

DEADLINE = 60.0


@pytest.fixture(scope="module")
def copy() -> Iterator[Instance]:
    with tempfile.TemporaryDirectory(prefix="hl-") as folder, Instance.fresh(Path(folder) / "var") as running:
        yield running


def _until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + DEADLINE
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(0.05)
        while not condition():
            assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
            try:
                left.recv(1)
            except TimeoutError:
                continue


def _command(home: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    environment = {**kept, "PYTHONPATH": str(PROJECT), f"{ENVIRONMENT_PREFIX}PLATFORM_HOME": str(home), **settings}
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=home.parent,
        env=environment,
    )


def _get(copy: Instance, path: str) -> str:
    http = copy.settings.http
    with urllib.request.urlopen(f"http://{http.host}:{http.port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def test_the_demonstration_holds(tmp_path: Path) -> None:
    done = _command(tmp_path / "var", "demo", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["ok"]
    assert [call["record"]["queue"] for call in document["calls"]] == ["zhengzhou", "xinxiang", "luoyang"]
    assert [call["seat"] for call in document["calls"]] == ["3710001", "3730001", "3790001"]
    assert not (tmp_path / "var" / "demo" / "calls.json").exists(), "it holds passwords"
    assert not (tmp_path / "var" / "demo" / "run" / "processes.json").exists()


def test_it_says_how_it_is(copy: Instance) -> None:
    _until(lambda: health(copy.settings.http.host, copy.settings.http.port), "healthy")
    now = json.loads(_get(copy, "/healthz"))
    assert now["ok"]
    assert (now["calls_up"], now["seats_registered"]) == (0, 0)
    figures = _get(copy, "/metrics")
    assert "hotline_ami_link_up 1.0" in figures
    assert "hotline_calls_up 0.0" in figures
    _until(lambda: "hotline_records_postgres_up 1.0" in _get(copy, "/metrics"), "the shipper's figures")


def test_a_second_start_of_the_same_copy_is_refused_and_harms_nothing(copy: Instance) -> None:
    pid = copy.child(ASTERISK).pid
    with pytest.raises(AlreadyRunning, match="is running already"):
        Instance(copy.settings).start()
    assert copy.child(ASTERISK).pid == pid


def test_two_copies_run_side_by_side(copy: Instance, tmp_path: Path) -> None:
    with Instance.fresh(tmp_path / "var") as other:
        for one in (copy, other):
            said = tell_asterisk(one.settings, one.asterisk, "core show settings")
            assert said is not None
            assert str(one.settings.paths.asterisk) in said


@pytest.mark.parametrize("name", [POSTGRES, DOORS, SEATS, SHIPPER, ASTERISK])
def test_what_is_killed_serves_again(copy: Instance, name: str) -> None:
    child = copy.child(name)
    before = child.pid
    assert before
    os.kill(before, signal.SIGKILL)
    _until(lambda: child.pid not in {None, before} and child.program.ready(child.pid), f"{name} again")
    _until(lambda: health(copy.settings.http.host, copy.settings.http.port), "healthy")


def test_a_new_seat_can_register_without_a_restart(copy: Instance) -> None:
    home = copy.settings.paths.home
    settings = {k: v for k, v in environment_of(copy.settings).items() if not k.endswith("CONFIG")}
    added = _command(home, "seats", "add", "3710099", "郑州", "--json", **settings)
    assert added.returncode == 0, added.stderr
    _until(
        lambda: "3710099" in (tell_asterisk(copy.settings, copy.asterisk, "pjsip show endpoints") or ""), "the endpoint"
    )
    queue = tell_asterisk(copy.settings, copy.asterisk, "queue show zhengzhou") or ""
    assert "3710099" in queue
    told = _command(home, "seats", "secret", "3710099", **settings)
    assert told.stdout.strip() == copy.secrets.seat("3710099")
    again = _command(home, "seats", "add", "3710099", "郑州", **settings)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


def test_up_doctor_down_and_what_a_killed_supervisor_leaves(tmp_path: Path) -> None:
    home = tmp_path / "var"
    settings = {k: v for k, v in environment_of(Instance.fresh(home).settings).items() if not k.endswith("CONFIG")}

    def state() -> dict[str, str]:
        findings = json.loads(_command(home, "doctor", "--json", **settings).stdout)["findings"]
        return {finding["what"]: finding["state"] for finding in findings}

    try:
        up = _command(home, "up", "-d", "--json", **settings)
        assert up.returncode == 0, up.stderr
        assert json.loads(up.stdout)["sip"] == f"127.0.0.1:{settings['HOTLINE_SIP_PORT']}"
        assert {what for what, how in state().items() if how != "well"} == {"calls of our own", "answering by voice"}
        again = _command(home, "up", **settings)
        assert again.returncode == 1
        assert "is running already" in again.stderr
        roll = json.loads((home / "run" / "processes.json").read_text())
        supervisor = next(one["pid"] for one in roll if one["name"] == "supervisor")
        os.kill(supervisor, signal.SIGKILL)
        _until(lambda: state()["supervisor"] == "wrong", "the supervisor's end seen")
        assert state()["Asterisk answers"] == "well"
    finally:
        down = _command(home, "down", **settings)
    assert down.returncode == 0
    assert "asterisk" in down.stdout
    assert state()["asterisk"] == "idle"
    assert "nothing" in _command(home, "down", **settings).stdout


def test_nobody_else_on_the_machine_reads_what_it_writes(copy: Instance) -> None:
    paths = copy.settings.paths
    folders = (paths.asterisk, paths.cel, paths.journal, paths.tables, paths.logs, paths.run, paths.secrets)
    assert [folder for folder in folders if folder.stat().st_mode & 0o077] == []
