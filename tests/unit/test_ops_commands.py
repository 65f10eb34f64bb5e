"""The table of commands: every one of them exists, a slip of the finger gets a hint."""

import importlib
import re
from pathlib import Path

import pytest

from ops.__main__ import COMMANDS, main, overview


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_function(name: str) -> None:
    module, _, function = COMMANDS[name].target.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main([name, "--help"]))
    assert ended.value.code in {0, None}
    assert "usage:" in capsys.readouterr().out


def test_the_overview_names_each_command_once() -> None:
    lines = [match[1] for line in overview().splitlines() if (match := re.match(r"  ([\w-]+) {2,}\S", line))]
    assert sorted(lines) == sorted(COMMANDS)


@pytest.mark.parametrize(("typed", "meant"), [("dmeo", "demo"), ("wher", "where"), ("record", "records")])
def test_a_slip_gets_a_hint(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([typed]) == 2
    said = capsys.readouterr().err
    assert meant in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("how", [[], ["-d"]])
def test_a_home_that_cannot_be_made_is_one_line(
    how: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path / "file" / "home"))
    assert main(["up", *how]) == 2
    said = capsys.readouterr().err
    assert "HOTLINE_PLATFORM_HOME" in said
    assert said.count("\n") == 1


def test_nothing_asked_shows_the_overview(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == overview()
