"""What may be typed after `call-monitor`."""

from datetime import datetime

import pytest

from core.clock import CHINA
from core.errors import BadInput
from seats.cli.arguments import ACTS, moment, parser
from seats.cli.client import checked_server
from seats.cli.main import _RUN, _command, main

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=CHINA)
COMMANDS = tuple(_RUN)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("30m", "2026-11-22T11:30:00+08:00"),
        ("2h", "2026-11-22T10:00:00+08:00"),
        ("3d", "2026-11-19T12:00:00+08:00"),
        ("08:30", "2026-11-22T08:30:00+08:00"),
        ("2026-11-21", "2026-11-21T00:00:00+08:00"),
        ("2026-11-21T08:30", "2026-11-21T08:30:00+08:00"),
        ("2026-11-21T00:30:00Z", "2026-11-21T00:30:00+00:00"),
    ],
)
def test_a_time_as_people_write_it(typed: str, meant: str) -> None:
    assert moment(typed, NOW) == meant


@pytest.mark.parametrize("typed", ["", "yesterday", "25:00", "2026-13-01", "-2h", "2 h", "٣h"])
def test_what_is_no_time(typed: str) -> None:
    with pytest.raises(BadInput):
        moment(typed, NOW)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"example: call-monitor {command}" in said
    assert "--json" in said
    assert callable(_command(command))


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for command in COMMANDS:
        assert f"    {command} " in said
    assert "exit codes" in said


@pytest.mark.parametrize("options", [["--json", "calls"], ["calls", "--json"]])
def test_an_option_may_stand_before_or_after(options: list[str]) -> None:
    assert parser().parse_args(options).json is True


@pytest.mark.parametrize("act", ACTS)
def test_every_act_takes_a_reason(act: str) -> None:
    more = ["1.1", "kaifeng"] if act == "move" else ["1.1"]
    assert parser().parse_args([act, *more, "--reason", "质检"]).reason == "质检"


@pytest.mark.parametrize(
    "server",
    ["", "10.0.0.5:8066", "ftp://x", "http://", "http://u:p@x", "http://x/y", "http://x:99999", "http://[", "x"],
)
def test_what_is_no_server(server: str) -> None:
    with pytest.raises(BadInput):
        checked_server(server)


def test_a_server() -> None:
    assert checked_server("http://10.0.0.5:8066/") == "http://10.0.0.5:8066"
    assert checked_server("https://[::1]:8066") == "https://[::1]:8066"


def test_without_a_terminal_there_is_no_board(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main([]) == 2
    assert "subcommands" in capsys.readouterr().err
