"""Recordings given to somebody, and what is removed when its time is up."""

import asyncio
import json
import shutil
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.clock import SystemClock
from core.console import EXIT_BAD_INPUT, EXIT_CHECK_FAILED, run
from core.db import connect
from core.ids import LinkedId
from core.journal import Fact
from seats.records import cli
from seats.records.measure import measure
from seats.records.record import RecordingState
from seats.records.recording import BYTES_PER_MS, FOLDER_MODE, RecordingFiles
from seats.records.store import call_record
from seats.records.writer import PlacedEvent, Shipment, store
from tests.fakes.cel_stories import Story, events

OLD, NEW = str(UUID(int=1)), str(UUID(int=2))
DAYS_AGO = 200
SOUND = bytes(range(256)) * 32


@dataclass
class Site:
    """Two recorded calls: one of half a year ago, one of today."""

    dsn: str
    eye: asyncpg.Connection
    files: RecordingFiles
    old: LinkedId
    new: LinkedId
    folder: Path


@pytest.fixture
async def site(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    now = datetime.now(UTC)
    seconds = len(SOUND) / BYTES_PER_MS / 1000
    stories = [
        Story(1, now - timedelta(days=DAYS_AGO), recording=OLD, talk=seconds),
        Story(2, now - timedelta(hours=1), recording=NEW, talk=seconds),
    ]
    files = RecordingFiles(tmp_path / "recordings")
    files.folder.mkdir(mode=FOLDER_MODE)
    connection = await connect(dsn, application="test")
    for story in stories:
        files.path(story.recording).parent.mkdir(exist_ok=True)
        files.path(story.recording).write_bytes(SOUND)
        placed = tuple(PlacedEvent(str(story.number), place, event) for place, event in enumerate(events(story)))
        raw = {"raw": "13800000001", "normalized": "13800000001"}
        fact = Fact(f"f{story.number}", "routing_decided", story.begins, story.linkedid, raw)
        remembered = {"number": f"1380000000{story.number}", "area_id": "luoyang"}
        keyed = Fact(f"r{story.number}", "area_remembered", story.begins, story.linkedid, remembered)
        await store(connection, Shipment(placed, (fact, keyed)))
    await measure(connection, files, now)
    monkeypatch.setenv("HOTLINE_DB_DSN", dsn)
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path))
    yield Site(dsn, connection, files, stories[0].linkedid, stories[1].linkedid, tmp_path)
    await connection.close()


async def told(*words: str) -> int:
    """Exit code of `hotline records …`, which has an event loop of its own."""
    return await asyncio.to_thread(run, cli.main, words)


async def listened(site: Site, call: str, *more: str) -> int:
    return await told("export", call, "--reason", "复核投诉", "-o", str(site.folder / "call.wav"), *more)


async def test_a_recording_is_given_as_a_wave_file_and_the_row_says_to_whom(site: Site) -> None:
    (recording,) = (await call_record(site.dsn, site.new)).recordings
    assert (recording.id, recording.state, recording.duration_ms) == (NEW, RecordingState.STORED, 1024)
    assert await listened(site, site.new) == 0
    wave = (site.folder / "call.wav").read_bytes()
    assert (wave[:4], wave[8:16], wave[-len(SOUND) :]) == (b"RIFF", b"WAVEfmt ", SOUND)
    assert struct.unpack("<HHII", wave[20:32]) == (6, 1, 8000, 8000)
    assert struct.unpack("<I", wave[4:8])[0] == len(wave) - 8
    assert (site.folder / "call.wav").stat().st_mode & 0o777 == 0o600
    (row,) = await site.eye.fetch("SELECT * FROM seats.supervision_audit")
    assert (row["verb"], row["kind"], row["call"], row["areas"]) == ("recording", "done", site.new, ["luoyang"])
    assert row["reason"] == "复核投诉"
    assert NEW in row["detail"]
    assert row["user_name"]
    assert "export" in row["source"]


async def test_without_a_row_nobody_hears_anything(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    await site.eye.execute("ALTER TABLE seats.supervision_audit RENAME TO gone")
    with pytest.raises(Exception, match="supervision_audit"):
        await listened(site, site.new)
    assert not (site.folder / "call.wav").exists()


async def test_what_cannot_be_heard_is_said_in_one_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert await told("export", site.new, "--reason", " ", "-o", "-") == EXIT_BAD_INPUT
    assert await listened(site, "none") == EXIT_BAD_INPUT
    assert await listened(site, site.new, "--recording", OLD) == EXIT_CHECK_FAILED
    site.files.path(NEW).unlink()
    assert await listened(site, site.new) == EXIT_CHECK_FAILED
    assert capsys.readouterr().err.count("\n") == 4


async def test_each_kind_of_data_goes_when_its_time_is_up(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_RETENTION_RECORDINGS_DAYS", "180")
    monkeypatch.setenv("HOTLINE_RETENTION_EVENTS_DAYS", "190")
    monkeypatch.setenv("HOTLINE_RETENTION_NUMBERS_DAYS", "199")
    before = await call_record(site.dsn, site.old)
    assert await told("prune", "--dry-run", "--json") == 0
    planned = json.loads(capsys.readouterr().out)["removed"]
    assert site.files.size(OLD) == len(SOUND)
    assert await told("prune", "--json") == 0
    assert json.loads(capsys.readouterr().out)["removed"] == planned
    assert planned == {
        "recordings": 1, "events": len(events(Story(1, before.started_at, recording=OLD))), "facts": 2,
        "unreadable_lines": 0, "remembered_areas": 1, "callers": 1, "decisions": 1, "stories": 0, "questions": 0,
        "callbacks": 0, "messages": 0, "sound_of_messages": 0,
    }  # fmt: skip
    after = await call_record(site.dsn, site.old)
    assert (after.caller, after.recordings[0].state, after.outcome) == (
        "138****",
        RecordingState.REMOVED,
        before.outcome,
    )
    assert after.recordings[0].removed_at is not None
    assert after.legs == before.legs
    assert after.decision is not None
    assert (after.decision["raw"], after.decision["normalized"]) == (None, "")
    assert site.files.size(OLD) is None
    kept = await call_record(site.dsn, site.new)
    assert (kept.caller, kept.recordings[0].state) == ("13800000002", RecordingState.STORED)
    assert await told("prune", "--json") == 0
    assert set(json.loads(capsys.readouterr().out)["removed"].values()) == {0}
    assert await told("check") == 0
    capsys.readouterr()


async def test_events_never_outlive_the_numbers_in_them(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_RETENTION_EVENTS_DAYS", "0")
    monkeypatch.setenv("HOTLINE_RETENTION_RECORDINGS_DAYS", "0")
    monkeypatch.setenv("HOTLINE_RETENTION_NUMBERS_DAYS", "100")
    assert await told("prune", "--json") == 0
    capsys.readouterr()
    numbers = "SELECT count(*) FROM seats.cel_events WHERE linkedid = $1"
    assert await site.eye.fetchval(numbers, site.old) == 0
    assert await site.eye.fetchval(numbers, site.new) > 0
    assert site.files.size(OLD) == len(SOUND), "0 days: for ever"


async def test_a_disk_that_is_away_is_a_state_not_a_failure(site: Site) -> None:
    await site.eye.execute("UPDATE seats.recordings SET state = 'pending'")
    shutil.rmtree(site.files.folder)
    site.files.folder.write_text("in the way")
    assert await measure(site.eye, site.files, SystemClock().now()) == [RecordingState.MISSING] * 2


async def test_a_disk_that_answers_nothing_is_asked_again(site: Site) -> None:
    await site.eye.execute("UPDATE seats.recordings SET state = 'pending'")
    aside = site.files.path(NEW).parent.rename(site.folder / "aside")
    site.files.path(NEW).parent.symlink_to(site.files.path(NEW).parent)  # a loop: neither there nor not there
    assert await measure(site.eye, site.files, SystemClock().now()) == []
    site.files.path(NEW).parent.unlink()
    aside.rename(site.files.path(NEW).parent)
    assert await measure(site.eye, site.files, SystemClock().now()) == [RecordingState.STORED] * 2
