"""CEL files in their folder: known by their first line, set aside when large, removed only when nothing can be lost."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import TurnedClock
from seats.records.files import LIVE, CelFiles
from tests.fakes.cel_calls import caught, line

LINES = [line(event) for event in caught("answered")]
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> CelFiles:
    return CelFiles(tmp_path, TurnedClock(NOW), rotate_bytes=1000)


def write(path: Path, data: bytes, age: float = 0) -> None:
    """Append, as if written `age` seconds ago."""
    with path.open("ab") as file:
        file.write(data)
    os.utime(path, (NOW.timestamp() - age,) * 2)


def test_a_file_keeps_its_name_for_us_whatever_it_is_called(files: CelFiles) -> None:
    write(files.folder / LIVE, LINES[0])
    (before,) = files.found()
    write(files.folder / LIVE, LINES[1])
    (files.folder / LIVE).rename(files.folder / "hotline-1.csv")
    write(files.folder / LIVE, LINES[2])
    after, live = files.found()
    assert (after.path.name, after.segment) == ("hotline-1.csv", before.segment)
    assert after.size == len(LINES[0] + LINES[1])
    assert (live.path.name, live.segment != before.segment) == (LIVE, True)


def test_a_file_without_a_whole_line_is_not_there_yet(files: CelFiles) -> None:
    write(files.folder / LIVE, LINES[0][:-1])
    assert files.found() == []
    write(files.folder / LIVE, b"\n")
    assert len(files.found()) == 1


def test_no_folder_is_no_file(tmp_path: Path) -> None:
    files = CelFiles(tmp_path / "none", TurnedClock(NOW))
    assert files.found() == []
    assert files.rotate() is None


def test_a_large_file_is_set_aside_once(files: CelFiles) -> None:
    write(files.folder / LIVE, LINES[0])
    assert files.rotate() is None
    write(files.folder / LIVE, b"".join(LINES))
    aside = files.rotate()
    assert aside is not None
    assert aside.exists()
    assert files.rotate() is None


@pytest.mark.parametrize(
    ("name", "age", "missing", "goes"),
    [
        (LIVE, 3600, 0, False),
        ("hotline-1.csv", 10, 0, False),
        ("hotline-1.csv", 3600, 1, False),
        ("hotline-1.csv", 3600, 0, True),
    ],
)
def test_only_a_quiet_shipped_file_set_aside_is_removed(
    files: CelFiles, name: str, age: float, missing: int, goes: bool
) -> None:
    write(files.folder / name, LINES[0], age)
    (file,) = files.found()
    assert files.remove(file, file.size - missing) is goes
    assert file.path.exists() is not goes


def test_a_torn_end_is_given_up_only_when_nobody_can_finish_it(files: CelFiles) -> None:
    path = files.folder / "hotline-1.csv"
    write(path, LINES[0] + LINES[1][:40], age=10)
    (fresh,) = files.found()
    block, whole = files.read(fresh, 0, 1)
    assert (block.end, block.unreadable, whole) == (len(LINES[0]), (), True)
    os.utime(path, (NOW.timestamp() - 3600,) * 2)
    (quiet,) = files.found()
    block, whole = files.read(quiet, 0, 1)
    assert (block.end, len(block.unreadable)) == (quiet.size, 1)
