"""`hotline where` and `hotline segments`, as a shell sees them."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.console import run
from routing import cli
from routing import tables as stored
from routing.cli import as_json, read_pairs
from routing.lookup import decide
from tests.fakes.henan import henan_tables

FIELDS = ["raw", "normalized", "kind", "area", "county", "confidence", "reason", "data_version"]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOTLINE_PLATFORM_CACHE", str(tmp_path / "cache"))


class Standard:
    """Standard input and output with bytes under them, as a process has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
        self.written = io.BytesIO()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(self.written, write_through=True))

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.written.getvalue().decode().splitlines()]


def where(monkeypatch: pytest.MonkeyPatch, data: bytes) -> tuple[int, list[dict[str, object]]]:
    standard = Standard(monkeypatch, data)
    code = run(cli.where, ["-"])
    return code, standard.objects


def test_one_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code, objects = where(
        monkeypatch, "raw,trunk_area\n037164066555,0371\n,0371\n１３８００１３８０００,0371\n".encode()
    )
    assert code == 0
    assert [list(entry) for entry in objects] == [FIELDS] * 3
    assert [list(entry.values())[:-1] for entry in objects] == [
        ["037164066555", "037164066555", "CITY", "郑州", "巩义", "high", "exchange-prefix"],
        ["", "", "UNKNOWN", None, None, None, "withheld"],
        ["１３８００１３８０００", "13800138000", "OUT", "北京", None, "high", "mobile"],
    ]
    assert {entry["data_version"] for entry in objects} == {henan_tables().data_version}


@pytest.mark.parametrize(
    "data",
    [
        b"13803710000,0371\n",
        b"13803710000,0371",
        b"13803710000,0371\r\n",
        b"\xef\xbb\xbfraw,trunk_area\n13803710000,0371\n",
        b"\xef\xbb\xbf13803710000,0371\n",
        b'"raw","trunk_area"\n"13803710000"," 0371 "\n\n',
        b"Raw, Trunk_Area\n13803710000,371\n",
        b"rule,trunk_area,raw\nx,0371,13803710000\n",
        b"\n\n13803710000,\n",
    ],
)
def test_forms_of_the_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    code, objects = where(monkeypatch, data)
    assert (code, [(entry["normalized"], entry["area"]) for entry in objects]) == (0, [("13803710000", "郑州")])


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"13803710000\n", 2),
        (b"13803710000,0371,x\n", 2),
        (b"0371,13803710000\n", 2),
        (b"13803710000,city\n", 2),
        (b"13803710000,\xef\xbc\x90371\n", 2),
        (b'"13803710000,0371\n', 2),
        (b'"13803710000"x,0371\n', 2),
        (b"1" * 2_000_000 + b",0371\n", 2),
    ],
)
def test_bad_csv_is_one_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes, line: int
) -> None:
    code, objects = where(monkeypatch, b"03912345678,0371\n" + data)
    assert (code, len(objects)) == (2, 1)
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert f"line {line}" in complaint
    assert "Traceback" not in complaint


def test_a_stream_without_line_ends_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, place: bytearray) -> int:  # type: ignore[override]
            self.given += len(place)
            assert self.given < 1 << 23, "read on and on"
            place[:] = b"1" * len(place)
            return len(place)

    standard = Standard(monkeypatch, b"")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    assert run(cli.where, ["-"]) == 2
    assert standard.objects == []


@pytest.mark.parametrize("trunk", ["xx", "0371a", "03715"])
def test_a_trunk_that_has_no_such_code_is_named(trunk: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.where, ["--trunk", trunk, "55012345"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_nothing_in_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert where(monkeypatch, b"") == where(monkeypatch, b"raw,trunk_area\n") == (0, [])


def test_hostile_input_is_inert(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = ["a\x00b", "\u202e1380371", "\x1b[2J", "\u009b2J", "${SHELL(id)}", "1" * 10_000]
    standard = Standard(monkeypatch, "".join(f'"{raw}",0371\n' for raw in hostile).encode() + b"\xff\xfe,0371\n")
    assert run(cli.where, ["-"]) == 0
    assert standard.written.getvalue().decode().replace("\n", "").isprintable()
    assert [entry["raw"] for entry in standard.objects] == [*hostile, "��"]
    assert {entry["reason"] for entry in standard.objects} == {"malformed"}


def test_answers_come_as_lines_come() -> None:
    taken = []

    def lines() -> Iterator[str]:
        for number in range(3):
            taken.append(number)
            yield f"{number},0371\n"

    pairs = read_pairs(lines())
    for number in range(3):
        assert next(pairs) == (str(number), "0371")
        assert len(taken) == number + 1


def test_escapes_are_the_same_json() -> None:
    for raw in ('\u202e\U000e0001\x7f"\\', "郑州", "\ud800"):
        text = as_json(decide(raw, "0371", henan_tables()))
        assert text.isprintable()
        assert json.loads(text)["raw"] == raw


def test_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.where, ["3012345", "--trunk", "0373"]) == 0
    assert "新乡" in capsys.readouterr().out
    assert run(cli.where, ["13903910001", "--lang", "en"]) == 0
    assert "shared" in capsys.readouterr().out
    assert run(cli.where, ["13903910001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["confidence"] == "shared"


def test_stdin_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.where, ["-", "13803710000"]) == 2
    assert "stands alone" in capsys.readouterr().err


@pytest.mark.parametrize("command", [cli.where, cli.segments])
def test_help_has_examples(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command(["--help"])  # type: ignore[operator]
    assert left.value.code == 0
    assert "examples:" in capsys.readouterr().out


def test_import_info_and_where_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "list.csv"
    file.write_text("segment,area\n1550391,济源\n", encoding="utf-8")
    assert run(cli.segments, ["import", str(file), "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["changes"] == [{"segment": "1550391", "before": "焦作", "after": "济源"}]
    assert run(cli.segments, ["info", "--json"]) == 0
    info = json.loads(capsys.readouterr().out)
    assert (info["data_version"], info["carrier"]) == (done["data_version"], 1)
    assert run(cli.where, ["15503911234", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["area"], found["data_version"]) == ("济源", done["data_version"])
    file.write_text("segment,area\n1550391,火星\n", encoding="utf-8")
    assert run(cli.segments, ["import", str(file)]) == 2
    assert "line 2: '火星'" in capsys.readouterr().err
    assert run(cli.segments, ["build"]) == 0
    assert "1550391" not in capsys.readouterr().out
    assert stored.load(tmp_path / "home" / "tables").data_version == done["data_version"]


def test_info_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.segments, ["info"]) == 0
    shown = capsys.readouterr().out
    assert "phone-2312+3" in shown
    assert "27396" in shown
