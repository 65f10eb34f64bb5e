"""`hotline hours` and `hotline announce`, as a shell sees them."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import TurnedClock
from core.console import run
from core.settings import load
from ivr.prompts import announce_cli
from ops import doctor
from routing import hours_cli
from seats.callbacks import cli as callbacks_cli

NOW = datetime(2025, 1, 24, 11, 0, tzinfo=UTC)
"""Friday 19:00 in China, before the eight days of Spring Festival 2025; the Sunday between is worked."""
OFFICE = "mon-fri 08:30-12:00,13:30-17:30"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOTLINE_PLATFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "home"


def hours(*words: str, at: datetime = NOW) -> int:
    return run(lambda arguments: hours_cli.main(arguments, TurnedClock(at)), words)


def said(capsys: pytest.CaptureFixture[str], words: Sequence[str], at: datetime = NOW) -> dict[str, object]:
    capsys.readouterr()
    assert hours(*words, "--json", at=at) == 0
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def shown(capsys: pytest.CaptureFixture[str], area: str, *more: str) -> tuple[object, ...]:
    found = said(capsys, ("show", area, *more))["areas"]
    assert isinstance(found, list)
    return tuple(found[0][name] for name in ("open", "reason", "next_change"))


def test_nothing_set_is_always_open(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert shown(capsys, "郑州") == (True, "always", None)
    assert not home.exists()


def test_the_friday_before_the_festival_and_the_sunday_that_is_worked(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, ("set", "all", OFFICE))["warnings"] == []
    assert shown(capsys, "中牟") == (False, "off_hours", "2025-01-26T08:30:00+08:00")
    assert shown(capsys, "中牟", "--at", "2025-01-26T09:00") == (True, "extra_workday", "2025-01-26T12:00:00+08:00")
    assert shown(capsys, "中牟", "--at", "2025-02-01T09:00")[1:] == ("holiday", "2025-02-05T08:30:00+08:00")
    assert said(capsys, ("set", "zhengzhou", "always"))["open"] is True
    assert shown(capsys, "中牟")[1] == "always"
    assert said(capsys, ("set", "zhengzhou", "none"))["hours"] == OFFICE


def test_a_closure_by_one_command_and_back(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, ("close", "开封", "--to", "2025-01-25T08:00", "--why", "停电"))
    assert (found["open"], found["why"], found["next_change"]) == (False, "停电", "2025-01-25T08:00:00+08:00")
    assert shown(capsys, "洛阳")[0] is True
    assert said(capsys, ("reopen", "kaifeng"))["open"] is True
    assert hours("reopen", "kaifeng") == 2


def test_a_year_nobody_has_announced_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    hours("set", "all", OFFICE)
    assert hours("show", "郑州", "--at", "2040-10-01T10:00") == 0
    assert "2040" in capsys.readouterr().err
    found = said(capsys, ("calendar", "2040"))
    assert (found["known"], found["days"]) == (False, [])
    assert said(capsys, ("calendar", "2025"))["known"] is True


def test_filing_days_by_rule_and_by_announcement(capsys: pytest.CaptureFixture[str]) -> None:
    def october() -> dict[str, object]:
        months = said(capsys, ("peaks", "2025"))["months"]
        assert isinstance(months, list)
        found: dict[str, object] = months[9]
        return found

    days = ["2025-10-23", "2025-10-24", "2025-10-27"]
    assert october() == {"month": "2025-10", "last": "2025-10-27", "days": days}
    assert hours("peaks", "--month", "2025-10", "--last", "2025-10-28") == 0
    assert october()["last"] == "2025-10-28"
    assert hours("peaks", "--month", "2025-10", "--last", "rule") == 0
    assert october()["last"] == "2025-10-27"


@pytest.mark.parametrize(
    "words",
    [
        ("set", "火星", OFFICE),
        ("set", "郑州", "mon 25:00-26:00"),
        ("close", "郑州", "--why", "x", "--to", "2024-01-01T00:00"),
        ("close", "郑州", "--why", "x", "--from", "0001-01-01T00:00+14:00"),
        ("peaks", "--month", "2025-10"),
        ("peaks", "--month", "2025-13", "--last", "2025-10-28"),
        ("peaks", "--month", "2025-10", "--last", "2025-11-28"),
        ("calendar", "99999"),
    ],
)
def test_what_cannot_be_is_one_line(words: tuple[str, ...], capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert hours(*words) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("hotline: ")
    assert complaint.count("\n") == 1
    assert not (home / "hours.json").exists()


def test_an_announcement_is_spoken_listed_and_taken_back(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    def announce(*words: str) -> int:
        return run(lambda arguments: announce_cli.main(arguments, TurnedClock(NOW)), words)

    assert announce("郑州", "系统升级,下午两点恢复。", "--until", "2025-01-25T14:00") == 0
    sounds = list((home / "asterisk/sounds/zh/hotline/notices").glob("*.alaw"))
    assert [sound.stat().st_size > 8000 for sound in sounds] == [True]
    capsys.readouterr()
    assert announce("list", "--json") == 0
    (notice,) = json.loads(capsys.readouterr().out)
    assert (notice["area"], notice["until"]) == ("zhengzhou", "2025-01-25T14:00:00+08:00")
    assert announce("off", "zhengzhou") == 0
    assert announce("off", "zhengzhou") == 2
    assert announce("郑州", "长" * 101) == 2
    assert announce("郑州", "好", "--until", "2024-01-01T00:00") == 2
    assert announce("郑州") == 2


def test_the_doctor_says_what_is_set_and_what_is_wrong(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SystemClock", lambda: TurnedClock(NOW))

    def found() -> tuple[doctor.State, str]:
        (line,) = [it for it in doctor.examine(load(os.environ)) if it.what == "hours"]
        return line.state, line.seen

    assert found() == (doctor.State.WELL, "always open: none are set (hotline hours)")
    hours("set", "all", OFFICE)
    assert found()[0] is doctor.State.WELL
    assert found()[1].startswith("1 set, 0 closures, 0 announcements; holidays known to 20")
    monkeypatch.setattr(doctor, "SystemClock", lambda: TurnedClock(NOW.replace(year=2090)))
    assert found()[0] is doctor.State.WRONG
    (home / "hours.json").write_text("{", encoding="utf-8")
    assert found()[0] is doctor.State.WRONG


@pytest.mark.parametrize("at", ["9999-12-31T23:00", "0001-01-01T00:00", "1999-12-31T23:00"])
def test_a_time_that_can_only_be_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], at: str) -> None:
    hours("set", "all", "mon-fri 08:30-17:30")
    capsys.readouterr()
    assert hours("show", "zhengzhou", "--at", at) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_people_read_names_of_areas(capsys: pytest.CaptureFixture[str]) -> None:
    hours("close", "kaifeng", "--why", "停电检修", "--to", "2026-12-01T12:00")
    assert capsys.readouterr().out.startswith("开封: 现在关(临时关闭")
    hours("set", "all", "always")
    assert capsys.readouterr().out.startswith("全省: 现在开(全天")
    hours("show")
    assert "\n开封  " in capsys.readouterr().out


@pytest.mark.parametrize("count", ["0", "-3", "1e3", "1000000", "\u0663", "x"])
def test_a_count_of_rows_that_is_none_is_one_line(capsys: pytest.CaptureFixture[str], count: str) -> None:
    for command in (callbacks_cli.callbacks, callbacks_cli.appointments, callbacks_cli.messages):
        with pytest.raises(SystemExit) as left:
            command([f"--count={count}"])
        assert left.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1
