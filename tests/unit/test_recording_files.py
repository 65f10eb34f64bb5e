"""Recordings: names that can only be ours, sizes and what they mean, and who is recorded at all."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asterisk_conf.render import AsteriskFiles, render
from core.errors import BadInput
from core.secrets import Secrets
from core.settings import PlatformSettings, RecordingSettings, Settings
from ivr.prompts import texts
from routing.tables import province_tree
from seats.records.interpret import interpret
from seats.records.invariants import Kind, Mismatch, recordings
from seats.records.record import Recording, RecordingState
from seats.records.recording import RecordingFiles, is_id, state_of
from seats.roster.seat import demonstration_seats
from tests.fakes.cel_stories import Story, events

ID = "0f3b8f6e-7c1d-4d8e-9f4a-2b6f3f0f9a11"
BEGINS = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
TREE = province_tree("henan")
SETTINGS = Settings(platform=PlatformSettings(home=Path("/srv/hotline")))


def rendered(*areas: str) -> dict[str, str]:
    secrets = Secrets(ami_reader="a", ami_commander="b", postgres="p", seat_key="k")
    files = AsteriskFiles(Path("/m"), Path("/s"), Path("/p"), Path("/h"))
    settings = replace(SETTINGS, recording=RecordingSettings(areas=areas))
    return render(settings, secrets, demonstration_seats(TREE), TREE, files)


def dialplan(*areas: str) -> str:
    return rendered(*areas)["etc/extensions.conf"]


@pytest.mark.parametrize(
    "odd", ["", "..", "../../etc/passwd", ID.upper(), ID + "\n", ID + ".alaw", "13803710000", None, 7]
)
def test_nothing_but_an_id_names_a_file(odd: object) -> None:
    assert not is_id(odd)
    with pytest.raises(ValueError, match="no recording's id"):
        RecordingFiles(Path("/srv")).path(odd)  # type: ignore[arg-type]


def test_files_lie_under_the_first_two_signs_of_their_ids(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path)
    assert files.path(ID) == tmp_path / "0f" / f"{ID}.alaw"
    assert files.size(ID) is None
    files.path(ID).parent.mkdir()
    files.path(ID).write_bytes(b"abc")
    (tmp_path / f"{ID}.alaw").write_bytes(b"at the wrong place")
    assert dict(files.found()) == {ID: 3, f"{ID}.alaw": 18}
    assert files.wave(ID)[-4:] == b"abc\0"
    files.remove(ID)
    files.remove(ID)
    assert files.size(ID) is None


@pytest.mark.parametrize(
    ("size", "expected_ms", "state"),
    [
        (None, 0, RecordingState.EMPTY),
        (0, 800, RecordingState.EMPTY),
        (None, 5000, RecordingState.MISSING),
        (0, 5000, RecordingState.MISSING),
        (4000, 5000, RecordingState.SHORT),
        (40_000, 5000, RecordingState.STORED),
        (33_000, 5000, RecordingState.STORED),
        (8_000_000 - 200_000, 1_000_000, RecordingState.SHORT),
        (8_000_000 - 100_000, 1_000_000, RecordingState.STORED),
    ],
)
def test_what_a_file_is_worth(size: int | None, expected_ms: int, state: RecordingState) -> None:
    assert state_of(size, expected_ms) is state


@pytest.mark.parametrize(("size", "found"), [(None, "no file was found"), (0, "its file was empty")])
def test_the_check_tells_no_file_from_an_empty_one(size: int | None, found: str) -> None:
    row = Recording(ID, BEGINS, BEGINS, 5000, state_of(size, 5000), size)
    sizes = {} if size is None else {ID: size}
    assert list(recordings((row,), sizes, BEGINS)) == [
        Mismatch(Kind.RECORDING_MISSING, ID, f"5000 ms were said, {found}")
    ]


def test_a_record_says_what_its_recording_must_hold() -> None:
    (recording,) = interpret(events(Story(1, BEGINS, talk=12.5, recording=ID))).recordings
    assert (recording.id, recording.expected_ms, recording.state) == (ID, 12_500, RecordingState.PENDING)
    assert interpret(events(Story(1, BEGINS, recording="../../etc/passwd"))).recordings == ()


def test_nobody_is_recorded_unless_their_area_is_named() -> None:
    assert not re.search(r"MixMonitor|RECORDED_|\[recorded\]", dialplan())
    assert "app_mixmonitor" not in rendered()["etc/modules.conf"]
    assert "app_mixmonitor" in rendered("luoyang")["etc/modules.conf"]
    assert set(re.findall(r"^RECORDED_(\w+) = yes$", dialplan("luoyang", "gongyi"), re.MULTILINE)) == {
        "luoyang",
        "gongyi",
    }
    assert len(re.findall(r"^RECORDED_(\w+) = yes$", dialplan("all"), re.MULTILINE)) == len(tuple(TREE))
    with pytest.raises(BadInput, match="beijing"):
        dialplan("beijing")


def test_whoever_is_recorded_is_told_before_it_begins() -> None:
    (lines,) = re.findall(r"^\[recorded\]\n((?:.+\n)+)", dialplan("all"), re.MULTILINE)
    assert lines.index("Playback(") < lines.index('"${PLAYBACKSTATUS}" != "SUCCESS"') < lines.index("MixMonitor(")
    assert dialplan("all").count("MixMonitor(") == 1
    told = set(re.findall(r"\b(\w*recorded)\b", lines.splitlines()[0]))
    assert told == {"welcome_recorded", "recorded"}
    entries = texts.load(texts.OWN_TEXTS)
    assert all("录音" in entries[key].text for key in told)
    assert "CALLERID" not in lines
