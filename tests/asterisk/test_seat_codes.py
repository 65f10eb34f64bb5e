"""Seats' codes dialled on real phones, with no program of ours running; and what becomes of a caller after a seat."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from seats.ami import AmiClient, AmiLogin
from sim.crew import Crew
from sim.handset import GoneError
from tests.asterisk.conftest import Telephony, until
from tests.fakes.supervised import CALLER, SEAT, Cast

ONE, TWO = "3730001", "3730002"


@pytest.fixture
async def cast(telephony: Telephony, tmp_path: Path) -> AsyncIterator[Cast]:
    async with Crew(tmp_path, ("X-Hotline-Call",)) as crew:
        yield Cast(telephony, crew, tmp_path)
        telephony.console("channel request hangup all")
    until(lambda: telephony.channels() == 0)


def paused(telephony: Telephony, seat: str, queue: str = "xinxiang") -> str | None:
    """The reason of the seat's pause; None when it is in the queue."""
    said = telephony.console(f"queue show {queue}")
    line = next((line for line in said.splitlines() if seat in line), said)
    found = re.search(r"\(paused(?::([a-z_]+))? was", line)
    return found.group(1) or "" if found else None


async def dial(cast: Cast, seat: str, code: str, keys: str = "") -> None:
    """The seat dials, keys behind the answer, and waits for the end."""
    leg = await cast.phone(seat).dial(code)
    if keys:
        assert await cast.crew.until(lambda: leg.up, 30)
        with contextlib.suppress(GoneError):
            await leg.do("keys", keys=keys, gap_ms=100)
    assert await cast.crew.until(lambda: leg.over, 40), f"{code} does not end"


async def end(telephony: Telephony, seat: str, cause: int) -> None:
    """End the seat's channel as Asterisk itself does when a phone has died."""
    ami = telephony.settings.ami
    client = AmiClient(AmiLogin(ami.host, ami.port, "commander", telephony.secrets.ami_commander, events="off"))
    await client.start()
    try:
        await client.wait_connected(30)
        channel = next(
            word for word in telephony.console("core show channels concise").split("!") if f"/{seat}-" in word
        )
        await client.action("Hangup", {"Channel": channel.split()[-1], "Cause": str(cause)})
    finally:
        await client.close()


async def test_codes_of_a_phone_pause_and_bring_back(telephony: Telephony, cast: Cast) -> None:
    await cast.register(ONE)
    before = len(telephony.told("SEAT_MOVE"))
    for code, reason in (("*131", "lunch"), ("*14", None), ("*12", "logged_out"), ("*11", None), ("*136", "other")):
        await dial(cast, ONE, code)
        assert paused(telephony, ONE) == reason, code
        assert paused(telephony, ONE, "henan") is None
    for hostile in ("*137", "*13", "*131*131", "*15", "*16", "*99", "*1"):
        await dial(cast, ONE, hostile)
        assert paused(telephony, ONE) == "other", hostile
    await dial(cast, ONE, "*14")
    assert paused(telephony, ONE) is None
    wanted = ["pause lunch", "ready None", "log_out logged_out", "log_in None", "pause other", "ready None"]
    until(lambda: [f"{told['move']} {told.get('reason')}" for told in telephony.told("SEAT_MOVE")[before:]] == wanted)


async def test_after_a_seat_hangs_up_the_caller_is_asked_and_let_go(telephony: Telephony, cast: Cast) -> None:
    await cast.register(ONE)
    caller = await cast.call()
    seat = await cast.answer(ONE, SEAT)
    before = len(telephony.told("AFTER_SEAT"))
    await seat.hang_up()
    assert await cast.crew.until(lambda: caller.over, 40)
    told = until(lambda: telephony.told("AFTER_SEAT")[before:])[0]
    assert told["lost"] is False
    assert told["cause"] in {16, 26}  # 26: `Queue(,C)` marks the seat's channel with it before it rings


async def test_a_caller_whose_seats_phone_died_is_told_and_goes_to_the_next(telephony: Telephony, cast: Cast) -> None:
    await cast.register(ONE)
    caller = await cast.call()
    seat = await cast.answer(ONE, SEAT)
    await cast.register(TWO)
    await cast.crew.until(lambda: caller.up, 30)
    await cast.talk(CALLER)
    before = len(telephony.told("AFTER_SEAT"))
    await end(telephony, ONE, 44)
    assert await cast.crew.until(lambda: seat.over, 30)
    await cast.answer(TWO, "other")
    assert until(lambda: telephony.told("AFTER_SEAT")[before:])[0] == {"cause": 44, "lost": True}
    assert not caller.over


async def test_without_our_service_a_call_ends_what_should_have_been_written_up(
    telephony: Telephony, cast: Cast
) -> None:
    await cast.register(ONE)
    # As a service that was killed left it: the seat writes up, and its time has passed.
    telephony.console(f"queue pause member PJSIP/{ONE} queue xinxiang reason wrap_up")
    telephony.console(f"dialplan set global HOTLINE_WRAP_{ONE} 1000")
    assert paused(telephony, ONE) == "wrap_up"
    caller = await cast.call()
    seat = await cast.answer(ONE, SEAT)
    assert paused(telephony, ONE) is None
    await seat.hang_up()
    await caller.hang_up()
    assert await cast.crew.until(lambda: caller.over, 30)
    assert paused(telephony, ONE) is None  # nobody there to end a new one


async def test_wrong_pins_close_the_way_in(telephony: Telephony, cast: Cast) -> None:
    await cast.register(ONE)
    telephony.console("dialplan set global HOTLINE_HOME_xinxiang home")
    telephony.console(f"queue pause member PJSIP/{ONE} queue xinxiang reason home")
    pin = telephony.secrets.pin(ONE)
    wrong = "".join(str((int(digit) + 1) % 10) for digit in pin)
    try:
        for _ in range(2):
            await dial(cast, ONE, "*14", wrong * 3)
        await dial(cast, ONE, "*17", pin)
        assert paused(telephony, ONE) == "home"
        told = [each for each in telephony.told("SEAT_PIN_WRONG") if each["seat"] == ONE]
        assert len(told) == 5
        telephony.console(f"dialplan set global HOTLINE_PIN_SHUT_{ONE} 1")  # a quarter of an hour later
        await dial(cast, ONE, "*17", pin)
        assert paused(telephony, ONE) is None
    finally:
        for name in ("HOTLINE_HOME_xinxiang", f"HOTLINE_PIN_SHUT_{ONE}", f"HOTLINE_PROVED_{ONE}"):
            telephony.console(f'dialplan set global {name} ""')
        telephony.console(f"queue unpause member PJSIP/{ONE}")
