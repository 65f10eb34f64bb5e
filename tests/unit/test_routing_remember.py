"""Answers kept per number: across restarts, crashes, expiry, a full disk and many threads."""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import TurnedClock
from core.errors import MissingComponent
from core.ids import AreaId
from routing.remember import RememberedAreas

DAY = 86_400.0
JIYUAN, JIAOZUO = AreaId("jiyuan"), AreaId("jiaozuo")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 1, 15, 1, 0, tzinfo=UTC))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "answers.jsonl"


def reopened(file: Path, clock: TurnedClock) -> RememberedAreas:
    return RememberedAreas(file, clock, writer=False)


def test_an_answer_survives_a_restart(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock)
    assert areas.area("13903910001") is None
    kept = areas.remember("13903910001", JIAOZUO)
    areas.remember("13903910001", JIYUAN)
    assert areas.area("13903910001") == JIYUAN
    assert kept is not None
    assert kept.fact() == {"number": "13903910001", "area_id": "jiaozuo", "remembered_at": "2026-01-15T01:00:00+00:00"}
    # No close: the process may be killed at any moment.
    assert reopened(file, clock).area("13903910001") == JIYUAN
    assert file.stat().st_mode & 0o777 == 0o600
    areas.close()


def test_a_caller_without_a_number_is_not_remembered(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock)
    assert areas.remember("", JIYUAN) is None
    assert areas.area("") is None
    assert file.read_bytes() == b""
    areas.close()


def test_an_answer_expires(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock, keep_days=30)
    areas.remember("1", JIYUAN)
    clock.turn(30 * DAY - 1)
    assert areas.area("1") == JIYUAN
    clock.turn(1)
    assert areas.area("1") is None
    areas.close()
    assert len(RememberedAreas(file, clock, keep_days=30, writer=False)) == 0
    assert len(RememberedAreas(file, clock, keep_days=31, writer=False)) == 1


def test_the_oldest_give_way(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock, numbers=3)
    for number in ("1", "2", "3"):
        areas.remember(number, JIYUAN)
    areas.remember("1", JIAOZUO)  # renewed: now 2 is the oldest
    areas.remember("4", JIYUAN)
    assert [areas.area(number) for number in "1234"] == [JIAOZUO, None, JIYUAN, JIYUAN]
    areas.close()


def test_the_file_stays_bounded(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock, numbers=10)
    longest = 0
    for turn in range(5_000):
        areas.remember(str(turn % 15), JIYUAN)
        longest = max(longest, file.stat().st_size)
    line = len(json.dumps({"number": "14", "area": "jiyuan", "at": clock.now().isoformat()})) + 1
    assert longest <= (2 * 10 + 1001) * line
    assert {number for number in map(str, range(15)) if areas.area(number)} == {
        str(turn % 15) for turn in range(4_990, 5_000)
    }
    before = {str(number): areas.area(str(number)) for number in range(15)}
    areas.close()
    after = RememberedAreas(file, clock, numbers=10, writer=False)
    assert {str(number): after.area(str(number)) for number in range(15)} == before


def test_every_torn_end_costs_one_answer_at_most(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock)
    areas.remember("1", JIYUAN)
    first = file.stat().st_size
    areas.remember("2", JIAOZUO)
    areas.close()
    whole = file.read_bytes()
    for length in range(first, len(whole)):
        file.write_bytes(whole[:length])
        again = RememberedAreas(file, clock)
        assert again.area("1") == JIYUAN
        again.remember("3", JIYUAN)
        again.close()
        last = reopened(file, clock)
        assert (last.area("1"), last.area("3")) == (JIYUAN, JIYUAN)


def test_lines_that_are_no_answers_are_passed_over(file: Path, clock: TurnedClock) -> None:
    file.parent.mkdir()
    good = json.dumps({"number": "1", "area": "jiyuan", "at": clock.now().isoformat()}).encode()
    naive = json.dumps({"number": "2", "area": "jiyuan", "at": "2026-01-15T01:00:00"}).encode()
    lines = [
        b"\xff\x00",
        b"[]",
        b"3",
        b"{}",
        b'{"number": "1"}',
        b'{"number": 1, "area": 2, "at": "never"}',
        naive,
        good,
        b"",
    ]
    file.write_bytes(b"\n".join(lines))
    areas = reopened(file, clock)
    assert (len(areas), areas.area("1")) == (1, JIYUAN)


def test_one_writer(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock)
    with pytest.raises(MissingComponent, match="cannot open"):
        RememberedAreas(file, clock)
    areas.remember("1", JIYUAN)
    assert reopened(file, clock).area("1") == JIYUAN
    areas.close()
    areas.close()
    RememberedAreas(file, clock).close()


def test_many_threads(file: Path, clock: TurnedClock) -> None:
    areas = RememberedAreas(file, clock)
    start = threading.Barrier(8)

    def work(own: int) -> None:
        start.wait()
        for turn in range(200):
            areas.remember(f"{own}-{turn}", JIYUAN)

    threads = [threading.Thread(target=work, args=(own,)) for own in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    areas.close()
    assert len(reopened(file, clock)) == 1_600


def test_a_refusing_disk_does_not_stop_a_call(file: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    areas = RememberedAreas(file, clock)

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", full)
        assert areas.remember("1", JIYUAN) is not None
    assert areas.area("1") == JIYUAN
    areas.remember("2", JIYUAN)
    areas.close()
    assert [reopened(file, clock).area(number) for number in "12"] == [None, JIYUAN]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, clock: TurnedClock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MissingComponent, match="cannot open"):
        RememberedAreas(tmp_path / "file" / "answers.jsonl", clock)
