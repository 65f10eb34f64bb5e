"""Recorded calls on a real Asterisk: callers are told first, both voices are in the file, no disk harms a call."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from numpy import frombuffer, fromfile, uint8

from seats.records.recording import FOLDER_MODE, RecordingFiles, is_id
from sim.first_calls import CallPlan, Plan, SeatPlan, first_calls
from sim.heard import judge
from sim.sound import alaw_samples
from tests.asterisk.conftest import Telephony, until
from tests.fakes.sipp import Stage

CALLER = "03923123456"
SEAT = "3920001"
HEARD = 1.5


@pytest.fixture
def files(telephony: Telephony) -> Iterator[RecordingFiles]:
    folder = telephony.settings.paths.recordings
    shutil.rmtree(folder, ignore_errors=True)  # what calls of other tests have left
    folder.mkdir(mode=FOLDER_MODE)
    yield RecordingFiles(folder)
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one page; where we may not mount one, a disk that is away."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", place]
    mounted = subprocess.run(mount, stderr=subprocess.DEVNULL, check=False)
    if mounted.returncode != 0:
        place.rmdir()
    yield place
    if mounted.returncode == 0:
        subprocess.run(["umount", "-l", place], check=True)


async def talk(telephony: Telephony, folder: Path, number: str = CALLER) -> None:
    """A call of which both sides hear the other; fails when they do not."""
    seat = SeatPlan(SEAT, telephony.secrets.seat(SEAT), "鹤壁")
    plan = Plan("127.0.0.1", telephony.settings.sip.port, (seat,), (CallPlan("call", number),), hear_seconds=HEARD)
    (result,) = await first_calls(plan, folder)
    assert result.problems == []


async def test_who_is_recorded_is_told_first_and_both_voices_are_kept(
    telephony: Telephony, files: RecordingFiles, tmp_path: Path
) -> None:
    before = len(telephony.told("RECORDING"))
    await talk(telephony, tmp_path)
    until(lambda: telephony.channels() == 0)
    (said,) = telephony.told("RECORDING")[before:]
    name = str(said["id"])
    until(lambda: (files.size(name) or 0) > HEARD * 8000)
    assert is_id(name)
    assert CALLER not in str(files.path(name))
    assert [found for found, _ in files.found()] == [name]
    assert files.folder.stat().st_mode & 0o777 == FOLDER_MODE
    recorded = alaw_samples(frombuffer(files.path(name).read_bytes(), uint8))
    for who in ("call-call", f"seat-{SEAT}"):
        # Both speak at once, so that not every second of each stands out.
        assert judge(fromfile(tmp_path / f"{who}.said.pcm", "<i2"), recorded).heard


async def test_an_area_that_is_not_recorded_leaves_no_file(
    telephony: Telephony, stage: Stage, files: RecordingFiles
) -> None:
    before = len(telephony.told("RECORDING"))
    stage.seat("3730001", telephony.secrets.seat("3730001"))
    assert stage.call("<sip:03735123456@127.0.0.2>").wait() == 0
    assert len(telephony.told("RECORDING")) == before
    assert list(files.found()) == []


def test_who_hangs_up_while_being_told_is_not_recorded(
    telephony: Telephony, stage: Stage, files: RecordingFiles
) -> None:
    before = len(telephony.told("RECORDING"))
    words = telephony.settings.paths.asterisk / "sounds/zh/hotline/welcome_recorded.alaw"
    kept = words.read_bytes()
    words.write_bytes(kept * 100)
    try:
        assert stage.call(f"<sip:{CALLER}@127.0.0.2>", stay=0.5).wait() == 0
        until(lambda: telephony.channels() == 0)
    finally:
        words.write_bytes(kept)
    assert len(telephony.told("RECORDING")) == before


async def test_words_that_cannot_be_played_mean_no_recording(
    telephony: Telephony, files: RecordingFiles, tmp_path: Path
) -> None:
    before = len(telephony.told("RECORDING"))
    words = telephony.settings.paths.asterisk / "sounds/zh/hotline/welcome_recorded.alaw"
    aside = words.rename(tmp_path / "aside")
    try:
        await talk(telephony, tmp_path)
    finally:
        aside.rename(words)
    assert len(telephony.told("RECORDING")) == before
    assert list(files.found()) == []


async def test_a_call_goes_on_where_nothing_can_be_written(
    telephony: Telephony, files: RecordingFiles, tmp_path: Path
) -> None:
    """Whoever we are, a folder that is a file takes no recording."""
    files.folder.rmdir()
    files.folder.write_text("in the way")
    await talk(telephony, tmp_path)
    until(lambda: telephony.channels() == 0)
    (*_, said) = telephony.told("RECORDING")
    assert files.size(str(said["id"])) is None


async def test_a_call_goes_on_when_the_disk_fills_up_under_it(
    telephony: Telephony, files: RecordingFiles, tmp_path: Path, small_disk: Path
) -> None:
    for first in "0123456789abcdef":
        for second in "0123456789abcdef":
            (files.folder / (first + second)).symlink_to(small_disk)
    await talk(telephony, tmp_path)
    until(lambda: telephony.channels() == 0)
    (*_, said) = telephony.told("RECORDING")
    assert (files.size(str(said["id"])) or 0) < HEARD * 8000
