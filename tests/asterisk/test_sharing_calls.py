"""Seats lent between cities of a real Asterisk: at once, never the reserve; and to everybody without our service."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.ids import AreaId, SeatNumber
from core.journal import Journal, JournalReader
from core.settings import environment_of
from seats.ami import AmiClient
from seats.live.live import Live
from seats.live.model import SeatState
from seats.sharing.lending import Lending
from seats.sharing.plan import default
from seats.sharing.will import DUE_IN, Will
from tests.asterisk.conftest import Telephony, until
from tests.asterisk.test_live_picture import commanding, eventually, watching
from tests.fakes.sipp import Player, Stage

XINXIANG, HEBI, HENAN, ZHENGZHOU, GONGYI = map(AreaId, ("xinxiang", "hebi", "henan", "zhengzhou", "gongyi"))
MOST = 30.0
"""Seconds until a seat rings on a slow machine."""
LOOKED_AT = 2.0
"""Seconds in which a free seat would have rung: `app_queue` tries again every second."""


def caller(last: int, area: str = "0373") -> str:
    return f"<sip:{area}512345{last}@127.0.0.2>"


@pytest.fixture
def seat(telephony: Telephony, stage: Stage) -> Callable[[str], Player]:
    return lambda number: stage.seat(number, telephony.secrets.seat(number))


@asynccontextmanager
async def lending(telephony: Telephony) -> AsyncIterator[tuple[Lending, AmiClient, Live]]:
    """Sharing of this Asterisk, and the beat that says that it lives."""
    async with watching(telephony, compare_every=3600) as live, commanding(telephony) as commander:
        journal = Journal(telephony.settings.paths.journal, SystemClock())
        made = Lending(live, commander, default(telephony.tree), SystemClock(), journal)
        beating = asyncio.create_task(_beat(commander))
        await made.start()
        await live.compare()
        await eventually(lambda: made.pauses.tally["closed"] and made.pauses.open == set(made.offered))
        try:
            yield made, commander, live
        finally:
            await made.close()
            beating.cancel()
            await commander.action("Setvar", {"Variable": "HOTLINE_BEAT", "Value": ""})
            journal.close()


async def _beat(commander: AmiClient) -> None:
    while True:
        now = SystemClock().now().timestamp()
        await commander.action("Setvar", {"Variable": "HOTLINE_BEAT", "Value": str(int(now))})
        await asyncio.sleep(1)


def chosen(telephony: Telephony) -> list[tuple[str, str, str]]:
    facts = [fact for fact in JournalReader(telephony.settings.paths.journal) if fact.kind == "seat_chosen"]
    return [(fact.fields["queue"], fact.fields["seat"], fact.fields["rule"]) for fact in facts]


def waiting(telephony: Telephony, queue: str) -> int:
    """Callers in the queue, those whose seat is ringing among them."""
    return telephony.console(f"queue show {queue}").count("PJSIP/trunk")


def queued_to_rung(telephony: Telephony, queue: str, number: str) -> float | None:
    """Seconds from joining the queue to the INVITE at that seat, by Asterisk's own events once in the file."""
    rows = [row for row in telephony.events() if row[0] in {"APP_START", "CHAN_START"}]
    rang = [float(row[1]) for row in rows if row[0] == "CHAN_START" and row[9].startswith(f"PJSIP/{number}-")]
    joined = [float(row[1]) for row in rows if row[0] == "APP_START" and row[11].startswith(f"{queue},")]
    return rang[-1] - joined[-1] if rang and joined and rang[-1] > joined[-1] else None


async def test_the_pair_lends_at_once_but_its_reserve_then_the_province_then_nobody(
    telephony: Telephony, stage: Stage, seat: Callable[[str], Player]
) -> None:
    home, first, second, province = [
        await asyncio.to_thread(seat, number) for number in ("3730001", "3920001", "3920002", "3719001")
    ]
    async with lending(telephony) as (made, _, live):
        await eventually(lambda: made.floor.free(HEBI) == 2 and made.floor.free(XINXIANG) == 1)
        assert not [pair for pair in made.pauses.open if pair[0] in {XINXIANG, HEBI}]
        before = len(chosen(telephony))
        stage.call(caller(1), stay=60)
        await eventually(lambda: home.rang, MOST)
        await eventually(lambda: len([pair for pair in made.pauses.open if pair[0] == XINXIANG]) == 1)
        (ahead,) = [pair[1] for pair in made.pauses.open if pair[0] == XINXIANG]
        helper, kept = (first, second) if ahead == "3920001" else (second, first)
        stage.call(caller(2), stay=60)
        await eventually(lambda: helper.rang, MOST)
        took = await eventually(lambda: queued_to_rung(telephony, "xinxiang", ahead))
        assert took < 0.9, "at once: not when app_queue looks again, after a second"
        assert helper.rang[0].area == "新乡"
        assert helper.rang[0].sender.startswith('"新乡 03735123452"')
        await eventually(lambda: (XINXIANG, "3719001") in made.pauses.open)
        stage.call(caller(3), stay=60)
        await eventually(lambda: province.rang, MOST)
        stage.call(caller(4), stay=60)
        await eventually(lambda: live.picture.areas[XINXIANG].waiting == 1, MOST)
        waits_since = time.monotonic()
        # Its own caller has the seat that waited for them, at once, while the other's caller goes on waiting.
        await eventually(lambda: time.monotonic() - waits_since > LOOKED_AT)
        assert not kept.rang
        stage.call(caller(5, "0392"), stay=60)
        await eventually(lambda: kept.rang, MOST)
        assert kept.rang[0].area == "鹤壁"
        rules = await eventually(lambda: len(found := chosen(telephony)[before:]) == 4 and found)
        assert [rule for _, _, rule in rules] == ["home", "pair", "province", "home"]
        assert [queue for queue, _, _ in rules] == ["xinxiang", "xinxiang", "xinxiang", "hebi"]
        calls = {call.number: call for call in live.picture.calls.values()}
        (ring,) = made.rings(calls["03735123452"].linkedid)
        assert ring.why == "新乡无空闲座席，结对的鹤壁可支援 1 席（空闲 2，保留 1）"
        expected = re.compile(r"HOTLINE_WAIT_xinxiang=[1-9]")
        await eventually(lambda: expected.search(telephony.console("dialplan show globals")))


async def test_a_county_without_seats_is_answered_by_its_city(
    telephony: Telephony, stage: Stage, seat: Callable[[str], Player]
) -> None:
    one, two = [await asyncio.to_thread(seat, number) for number in ("3710001", "3710002")]
    async with lending(telephony) as (made, _, _live):
        await eventually(lambda: [pair for pair in made.pauses.open if pair[0] == GONGYI])
        before = len(chosen(telephony))
        stage.call("<sip:037164012345@127.0.0.2>", stay=30)
        await eventually(lambda: one.rang or two.rang, MOST)
        rang = (one.rang or two.rang)[0]
        assert rang.area == "巩义"
        (ring,) = await eventually(lambda: chosen(telephony)[before:], MOST)
        assert ring[2] == "parent"


async def test_a_picture_that_was_lost_is_made_good(
    telephony: Telephony, stage: Stage, seat: Callable[[str], Player]
) -> None:
    await asyncio.to_thread(seat, "3920001")
    async with lending(telephony) as (made, commander, live):
        await eventually(lambda: made.floor.free(HEBI))
        every = {"Interface": "PJSIP/3920001", "Paused": "false"}
        await commander.action("QueuePause", every)
        await eventually(lambda: made.pauses.open == set(made.offered) and made.pauses.tally["closed"])
        made.pauses.open.clear()
        await live.compare()
        await eventually(lambda: made.pauses.open == set(made.offered))
        # Pauses do not look like the seat's own.
        seat_now = live.picture.seats[SeatNumber("3920001")]
        assert (seat_now.state, seat_now.reason) == (SeatState.READY, None)
        # A pause of ours that has become the seat's own queue's (its desk moved to another city) is ended.
        await commander.action(
            "QueuePause", {"Queue": HEBI, "Interface": "PJSIP/3920001", "Paused": "true", "Reason": "not_lent"}
        )
        await eventually(lambda: not made.floor.free(HEBI))
        await live.compare()
        await eventually(lambda: made.floor.free(HEBI))


async def as_before(telephony: Telephony) -> None:
    """What the killed service left."""
    Will(spool(telephony)).withdraw()
    async with commanding(telephony) as commander:
        await commander.action("Setvar", {"Variable": "HOTLINE_BEAT", "Value": ""})
        for each in telephony.seats:
            await commander.action("QueuePause", {"Interface": f"PJSIP/{each.number}", "Paused": "false"})


def spool(telephony: Telephony) -> Path:
    return telephony.settings.paths.asterisk / "spool"


@contextmanager
def process(telephony: Telephony) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.sharing_process"],
        env={**os.environ, **environment_of(telephony.settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == b"lending\n"
        yield running
    finally:
        running.kill()
        running.wait()


def test_without_our_service_everybody_helps_but_who_pauses(
    telephony: Telephony, stage: Stage, seat: Callable[[str], Player]
) -> None:
    home, one, two = seat("3730001"), seat("3920001"), seat("3920002")
    try:
        with process(telephony) as running:
            stage.call(caller(6), stay=60)
            until(lambda: home.rang, MOST)
            telephony.console("queue pause member PJSIP/3920002")
            until(
                lambda: (
                    "3920002) with penalty 1 (ringinuse disabled) (paused" in telephony.console("queue show xinxiang")
                )
            )
            running.kill()
        # Ten seconds later the beat is too old; nobody waits for them here.
        telephony.console("dialplan set global HOTLINE_BEAT 1")
        for last in (7, 8):
            stage.call(caller(last), stay=60)
        until(lambda: one.rang, MOST)
        assert not two.rang
    finally:
        asyncio.run(as_before(telephony))


def test_who_waits_already_is_helped_some_seconds_after_our_service_has_gone(
    telephony: Telephony, stage: Stage, seat: Callable[[str], Player]
) -> None:
    home, one, two = seat("3730001"), seat("3920001"), seat("3920002")
    try:
        with process(telephony) as running:
            until(lambda: list((spool(telephony) / "outgoing").iterdir()), MOST)
            stage.call(caller(6), stay=60)
            until(lambda: home.rang, MOST)
            stage.call(caller(7), stay=60)
            until(lambda: one.rang or two.rang, MOST)
            kept = two if one.rang else one
            until(lambda: waiting(telephony, "xinxiang") == 0, MOST)
            # The reserve is kept from this one, who waits in the queue when the service dies.
            stage.call(caller(8), stay=60)
            until(lambda: waiting(telephony, "xinxiang") == 1, MOST)
            assert not kept.rang
            running.kill()
        telephony.console("dialplan set global HOTLINE_BEAT 1")
        # What it put off last is due: not waited for here.
        Will(spool(telephony)).put_off(SystemClock().now().timestamp() - DUE_IN)
        until(lambda: kept.rang, MOST)
        assert kept.rang[0].area == "新乡"
    finally:
        asyncio.run(as_before(telephony))
