"""Commands end with the promised exit code and one line, and cells cannot command the terminal."""

import errno
from collections.abc import Sequence

import pytest

from core import console
from core.errors import BadInput, HotlineError, MissingComponent


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("line 3 has no area"), 2),
        (MissingComponent("no sipp"), 2),
        (HotlineError("check failed"), 1),
        (KeyboardInterrupt(), 130),
        (OSError(errno.ENOSPC, "No space left on device", "/var/x"), 2),
        (PermissionError(errno.EACCES, "Permission denied", "/var/x"), 2),
    ],
)
def test_errors_become_exit_codes(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    def command(arguments: Sequence[str]) -> int:
        raise error

    assert console.run(command, []) == code
    assert capsys.readouterr().err.count("\n") <= 1


def test_what_a_terminal_would_obey_is_shown_escaped() -> None:
    hostile = "王\x1b[2J\u202e\x00\n"
    assert console.inert(hostile) == "王\\x1b[2J\\x202e\\x00\\x0a"
    assert console.inert("郑州 13803710000") == "郑州 13803710000"


def test_json_is_one_line_of_readable_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_json({"area": "郑州"})
    assert capsys.readouterr().out == '{"area": "郑州"}\n'


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    def command(arguments: Sequence[str]) -> int:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x")

    with pytest.raises(FileNotFoundError):
        console.run(command, [])


def test_a_mistake_on_the_command_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    parser = console.Arguments(prog="hotline where")
    parser.add_argument("number", nargs="+")
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--trnk", "0371"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("hotline where: ") and said.endswith("(hotline where --help shows how)\n")
    assert said.count("\n") == 1
