"""Faults touch what the profile names, nothing else, and are undone."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sim.errors import BadScenario
from sim.faults import Faults
from sim.profile import CommandAccess, DiskAccess, ProcessAccess, Profile


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    yield process
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


def profile(folder: Path, pid: int, *start: str) -> Profile:
    (folder / "pid").write_text(f"{pid}\n")
    return Profile(processes={"doors": ProcessAccess(str(folder / "pid"), start)})


def stopped(pid: int, wanted: bool) -> bool:
    """Whether the process is (not) stopped within twenty seconds: a signal takes effect a moment after it is sent."""
    end = time.monotonic() + 20
    while (psutil.Process(pid).status() == psutil.STATUS_STOPPED) is not wanted:
        if time.monotonic() > end:
            return False
    return True


def sizes(folder: Path) -> list[int]:
    """Bytes of each file in it."""
    return [file.stat().st_size for file in folder.iterdir()]


async def test_what_is_frozen_is_thawed_at_the_end(tmp_path: Path, victim: subprocess.Popen[bytes]) -> None:
    faults = Faults(profile(tmp_path, victim.pid))
    await faults.do("freeze", "doors")
    assert stopped(victim.pid, True)
    assert await faults.undo() == [f"thawed doors, process {victim.pid}"]
    assert stopped(victim.pid, False)


async def test_what_is_killed_is_started_again_when_the_profile_says_how(
    tmp_path: Path, victim: subprocess.Popen[bytes]
) -> None:
    mark = tmp_path / "started"
    faults = Faults(profile(tmp_path, victim.pid, "touch", str(mark)))
    await faults.do("kill", "doors")
    assert victim.wait(15) == -signal.SIGKILL
    assert not mark.exists()
    await faults.undo()
    assert mark.exists()


async def test_a_process_on_the_platforms_roll(tmp_path: Path, victim: subprocess.Popen[bytes]) -> None:
    (tmp_path / "roll.json").write_text(json.dumps([{"name": "seats", "pid": victim.pid}]))
    faults = Faults(Profile(roll=tmp_path / "roll.json"))
    assert faults.pid("seats") == victim.pid
    with pytest.raises(BadScenario, match="no process called doors is running; running: seats"):
        faults.pid("doors")


@pytest.mark.parametrize(
    ("act", "name", "told"),
    [
        ("kill", "postgres", "names no process"),
        ("run", "cut-ami", "names no command"),
        ("start", "doors", "names no start command"),
        ("fill", "journal", "names no disk"),
    ],
)
async def test_what_the_profile_does_not_name_is_not_touched(tmp_path: Path, act: str, name: str, told: str) -> None:
    faults = Faults(profile(tmp_path, os.getpid()))
    with pytest.raises(BadScenario, match=told):
        await faults.do(act, name)


@pytest.mark.parametrize("text", ["", "0", "1", "-5", "abc", "4194304999"])
def test_a_pid_file_with_nonsense_hurts_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "pid").write_text(text)
    with pytest.raises(BadScenario):
        Faults(Profile(processes={"doors": ProcessAccess(str(tmp_path / "pid"))})).pid("doors")


async def test_a_command_that_fails_says_so(tmp_path: Path) -> None:
    faults = Faults(Profile(commands={"bad": CommandAccess(("false",)), "good": CommandAccess(("true",))}))
    assert await faults.do("run", "good") == "ran good"
    with pytest.raises(BadScenario, match="false ended with 1"):
        await faults.do("run", "bad")


async def test_a_disk_is_filled_no_further_than_allowed_and_emptied(tmp_path: Path) -> None:
    faults = Faults(Profile(disks={"journal": DiskAccess(tmp_path, 3)}))
    assert await faults.do("fill", "journal") == f"wrote 3 MB to {tmp_path}; it is not full"
    assert sizes(tmp_path) == [3 << 20]
    await faults.undo()
    assert sizes(tmp_path) == []


async def test_a_command_is_taken_back_at_the_end(tmp_path: Path) -> None:
    shut, opened = tmp_path / "shut", tmp_path / "opened"
    faults = Faults(Profile(commands={"close": CommandAccess(("touch", str(shut)), ("touch", str(opened)))}))
    await faults.do("run", "close")
    assert (shut.exists(), opened.exists()) == (True, False)
    assert await faults.undo() == ["ran close back"]
    assert opened.exists()
    assert await faults.undo() == []
