"""Moves a seat asks for by API, on a real Asterisk: who hears whom at every ear, and rows before acts."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.ids import SeatNumber
from seats.accounts.user import User, member
from seats.ami import AmiClient, AmiLogin
from seats.live.model import CallState
from seats.roster.lost import OUT_OF_ORDER
from seats.supervision.act import ActResult
from seats.supervision.rules import Verb
from tests.asterisk.conftest import Telephony
from tests.fakes.centre import HOME, PHONE, SECOND, Centre, opened, seat, until
from tests.fakes.own_postgres import migrated
from tests.fakes.supervised import CALLER, OTHER, SEAT, SUPERVISOR

AWAY, EXPERT = "3790001", "3719003"
TOGETHER = {CALLER: {SEAT}, SEAT: {CALLER}}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@pytest.fixture
async def centre(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    async with opened(telephony, database, tmp_path) as running:
        yield running


@pytest.fixture
def own(telephony: Telephony) -> User:
    """The seat's own user: it may move its own call."""
    return member(telephony.tree, "ding", "seat", "xinxiang", HOME)


async def act(centre: Centre, user: User, verb: Verb, to: str = "") -> ActResult:
    return await centre.again(
        centre.supervisions.act, user, verb, seat(HOME, "xinxiang"), reason="", source="10.1.1.1", to=to
    )


async def test_hold_ask_and_hand_over(centre: Centre, own: User) -> None:
    cast = centre.cast
    await cast.register(AWAY)
    await centre.talking()
    await act(centre, own, Verb.HOLD)
    await cast.hears({CALLER: set(), SEAT: set()}, 3)
    await until(
        lambda: [(call.state, call.seat) for call in centre.live.picture.calls.values()] == [(CallState.HELD, HOME)]
    )
    await act(centre, own, Verb.UNHOLD)
    done = await act(centre, own, Verb.CONSULT, AWAY)
    assert (await centre.rows(done.id))[0].kind == "asked"
    await cast.answer(AWAY, OTHER)
    await cast.hears({OTHER: {SEAT}, SEAT: {OTHER}, CALLER: set()})
    await act(centre, own, Verb.CANCEL)
    await cast.hears(TOGETHER)
    assert cast.legs[OTHER].over
    await act(centre, own, Verb.CONSULT, AWAY)
    await cast.answer(AWAY, OTHER)
    since = time.monotonic()
    await act(centre, own, Verb.COMPLETE)
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})
    assert cast.gap(CALLER, since + 0.1, time.monotonic()) < 1
    assert await cast.crew.until(lambda: cast.legs[SEAT].over, 30)
    await cast.legs[OTHER].hang_up()
    assert await cast.crew.until(lambda: cast.legs[CALLER].over, 30)


@pytest.mark.parametrize("how", [Verb.TRANSFER, Verb.COMPLETE])
async def test_a_phone_that_dies_just_after_it_took_a_call_loses_no_caller(
    centre: Centre, own: User, how: Verb
) -> None:
    cast, ami = centre.cast, centre.telephony.settings.ami
    await cast.register(AWAY)
    linkedid = await centre.talking()
    await act(centre, own, Verb.TRANSFER if how is Verb.TRANSFER else Verb.CONSULT, AWAY)
    await cast.answer(AWAY, OTHER)
    if how is Verb.COMPLETE:
        await act(centre, own, Verb.COMPLETE)
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})
    first = cast.legs[SEAT]
    assert await cast.crew.until(lambda: first.over, 30)
    client = AmiClient(AmiLogin(ami.host, ami.port, "commander", centre.telephony.secrets.ami_commander, events="off"))
    await client.start()
    legs = centre.live.picture.calls[linkedid].channels
    (dead,) = (leg.channel for leg in legs if leg.seat == AWAY)
    await centre.again(client.action, "Hangup", {"Channel": dead, "Cause": str(OUT_OF_ORDER)})
    await client.close()
    again = await cast.answer(HOME, SEAT)
    assert again is not first
    assert again.header("X-Hotline-Call") == linkedid
    await cast.hears(TOGETHER)


async def test_a_phone_that_dies_while_its_caller_is_held_keeps_nobody_without_our_service(
    centre: Centre, own: User
) -> None:
    # Nobody of ours asks phones here: Asterisk does, every few seconds.
    cast = centre.cast
    linkedid = await centre.talking(alone=True)
    await act(centre, own, Verb.HOLD)
    await cast.hears({CALLER: set()}, 3)
    await cast.register(SECOND)
    await cast.phone(HOME).die()
    assert await cast.crew.until(lambda: cast.rings(SECOND), 40), "the caller is still held for a dead phone"
    again = await cast.answer(SECOND, OTHER)
    assert again.header("X-Hotline-Call") == linkedid
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})


async def test_a_third_rings_no_longer_than_there_is_a_talk_or_the_seat_wants_it(centre: Centre, own: User) -> None:
    cast = centre.cast
    await cast.register(AWAY)
    await centre.talking()
    for end in (Verb.CANCEL, None):
        await act(centre, own, Verb.THREEWAY, AWAY)
        ringing = await cast.crew.until(lambda: cast.rings(AWAY), 15)
        assert ringing
        if end is None:
            await cast.legs[CALLER].hang_up()
        else:
            await act(centre, own, end)
        assert await cast.crew.until(lambda leg=ringing: leg.over, 15), "it rings for nobody"


async def test_three_in_one_talk(centre: Centre, own: User) -> None:
    cast = centre.cast
    await cast.register(AWAY)
    await centre.talking()
    await act(centre, own, Verb.THREEWAY, AWAY)
    await cast.answer(AWAY, OTHER)
    await cast.hears({CALLER: {SEAT, OTHER}, SEAT: {CALLER, OTHER}, OTHER: {CALLER, SEAT}})
    await cast.legs[SEAT].hang_up()
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})


async def test_a_raised_hand_is_heard_by_the_seat_alone_or_by_both(centre: Centre, own: User) -> None:
    cast = centre.cast
    await cast.register(EXPERT)
    await centre.talking()
    await act(centre, own, Verb.ADVISER, "income")
    expert = await cast.answer(EXPERT, OTHER)
    assert HOME in str(expert.name_shown)
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER, OTHER}, OTHER: {CALLER, SEAT}})
    await expert.hang_up()
    # By keys in the call, which nobody hears: the province's support, as a third.
    await cast.legs[SEAT].do("keys", keys="*3", gap_ms=100)
    await cast.answer(EXPERT, OTHER)
    await cast.hears({CALLER: {SEAT, OTHER}, SEAT: {CALLER, OTHER}, OTHER: {CALLER, SEAT}})
    assert cast.legs[CALLER].keys == ""


async def test_a_listening_supervisor_follows_a_call_passed_on_by_refer(centre: Centre) -> None:
    cast, sip = centre.cast, centre.telephony.settings.sip
    await cast.register(AWAY)
    linkedid = await centre.talking()
    done = await centre.supervisions.act(
        centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="抽查", source="10.1.1.1"
    )
    await cast.answer(PHONE, SUPERVISOR)
    await cast.hears({SUPERVISOR: {CALLER, SEAT}})
    await cast.legs[SEAT].do("transfer", address=f"sip:{AWAY}@{sip.host}:{sip.port}")
    await cast.answer(AWAY, OTHER)
    await cast.hears({SUPERVISOR: {CALLER, OTHER}, CALLER: {OTHER}, OTHER: {CALLER}}, 15)
    told = [(str(row.kind), row.seat) for row in await centre.rows(done.id)]
    assert ("followed", AWAY) in told
    # The picture has one call, with the seat it is at.
    assert list(centre.live.picture.calls) == [linkedid] or {
        str(call.linkedid) for call in centre.live.picture.calls.values()
    } == {str(linkedid), done.id}
    assert centre.live.picture.calls[linkedid].seat == AWAY
    assert str(centre.live.picture.seats[SeatNumber(AWAY)].state) == "talking"
