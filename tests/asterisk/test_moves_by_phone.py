"""A seat moves its call by its phone's own keys, across three cities: heard at every ear, and one record each."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.db import engine
from core.ids import LinkedId
from seats.records.checker import Checker
from seats.records.files import CelFiles
from seats.records.record import CallRecord, EndedBy, MoveHow, MoveResult, Outcome, Role
from seats.records.recording import RecordingFiles
from seats.records.store import call_record
from sim.crew import Crew
from sim.errors import PhoneError
from tests.asterisk.conftest import Telephony, until
from tests.fakes.shipper_process import ShipperProcess
from tests.fakes.supervised import CALLER, OTHER, SEAT, SUPERVISOR, Cast

HOME, AWAY, THIRD = "3730001", "3790001", "3710001"
ASKING = SUPERVISOR
"""The seat's second line speaks with the voice of that role."""
HOSTILE = ("500&PJSIP/3790001", "3799999", "0371", "12366", "s", "%2A11", "9999")


@pytest.fixture
async def cast(telephony: Telephony, tmp_path: Path) -> AsyncIterator[Cast]:
    async with Crew(tmp_path, ("X-Hotline-Call", "X-Hotline-Area")) as crew:
        yield Cast(telephony, crew, tmp_path)
        await asyncio.to_thread(telephony.console, "channel request hangup all")
    await asyncio.to_thread(until, lambda: telephony.channels() == 0)


async def talking(cast: Cast, *others: str) -> LinkedId:
    """A caller of 新乡 and their seat; the call's name."""
    for number in (HOME, *others):
        await cast.register(number)
    caller = await cast.call()
    seat = await cast.answer(HOME, SEAT)
    assert await cast.crew.until(lambda: caller.up, 30)
    await cast.talk(CALLER)
    return LinkedId(str(seat.header("X-Hotline-Call")))


async def pass_on(cast: Cast, telephony: Telephony, to: str) -> None:
    """REFER, as a phone's transfer key sends it."""
    sip = telephony.settings.sip
    await cast.legs[SEAT].do("transfer", address=f"sip:{to}@{sip.host}:{sip.port}")


async def ask(cast: Cast, to: str) -> None:
    """Hold, and a call of the seat's second line."""
    await cast.legs[SEAT].do("hold")
    cast.legs[ASKING] = await cast.phone(HOME).dial(to)


async def stored(shipper: ShipperProcess, call: LinkedId) -> CallRecord:
    """The call's record, once it is there."""
    await shipper.until(f"SELECT count(*) FROM seats.calls WHERE linkedid = '{call}'", 1)  # noqa: S608
    return await call_record(shipper.settings.db.dsn, call)


async def test_three_cities_one_call(cast: Cast, telephony: Telephony, shipper: ShipperProcess) -> None:
    began = SystemClock().now()
    call = await talking(cast, AWAY, THIRD)
    since = time.monotonic()
    await pass_on(cast, telephony, AWAY)
    second = await cast.answer(AWAY, OTHER)
    assert (second.header("X-Hotline-Call"), second.header("X-Hotline-Area")) == (call, "新乡")
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})
    assert cast.gap(CALLER, since, time.monotonic()) < 1.5
    # That seat asks a third city, which takes over.
    cast.legs[SEAT] = second
    await second.do("hold")
    cast.legs[ASKING] = await cast.phone(AWAY).dial(THIRD)
    third = await cast.answer(THIRD, OTHER)
    assert (third.header("X-Hotline-Call"), third.header("X-Hotline-Area")) == (call, "新乡")
    await cast.crew.until(lambda: cast.legs[ASKING].up, 30)
    await cast.talk(ASKING)
    await cast.hears({OTHER: {ASKING}, CALLER: set()})
    since = time.monotonic()
    await second.do("attended_transfer", consult=cast.legs[ASKING].name)
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})
    assert cast.gap(CALLER, since, time.monotonic()) < 1.5
    await third.hang_up()
    assert await cast.crew.until(lambda: cast.legs[CALLER].over, 30)
    record = await stored(shipper, call)
    assert (record.outcome, record.answered_by, record.ended_by) == (Outcome.ANSWERED, HOME, EndedBy.SEAT)
    assert [(leg.role, leg.seat) for leg in record.legs] == [
        (Role.CALLER, None),
        (Role.SEAT, HOME),
        (Role.SEAT, AWAY),
        (Role.CONSULT, AWAY),
        (Role.SEAT, THIRD),
    ]
    assert [(move.how, move.seat, move.target, move.result, move.taken_by) for move in record.moves] == [
        (MoveHow.BLIND, HOME, AWAY, MoveResult.TAKEN, AWAY),
        (MoveHow.ATTENDED, AWAY, THIRD, MoveResult.TAKEN, THIRD),
    ]
    handled = [leg.caller_ms for leg in record.legs if leg.role is Role.SEAT]
    assert all(handled)
    assert record.talk_ms == pytest.approx(sum(handled), abs=50)
    # The consultation is no call of its own, in no table.
    assert await shipper.stored(f"SELECT count(*) FROM seats.made_for WHERE call = '{call}'") == 1  # noqa: S608
    consult = f"SELECT linkedid FROM seats.made_for WHERE call = '{call}'"  # noqa: S608
    for table in ("calls", "open_calls"):
        assert await shipper.stored(f"SELECT count(*) FROM seats.{table} WHERE linkedid IN ({consult})") == 0  # noqa: S608
    assert await disagreements(shipper, began) == []


async def disagreements(shipper: ShipperProcess, since: datetime) -> list[object]:
    """What `hotline records check` finds in calls since then: those of other tests lie in the same files, and their
    recordings nowhere any more."""
    clock = SystemClock()
    now = clock.now()
    database = engine(shipper.settings.db.dsn, application="test")
    try:
        paths = shipper.settings.paths
        checker = Checker(database, CelFiles(paths.cel, clock), RecordingFiles(paths.recordings))
        found = await checker.check(since, now + timedelta(minutes=1), now)
        return [it for it in found.mismatches if not it.kind.startswith(("recording", "folder", "file"))]
    finally:
        await database.dispose()


async def test_nobody_takes_it_back_to_the_seat_then_to_the_queue(cast: Cast, telephony: Telephony) -> None:
    await talking(cast, "3730002")
    # Away: never registered. The seat who gave it is rung again, and told why.
    await pass_on(cast, telephony, AWAY)
    again = await cast.crew.until(lambda: (leg := cast.rings(HOME)) and leg is not cast.legs[SEAT] and leg, 30)
    assert again, "the seat was not rung again"
    assert "转接未成功" in str(again.name_shown)
    await again.do("decline")
    # Not taken there either: the head of the caller's own queue, where the other seat of 新乡 is free.
    await cast.answer("3730002", OTHER)
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})


async def test_a_consultation_refused_leaves_the_caller_with_the_seat(cast: Cast, telephony: Telephony) -> None:
    await talking(cast, AWAY)
    for bad in HOSTILE:
        with pytest.raises(PhoneError, match=r"40[04]"):
            await pass_on(cast, telephony, bad)
    assert await asyncio.to_thread(telephony.channels) == 2
    await ask(cast, AWAY)
    asked = await cast.crew.until(lambda: cast.rings(AWAY), 30)
    await asked.do("decline")
    assert await cast.crew.until(lambda: cast.legs[ASKING].over, 30)
    await cast.legs[SEAT].do("resume")
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}})
    # A seat without a caller asks nobody.
    await cast.legs[CALLER].hang_up()
    assert await cast.crew.until(lambda: cast.legs[SEAT].over, 30)
    alone = await cast.phone(HOME).dial(AWAY)
    assert await cast.crew.until(lambda: alone.over, 30)
    assert cast.rings(AWAY) is None
