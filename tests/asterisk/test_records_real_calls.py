"""Real calls, the real shipper killed in between: Asterisk's own file and our rows tell of the same calls."""

import asyncio

from seats.records.record import EndedBy, Outcome
from seats.records.store import latest
from tests.asterisk.conftest import Telephony, until
from tests.fakes.shipper_process import ShipperProcess
from tests.fakes.sipp import Stage

CALLS = 8
LINKEDID, UNIQUEID, TYPE = 14, 13, 0


def test_every_call_asterisk_knows_is_one_row(telephony: Telephony, stage: Stage, shipper: ShipperProcess) -> None:
    known = {row[LINKEDID] for row in telephony.events()}
    stage.seat("3730001", telephony.secrets.seat("3730001"))
    stage.seat("3730002", telephony.secrets.seat("3730002"))
    callers = []
    for number in range(CALLS):
        callers.append(stage.call(f"<sip:0373512345{number}@127.0.0.2>", stay=3.0))
        until(lambda: len({row[LINKEDID] for row in telephony.events()} - known) == len(callers), 30)
        if number % 3 == 1:
            shipper.kill()
            shipper.start()
    until(lambda: telephony.channels() == 0, 60)
    ended = {row[LINKEDID] for row in telephony.events() if row[TYPE] == "LINKEDID_END"} - known
    assert len(ended) == CALLS
    asyncio.run(shipper.until_told(ended))
    rows = asyncio.run(latest(shipper.settings.db.dsn, 1000))
    ours = [call for call in rows if call.linkedid in ended]
    assert sorted(call.linkedid for call in ours) == sorted(ended)
    assert {(call.area, call.queue) for call in ours} == {("xinxiang", "xinxiang")}
    assert all(call.decision is not None for call in ours)
    assert asyncio.run(shipper.stored("SELECT count(*) FROM seats.cel_events")) == len(telephony.events())
    for call in ours:
        channels = {row[UNIQUEID] for row in telephony.events() if row[LINKEDID] == call.linkedid}
        assert {leg.uniqueid for leg in call.legs} == channels
    answered = [call for call in ours if call.outcome is Outcome.ANSWERED]
    assert answered
    assert {call.answered_by for call in answered} <= {"3730001", "3730002"}
    assert {call.outcome for call in ours} <= {Outcome.ANSWERED, Outcome.ABANDONED_IN_QUEUE}
    assert {call.ended_by for call in ours} == {EndedBy.CALLER}
