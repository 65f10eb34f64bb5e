"""Real calls of every ending, recorded and not: Asterisk's file, our rows and the recordings tell of the same calls."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.db import engine
from seats.accounts.scope import EVERYWHERE
from seats.records.checker import Checker, Findings
from seats.records.figures.store import StoredFigures
from seats.records.files import CelFiles
from seats.records.record import Outcome, RecordingState
from seats.records.recording import FOLDER_MODE, RecordingFiles
from seats.records.store import latest
from sim.first_calls import CallPlan, Plan, SeatPlan, first_calls
from tests.asterisk.conftest import Telephony, until
from tests.fakes.cel_count import calls_in, figures
from tests.fakes.shipper_process import ShipperProcess
from tests.fakes.sipp import Stage

RECORDED_SEAT, SEAT = "3920001", "3790001"


@pytest.fixture
def sound(telephony: Telephony) -> Iterator[RecordingFiles]:
    folder = telephony.settings.paths.recordings
    shutil.rmtree(folder, ignore_errors=True)  # what calls of other tests have left
    folder.mkdir(mode=FOLDER_MODE)
    yield RecordingFiles(folder)
    shutil.rmtree(folder)


def compared(telephony: Telephony, shipper: ShipperProcess, sound: RecordingFiles) -> Findings:
    """What the checker finds over everything this Asterisk has done so far."""

    async def check() -> Findings:
        database = engine(shipper.settings.db.dsn, application="test")
        try:
            checker = Checker(database, CelFiles(telephony.settings.paths.cel, SystemClock()), sound)
            now = datetime.now(UTC)
            return await checker.check(now - timedelta(hours=1), now, now)
        finally:
            await database.dispose()

    return asyncio.run(check())


def test_events_rows_and_recordings_agree(
    telephony: Telephony, stage: Stage, shipper: ShipperProcess, sound: RecordingFiles, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    port = telephony.settings.sip.port
    talker = SeatPlan(RECORDED_SEAT, telephony.secrets.seat(RECORDED_SEAT), "鹤壁")
    plan = Plan("127.0.0.1", port, (talker,), (CallPlan("call", "03923123456"),), hear_seconds=1.5)
    (result,) = asyncio.run(first_calls(plan, tmp_path))
    assert result.problems == []
    stage.seat(SEAT, telephony.secrets.seat(SEAT), answer_after=None)
    assert stage.call("<sip:03795123456@127.0.0.2>", stay=1.0).wait() == 0
    nobody = stage.call("<sip:03923123457@127.0.0.2>", hang_up=False)
    asked = stage.call("<sip:anonymous@anonymous.invalid>", stay=0.6)
    assert nobody.wait() == asked.wait() == 0
    until(lambda: telephony.channels() == 0)
    file = (telephony.settings.paths.cel / "hotline.csv").read_bytes()
    # Other tests' calls lie in the file too, and one that was moved may be one record of several linkedids.
    ended = {name: call for name, call in calls_in(file).items() if call.began >= began.timestamp()}
    asyncio.run(shipper.until_told(ended))
    asyncio.run(shipper.until("SELECT (count(*) FILTER (WHERE state = 'pending') = 0)::int FROM seats.recordings", 1))
    ours = [call for call in asyncio.run(latest(shipper.settings.db.dsn, 1000)) if call.started_at >= began]
    assert sorted(call.outcome for call in ours) == [
        Outcome.ABANDONED_IN_MENU,
        Outcome.ABANDONED_IN_QUEUE,
        Outcome.ANSWERED,
        Outcome.TOLD_AND_ENDED,
    ]
    states = {call.outcome: call.recordings[0].state for call in ours if call.recordings}
    assert states == {Outcome.ANSWERED: RecordingState.STORED, Outcome.TOLD_AND_ENDED: RecordingState.EMPTY}
    found = compared(telephony, shipper, sound)
    own = {call.linkedid for call in ours} | {it.id for call in ours for it in call.recordings}
    assert [it for it in found.mismatches if it.subject in own] == []
    assert found.calls_by_events == found.calls_by_records
    assert found.answered_by_events == found.answered_by_records

    async def asked_figures() -> int:
        database = engine(shipper.settings.db.dsn, application="test")
        try:
            stored = StoredFigures(database, telephony.tree)
            (whole,) = (
                row
                for row in await stored.figures(EVERYWHERE, since=began, until=datetime.now(UTC), by="area", area=None)
                if row.whole
            )
            (counted,) = figures(ended.values(), {}, "").values()
            for name in ("offered", "wanted", "queued", "answered", "abandoned", "short_abandoned", "answered_in_15"):
                assert getattr(whole, name) == counted[name], name
            return whole.offered
        finally:
            await database.dispose()

    assert asyncio.run(asked_figures()) == 4
