"""The stand-alone script: the service's own decision, spoken through pyst2 over pipes, in a moment."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from agi_scripts import steps
from agi_scripts import variables as v
from agi_scripts.steps import Bearings
from core.clock import CHINA, SystemClock
from core.ids import AreaId
from core.journal import JournalReader
from routing import tables
from routing.hours import Closure
from routing.hours_file import change
from routing.remember import RememberedAreas

PROJECT = Path(__file__).parents[2]
LANDLINE = {v.FROM: '"王)(\\"" <sip:03735123456@carrier>;tag=1', v.TRUSTED: "1", v.DIALLED: "12366"}
SHARED = {v.FROM: "<sip:03912123456@carrier>", v.TRUSTED: "1", v.DIALLED: "12366"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("tables")
    tables.build("henan", built)
    return built


def run(door: str, heard: Mapping[str, str], folder: Path, home: Path) -> tuple[int, dict[str, str]]:
    """(exit code, variables set), with this test as Asterisk."""
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from agi_scripts import standalone; "
    code += "sys.exit(standalone.main(sys.argv[1:]))"
    files = [str(home / name) for name in ("remembered.jsonl", "journal", "hours.json")]
    words = [door, str(folder), "0371", "12366", *files]
    script = subprocess.Popen(
        [sys.executable, "-I", "-c", code, str(PROJECT), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert script.stdin is not None
    assert script.stdout is not None
    told: dict[str, str] = {}
    script.stdin.write(b"agi_uniqueid: 1795.1\nagi_callerid: \xff\xfe\n\n")
    script.stdin.flush()
    for line in script.stdout:
        verb, _, name, *value = line.decode().rstrip("\n").split(" ", 3)
        name = name.strip('"')
        if verb == "GET":
            answer = f"200 result=1 ({heard[name]})\n" if name in heard else "200 result=0\n"
        else:
            told[name] = json.loads(value[0])
            answer = "200 result=1\n"
        script.stdin.write(answer.encode())
        script.stdin.flush()
    script.stdin.close()
    return script.wait(30), told


def test_it_decides_as_the_service_does_and_says_who_decided(folder: Path, tmp_path: Path) -> None:
    code, told = run("incoming", LANDLINE, folder, tmp_path)
    bearings = Bearings(tables.load(folder), "0371", "12366", "script", lambda number: None)
    assert code == 0
    assert told == dict(steps.incoming(LANDLINE, bearings).variables)
    assert json.loads(told[v.ROUTED])["decided_by"] == "script"


def test_it_notes_the_decision_in_the_journal(folder: Path, tmp_path: Path) -> None:
    run("incoming", LANDLINE, folder, tmp_path)
    segments = list((tmp_path / "journal").glob("*.jsonl"))
    facts = [json.loads(line) for segment in segments for line in segment.read_text(encoding="utf-8").splitlines()]
    assert [(fact["kind"], fact["call"]) for fact in facts] == [("routing_decided", "1795.1")]
    assert JournalReader(tmp_path / "journal")


def test_it_knows_what_callers_keyed_before(folder: Path, tmp_path: Path) -> None:
    writer = RememberedAreas(tmp_path / "remembered.jsonl", SystemClock())
    writer.remember("03912123456", AreaId("jiyuan"))
    code, told = run("incoming", SHARED, folder, tmp_path)
    writer.close()
    assert (code, told[v.QUEUE]) == (0, "jiyuan")


def test_it_takes_an_answer(folder: Path, tmp_path: Path) -> None:
    heard = {**SHARED, v.QUESTION: "shared/0391/1", v.KEYS: "1", v.TRIES: "1"}
    assert run("keyed", heard, folder, tmp_path)[1][v.QUEUE] == "jiaozuo"


def test_it_knows_a_closure_and_survives_a_broken_file_of_hours(folder: Path, tmp_path: Path) -> None:
    hours = tmp_path / "hours.json"
    shut = Closure("xinxiang", datetime(2026, 1, 1, tzinfo=CHINA), None, "停电")
    change(hours, lambda calendar: replace(calendar, closures=(shut,)))
    told = run("incoming", LANDLINE, folder, tmp_path)[1]
    assert (told[v.CLOSED], told[v.CLOSED_SAYS], told[v.PROVINCE_OPEN]) == ("closure", "hotline/closed_closure", "yes")
    hours.write_text('{"version": 1,')
    code, told = run("incoming", LANDLINE, folder, tmp_path)
    assert (code, told[v.QUEUE], told[v.CLOSED]) == (0, "xinxiang", "")


@pytest.mark.parametrize("door", ["incoming", "keyed"])
def test_without_tables_it_decides_nothing_and_says_so(door: str, tmp_path: Path) -> None:
    code, told = run(door, LANDLINE, tmp_path, tmp_path)
    assert code != 0
    assert not told
