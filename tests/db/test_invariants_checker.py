"""Events, rows and recordings that agree, then each of them tampered with: every disagreement is found and named."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.clock import SystemClock
from core.console import EXIT_CHECK_FAILED, run
from core.db import connect, engine
from seats.records import cli
from seats.records.checker import Checker, Findings
from seats.records.files import LIVE, CelFiles
from seats.records.invariants import Kind
from seats.records.measure import measure
from seats.records.recording import BYTES_PER_MS, FOLDER_MODE, RecordingFiles
from seats.records.writer import PlacedEvent, Shipment, store
from tests.fakes.cel_stories import Story, file_of

BEGAN = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
SOUND = str(UUID(int=1))


@dataclass
class Site:
    """A copy in which everything agrees."""

    dsn: str
    eye: asyncpg.Connection
    cel: CelFiles
    sound: RecordingFiles

    async def check(self) -> Findings:
        database = engine(self.dsn, application="test")
        try:
            checker = Checker(database, self.cel, self.sound)
            return await checker.check(BEGAN - timedelta(minutes=1), datetime.now(UTC), datetime.now(UTC))
        finally:
            await database.dispose()

    async def kinds(self) -> set[Kind]:
        return {mismatch.kind for mismatch in (await self.check()).mismatches}

    def put(self, recording: str, milliseconds: int) -> Path:
        file = self.sound.path(recording)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\xd5" * milliseconds * BYTES_PER_MS)
        return file


@pytest.fixture
async def site(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    home = tmp_path / "home"
    monkeypatch.setenv("HOTLINE_DB_DSN", dsn)
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(home))
    cel = CelFiles(home / "asterisk/log/cel-custom", SystemClock())
    cel.folder.mkdir(parents=True)
    sound = RecordingFiles(home / "recordings")
    sound.folder.mkdir(mode=FOLDER_MODE)
    made = Site(dsn, await connect(dsn, application="test"), cel, sound)
    stories = [
        Story(0, BEGAN, recording=SOUND, talk=10.0),
        Story(1, BEGAN, wait=3.0, talk=None),
        Story(2, BEGAN, area=None, wait=None, talk=None),
        Story(3, BEGAN, wait=4.0, talk=None, end="platform", said=("TOLD",)),
        Story(4, BEGAN, wait=4.0, talk=None, end="platform"),
        Story(5, BEGAN, wait=4.0, talk=None, said=("CALLBACK_BOOKED",)),
        Story(6, BEGAN, wait=None, talk=None, said=("SELF_SERVED",)),
        Story(7, BEGAN, wait=1.0, talk=5.0, end="death"),
    ]
    (cel.folder / LIVE).write_bytes(file_of(stories))
    made.put(SOUND, 10_000)
    (file,) = cel.found()
    block, _ = cel.read(file, 0, 1024 * 1024)
    placed = tuple(PlacedEvent(file.segment, it.place, it.event) for it in block.events)
    await store(made.eye, Shipment(events=placed, places=(("cel", file.segment, block.end),)))
    await measure(made.eye, sound, datetime.now(UTC))
    yield made
    await made.eye.close()


async def test_what_agrees_is_counted_from_both_sides(site: Site) -> None:
    found = await site.check()
    assert found.mismatches == []
    assert (found.calls_by_events, found.calls_by_records, found.calls_open) == (7, 7, 1)
    assert (found.answered_by_events, found.answered_by_records) == (1, 1)
    assert (found.recordings_by_events, found.recordings_by_rows, found.files) == (1, 1, 1)
    assert found.events_in_files == await site.eye.fetchval("SELECT count(*) FROM seats.cel_events")


TAMPERED = [
    (Kind.EVENT_NOT_STORED, "DELETE FROM seats.cel_events WHERE type = 'APP_END'"),
    (Kind.EVENT_DIFFERS, "UPDATE seats.cel_events SET caller_number = '1' WHERE place = 0"),
    (Kind.LINE_UNREADABLE, "INSERT INTO core.unreadable_lines VALUES ('cel', 's', 0, '', 't', now() - '1m'::interval)"),
    (Kind.CALL_WITHOUT_RECORD, "DELETE FROM seats.calls WHERE outcome = 'failed'"),
    (Kind.RECORD_WITHOUT_CALL, "UPDATE seats.cel_events SET linkedid = 'gone' WHERE linkedid LIKE '%.1'"),
    (Kind.CALL_NOT_TOLD, "UPDATE seats.open_calls SET trouble = 'KeyError'"),
    (Kind.OUTCOME_DIFFERS, "UPDATE seats.calls SET outcome = 'abandoned_in_menu' WHERE outcome = 'abandoned_in_queue'"),
    (Kind.LEGS_DIFFER, "DELETE FROM seats.legs WHERE role = 'seat' AND linkedid LIKE '%.1'"),
    (Kind.SEAT_DIFFERS, "UPDATE seats.calls SET answered_by = '3790002' WHERE outcome = 'answered'"),
    (Kind.TIMES_DISAGREE, "UPDATE seats.calls SET wait_ms = wait_ms + 1000 WHERE outcome = 'answered'"),
    (Kind.TIMES_DISAGREE, "UPDATE seats.calls SET talk_ms = talk_ms + 1000 WHERE outcome = 'answered'"),
    (Kind.TIMES_DISAGREE, "UPDATE seats.calls SET answered_at = started_at - interval '1s' WHERE outcome = 'answered'"),
    (Kind.RECORDING_WITHOUT_ROW, "DELETE FROM seats.recordings"),
    (Kind.RECORDING_WITHOUT_EVENT, "UPDATE seats.recordings SET id = '00000000-0000-0000-0000-000000000002'"),
    (Kind.RECORDING_NOT_MEASURED, "UPDATE seats.recordings SET state = 'pending'"),
    (Kind.RECORDING_MISSING, "UPDATE seats.recordings SET state = 'missing'"),
    (Kind.RECORDING_SHORT, "UPDATE seats.recordings SET state = 'short'"),
    (Kind.RECORDING_SIZE_DIFFERS, "UPDATE seats.recordings SET bytes = bytes + 1"),
    (Kind.FILE_WITHOUT_ROW, "UPDATE seats.recordings SET state = 'removed'"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "statement"), TAMPERED)
async def test_rows_that_were_tampered_with_are_found(site: Site, kind: Kind, statement: str) -> None:
    assert await site.eye.execute(statement) != "UPDATE 0"
    assert kind in await site.kinds()


async def test_files_that_were_tampered_with_are_found(site: Site) -> None:
    site.sound.path(SOUND).unlink()
    assert await site.kinds() == {Kind.RECORDING_MISSING}
    site.put(SOUND, 9_999)
    assert await site.kinds() == {Kind.RECORDING_SIZE_DIFFERS}
    site.put(SOUND, 10_000)
    site.sound.folder.chmod(0o755)
    assert await site.kinds() == {Kind.FOLDER_OPEN}
    site.sound.folder.chmod(FOLDER_MODE)
    (site.sound.folder / "13803710000.wav").write_bytes(b"x")
    assert await site.kinds() == {Kind.FILE_WITHOUT_ROW}
    (site.sound.folder / "13803710000.wav").unlink()
    with (site.cel.folder / LIVE).open("ab") as file:
        file.write(file_of([Story(8, BEGAN)]))
    found = await site.check()
    assert found.mismatches == []
    assert found.events_waiting > 0


def test_every_kind_is_tried() -> None:
    by_file = {Kind.FOLDER_OPEN}
    assert {kind for kind, _ in TAMPERED} | by_file == set(Kind)


async def test_a_recording_that_lacks_sound_is_told_from_one_nobody_spoke_in(site: Site) -> None:
    await site.eye.execute("UPDATE seats.recordings SET state = 'pending'")
    site.put(SOUND, 3_000)
    await measure(site.eye, site.sound, datetime.now(UTC))
    assert await site.kinds() == {Kind.RECORDING_SHORT}
    await site.eye.execute("UPDATE seats.recordings SET state = 'pending', expected_ms = 0")
    site.put(SOUND, 0)
    await measure(site.eye, site.sound, datetime.now(UTC))
    assert await site.kinds() == set()
    assert site.sound.size(SOUND) is None, "nothing was said: the file is gone"


def test_the_command_lists_differences_and_fails(
    site: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(cli.main, ["check"]) == 0
    assert "没有差异" in capsys.readouterr().out
    site.sound.path(SOUND).unlink()
    assert run(cli.main, ["check", "--json"]) == EXIT_CHECK_FAILED
    found = json.loads(capsys.readouterr().out)
    assert [(it["kind"], it["subject"]) for it in found["mismatches"]] == [("recording_missing", SOUND)]
    assert run(cli.main, ["check"]) == EXIT_CHECK_FAILED
    assert "recording_missing" in capsys.readouterr().out
