"""The supervisor with real processes: order, readiness, restarts, a clean end, and what a killed supervisor leaves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from core.clock import SystemClock
from ops import processes
from ops.processes import Roll, started
from ops.supervise import ChildFailed, Program, Supervisor

DEADLINE = 30.0


def _until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + DEADLINE
    pause = 0.01
    while not condition():
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
        # Nothing to wait upon but the condition itself.
        subprocess.run(["sleep", str(pause)], check=True)


def _program(folder: Path, name: str, script: str, **changes: object) -> Program:
    return Program(
        name=name,
        command=lambda: ("sh", "-c", script),
        log=folder / f"{name}.log",
        ready=lambda _pid: (folder / f"{name}.ready").exists(),
        **{"patience": 10.0, "deadline": DEADLINE, **changes},  # type: ignore[arg-type]
    )


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(*programs: Program) -> Supervisor:
        made.append(Supervisor(programs, Roll(tmp_path / "roll.json"), SystemClock()))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop()


def test_waits_until_a_program_serves(tmp_path: Path, supervised: Callable[..., Supervisor]) -> None:
    supervisor = supervised(_program(tmp_path, "slow", f"sleep 0.2; touch {tmp_path}/slow.ready; exec sleep 60"))
    child = supervisor.start("slow")
    assert not (tmp_path / "slow.ready").exists()
    supervisor.wait_ready("slow")
    assert child.pid
    assert (tmp_path / "slow.ready").exists()


def test_a_program_that_ends_at_once_is_named_with_its_last_words(
    tmp_path: Path, supervised: Callable[..., Supervisor]
) -> None:
    supervisor = supervised(_program(tmp_path, "broken", "echo starting; echo no such table >&2; exit 3"))
    supervisor.start("broken")
    with pytest.raises(ChildFailed, match="broken ended at once: no such table"):
        supervisor.wait_ready("broken")


def test_a_program_that_never_serves_is_given_up(tmp_path: Path, supervised: Callable[..., Supervisor]) -> None:
    supervisor = supervised(_program(tmp_path, "mute", "exec sleep 60", deadline=0.2))
    supervisor.start("mute")
    with pytest.raises(ChildFailed, match="mute does not serve after 0 s"):
        supervisor.wait_ready("mute")


def test_what_is_killed_starts_again_and_its_preparation_runs_again(
    tmp_path: Path, supervised: Callable[..., Supervisor]
) -> None:
    prepared: list[int] = []
    program = _program(
        tmp_path, "worker", f"touch {tmp_path}/worker.ready; exec sleep 60", before=lambda: prepared.append(1)
    )
    supervisor = supervised(program)
    child = supervisor.start("worker")
    supervisor.wait_ready("worker")
    supervisor.watch()
    first = child.pid
    assert first
    os.kill(first, signal.SIGKILL)
    _until(lambda: child.pid not in {None, first}, "a new process")
    assert child.restarts == 1
    assert len(prepared) == 2


def test_a_program_that_keeps_ending_is_started_more_and_more_rarely(
    tmp_path: Path, supervised: Callable[..., Supervisor]
) -> None:
    marks = tmp_path / "marks"
    supervisor = supervised(_program(tmp_path, "flapping", f"date +%s%N >> {marks}; exit 1"))
    supervisor.start("flapping")
    supervisor.watch()
    _until(lambda: marks.exists() and len(marks.read_text().split()) >= 4, "four starts")
    times = [int(line) / 1e9 for line in marks.read_text().split()]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[0] >= 0.1
    assert gaps[1] >= 0.2
    assert gaps[2] >= 0.5


def test_stopping_asks_then_kills_in_reverse_order(tmp_path: Path, supervised: Callable[..., Supervisor]) -> None:
    ends = tmp_path / "ends"

    def polite(name: str) -> str:
        return f"trap 'echo {name} >> {ends}; exit 0' TERM; touch {tmp_path}/{name}.ready; while :; do sleep 0.02; done"

    stubborn = f"trap '' TERM; touch {tmp_path}/stubborn.ready; while :; do sleep 0.02; done"
    supervisor = supervised(
        _program(tmp_path, "first", polite("first")),
        _program(tmp_path, "stubborn", stubborn, patience=0.3),
        _program(tmp_path, "last", polite("last")),
    )
    pids = [supervisor.start(name).pid for name in supervisor.children]
    supervisor.wait_ready(*supervisor.children)
    supervisor.stop()
    assert ends.read_text().split() == ["last", "first"]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not (tmp_path / "roll.json").exists()


def test_the_next_one_finds_and_ends_what_a_killed_supervisor_left(tmp_path: Path) -> None:
    script = f"""
import sys; sys.path.insert(0, {str(Path.cwd())!r})
from pathlib import Path
from core.clock import SystemClock
from ops.processes import Roll
from ops.supervise import Program, Supervisor
here = Path({str(tmp_path)!r})
program = Program("left", lambda: ("sleep", "600"), here / "l.log", lambda _: True)
s = Supervisor([program], Roll(here / "roll.json"), SystemClock())
s.start("left")
print("started", flush=True)
sys.stdin.read()
"""
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "started\n"
    supervisor.kill()
    supervisor.communicate()
    left = Roll(tmp_path / "roll.json").read()
    assert [process.name for process in left] == ["left"]
    processes.end(left, 5.0)
    assert Roll(tmp_path / "roll.json").read() == []
    assert not processes.running(left[0])


def test_a_pid_used_again_by_another_program_is_not_ours(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as other:
        now = started("other", other.pid)
        assert now is not None
        earlier = processes.Started("ours", other.pid, now.ticks - 1, now.boot)
        before_reboot = processes.Started("ours", other.pid, now.ticks, "another boot")
        Roll(tmp_path / "roll").write([earlier, before_reboot])
        assert Roll(tmp_path / "roll").read() == []
        processes.end([earlier, before_reboot], 0.1)
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("text", ["", "[1]", "{}", '[{"name": "x"}]', "\0"])
def test_a_damaged_roll_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "roll").write_text(text, encoding="utf-8")
    assert Roll(tmp_path / "roll").read() == []


def test_a_program_that_stops_beating_is_killed_with_its_group_and_lives_again(
    tmp_path: Path, supervised: Callable[..., Supervisor]
) -> None:
    script = (
        f"touch {tmp_path}/beating.ready; echo $$ >> {tmp_path}/lives; "
        'while true; do printf . > "/proc/self/fd/$BEATS"; sleep 0.1; done'
    )
    supervisor = supervised(_program(tmp_path, "beating", script, beats="BEATS"))
    child = supervisor.start("beating")
    supervisor.wait_ready("beating")
    supervisor.watch()
    first = child.pid
    assert first
    os.killpg(first, signal.SIGSTOP)
    _until(lambda: child.restarts == 1 and child.pid, "a second life")
    assert child.pid != first
