"""The live picture of a real Asterisk: it says what happens, and after a hundred cuts under load nothing is wrong."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from statistics import median
from typing import TypeVar

import pytest

from core.clock import SystemClock
from core.ids import AreaId, SeatNumber
from seats.ami import AmiClient, AmiLogin
from seats.live.live import Live
from seats.live.model import CallState, LiveCall, SeatState
from seats.live.today import Offered
from seats.roster.seat import Seat
from tests.asterisk.conftest import Telephony
from tests.fakes.cutting_proxy import CuttingProxy
from tests.fakes.sipp import Player, Stage

CUTS = 100
XINXIANG, LUOYANG = AreaId("xinxiang"), AreaId("luoyang")
HOME = SeatNumber("3730001")
LANDLINE = "<sip:03735123456@127.0.0.2>"
Value = TypeVar("Value")


async def eventually(wanted: Callable[[], Value], seconds: float = 30) -> Value:
    """The first true value of `wanted()`, while everything else goes on."""
    seen: object = None
    try:
        async with asyncio.timeout(seconds):
            while not (value := wanted()):
                seen = value
                await asyncio.sleep(0.01)
            return value
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s, last {seen!r}") from None


@asynccontextmanager
async def watching(telephony: Telephony, port: int | None = None, *, compare_every: float = 60) -> AsyncIterator[Live]:
    """A picture kept up, its first snapshot taken."""

    async def roster() -> Sequence[Seat]:
        return telephony.seats

    async def offered(_since: datetime) -> Sequence[Offered]:
        return ()

    login = AmiLogin("127.0.0.1", port or telephony.settings.ami.port, "reader", telephony.secrets.ami_reader)
    live = Live(login, telephony.tree, SystemClock(), roster=roster, offered=offered, compare_every=compare_every)
    await live.start()
    try:
        await eventually(lambda: live.picture.stale_since is None)
        yield live
    finally:
        await live.close()


@asynccontextmanager
async def commanding(telephony: Telephony) -> AsyncIterator[AmiClient]:
    login = AmiLogin("127.0.0.1", telephony.settings.ami.port, "commander", telephony.secrets.ami_commander)
    client = AmiClient(login)
    await client.start()
    try:
        await client.wait_connected(30)
        yield client
    finally:
        await client.close()


def only(live: Live) -> LiveCall | None:
    calls = list(live.picture.calls.values())
    return calls[0] if len(calls) == 1 else None


def in_state(live: Live, state: CallState) -> Callable[[], LiveCall | None]:
    def look() -> LiveCall | None:
        call = only(live)
        return call if call is not None and call.state is state else None

    return look


async def register(telephony: Telephony, stage: Stage, *numbers: str, answer_after: float | None = 0.5) -> list[Player]:
    words = [(number, telephony.secrets.seat(number)) for number in numbers]
    return [await asyncio.to_thread(stage.seat, *pair, answer_after=answer_after) for pair in words]


async def test_the_picture_says_what_happens(telephony: Telephony, stage: Stage) -> None:
    async with watching(telephony) as live:

        def seat() -> SeatState:
            return live.picture.seats[HOME].state

        assert len(live.picture.seats) == len(telephony.seats)
        assert seat() is SeatState.OFFLINE
        (phone,) = await register(telephony, stage, HOME, answer_after=1.0)
        await eventually(lambda: seat() is SeatState.READY)
        caller = stage.call(LANDLINE, stay=3, hold=1.5)
        ringing = await eventually(in_state(live, CallState.RINGING))
        assert (ringing.area, ringing.reason, ringing.number) == (XINXIANG, "area-code", "03735123456")
        assert (ringing.queue, ringing.seat) == (XINXIANG, HOME)
        assert ringing.waiting_since is not None
        assert seat() is SeatState.RINGING
        assert live.picture.areas[XINXIANG].waiting == 1
        talking = await eventually(in_state(live, CallState.TALKING))
        assert (talking.linkedid, talking.queue, talking.waiting_since) == (ringing.linkedid, None, None)
        assert live.picture.seats[HOME].call == talking.linkedid
        assert live.picture.areas[XINXIANG].talking == 1
        await eventually(in_state(live, CallState.HELD))
        assert await settled_differences(live) == 0
        await eventually(in_state(live, CallState.TALKING))
        await eventually(lambda: not live.picture.calls)
        assert await asyncio.to_thread(caller.wait) == 0
        await eventually(lambda: seat() is SeatState.READY)
        row = live.picture.areas[XINXIANG]
        assert (row.offered_today, row.answered_today, row.answered_in_15_today) == (1, 1, 1)
        assert await settled_differences(live) == 0
        phone.stop()
        await asyncio.to_thread(stage.leave, HOME)
        await eventually(lambda: seat() is SeatState.OFFLINE)


async def test_nobody_answers_nobody_loses_the_caller_from_sight(telephony: Telephony, stage: Stage) -> None:
    async with watching(telephony) as live:
        await register(telephony, stage, HOME, answer_after=None)
        stage.call(LANDLINE, stay=3)
        await eventually(in_state(live, CallState.RINGING))
        await eventually(in_state(live, CallState.WAITING))
        await eventually(lambda: not live.picture.calls)
        assert live.picture.areas[XINXIANG].answered_today == 0
        assert live.picture.areas[XINXIANG].connect_rate_today == 0.0
        assert await settled_differences(live) == 0


async def test_a_pause_is_seen_with_its_reason(telephony: Telephony, stage: Stage) -> None:
    async with watching(telephony) as live, commanding(telephony) as commander:
        await register(telephony, stage, HOME)
        words = {"Interface": f"PJSIP/{HOME}", "Reason": "午餐"}
        await commander.action("QueuePause", {**words, "Paused": "true"})
        try:
            await eventually(lambda: live.picture.seats[HOME].state is SeatState.PAUSED)
            assert live.picture.seats[HOME].reason == "午餐"
            assert await settled_differences(live) == 0
        finally:
            await commander.action("QueuePause", {**words, "Paused": "false"})
        await eventually(lambda: live.picture.seats[HOME].state is SeatState.READY)


async def test_a_caller_moved_to_another_city_is_the_same_call(telephony: Telephony, stage: Stage) -> None:
    async with watching(telephony) as live, commanding(telephony) as commander:
        await register(telephony, stage, HOME, "3790001")
        stage.call(LANDLINE, stay=60)
        before = await eventually(in_state(live, CallState.TALKING))
        channel = before.channels[0].channel
        await commander.action("Setvar", {"Channel": channel, "Variable": "SUPERVISE_QUEUE", "Value": LUOYANG})
        where = {"Context": "supervise-move", "Exten": "s", "Priority": "1"}
        await commander.action("Redirect", {"Channel": channel, **where})

        def moved() -> LiveCall | None:
            call = in_state(live, CallState.TALKING)()
            return call if call is not None and call.seat == "3790001" else None

        after = await eventually(moved)
        assert after.linkedid == before.linkedid
        assert set(after.areas) == {XINXIANG, LUOYANG}
        assert live.picture.seats[HOME].state is SeatState.READY
        assert await settled_differences(live) == 0


async def test_a_lost_event_is_found_shown_and_mended(telephony: Telephony, stage: Stage) -> None:
    async with watching(telephony) as live:
        await register(telephony, stage, HOME)
        stage.call(LANDLINE, stay=60)
        call = await eventually(in_state(live, CallState.TALKING))
        ledger = live._board.ledger
        ghost = ledger.channels[call.channels[1].uniqueid]
        del ledger.channels[ghost.uniqueid]
        ledger.calls[call.linkedid].discard(ghost.uniqueid)
        ledger.desks[HOME].channels.clear()
        ledger.desks[HOME].away = True
        assert await live.compare() == 0
        assert not live.picture.differences
        assert await live.compare() == 2
        assert {(each.kind, each.mended) for each in live.picture.differences} == {
            ("missing_channel", True), ("seat", True),
        }  # fmt: skip
        assert live.picture.calls[call.linkedid].seat == HOME
        assert await settled_differences(live) == 0
        assert live.tally["found missing_channel"] == 1


async def test_a_hundred_cuts_under_load_leave_no_difference(telephony: Telephony, stage: Stage) -> None:
    dice = random.Random(12366)
    async with CuttingProxy(telephony.settings.ami.port) as proxy, watching(telephony, proxy.port) as live:
        await register(telephony, stage, HOME, "3730002", "3719001", "3719002", answer_after=0.1)
        stage.call("<sip:0373512345[call_number]@127.0.0.2>", calls=200, rate=5, at_once=20, stay=4)
        await eventually(lambda: live.calls_up > 15)
        took, clock = [], SystemClock()
        for cut in range(1, CUTS + 1):
            lost, at = live.losses, clock.monotonic()
            proxy.cut()
            await eventually(lambda lost=lost: live.losses > lost)  # type: ignore[misc]
            assert live.picture.stale_since is not None
            await eventually(lambda: live.picture.stale_since is None)
            took.append(clock.monotonic() - at)
            if cut % 10 == 0:
                assert await settled_differences(live) == 0
            await asyncio.sleep(dice.random() * 0.15)
        assert live.losses >= CUTS
        # The usual cut is bounded, not the slowest: Asterisk and two hundred calls share this machine.
        assert median(took) < 2
        assert live.picture.newest_event is not None
        assert await settled_differences(live) == 0
        assert not live.picture.differences


async def settled_differences(live: Live) -> int:
    """Differences that are still there when looked at twice: not those of an event on its way."""
    await live.compare()
    return await live.compare()


@pytest.mark.parametrize("how", ["cut", "silent"])
async def test_a_lost_link_says_since_when(telephony: Telephony, how: str) -> None:
    clock = SystemClock()
    async with CuttingProxy(telephony.settings.ami.port) as proxy, watching(telephony, proxy.port) as live:
        before = clock.now()
        if how == "cut":
            proxy.cut()
        else:
            proxy.silent = True
        since = await eventually(lambda: live.picture.stale_since)
        # The last sign of life, which came before the silence; not the moment it was noticed.
        assert -6 < (since - before).total_seconds() < 2
        proxy.silent = False
        await eventually(lambda: live.picture.stale_since is None)
