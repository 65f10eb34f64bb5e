"""The first calls against a bare Asterisk that is not ours: real SIP, real RTP, and failures told as they were."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import load
from ops.runtime.asterisk import obtained
from sim.first_calls import first_calls
from sim.first_plan import CallPlan, Plan, SeatPlan
from tests.fakes.bare_asterisk import SEATS, BareAsterisk, running

_AREAS = {"3710001": "郑州", "3730001": "新乡", "3790001": "洛阳"}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareAsterisk]:
    asterisk = obtained(load(os.environ).paths.cache, lambda *_: None)
    with running(tmp_path_factory.mktemp("bare"), asterisk.command, asterisk.modules, asterisk.share) as bare:
        yield bare


def plan(target: BareAsterisk, *calls: CallPlan) -> Plan:
    seats = tuple(SeatPlan(number, password, _AREAS[number]) for number, password in SEATS.items())
    return Plan(target.host, target.port, seats, calls, hear_seconds=1.5)


async def test_three_calls_reach_their_seats_and_both_sides_hear(target: BareAsterisk, tmp_path: Path) -> None:
    results = await first_calls(
        plan(
            target,
            CallPlan("mobile", "13803710000", "王女士", seats=("3710001",)),
            CallPlan("landline", "03733212345", seats=("3730001",)),
            CallPlan("withheld", "", seats=("3790001",), press="0379#", press_after=0.5),
        ),
        tmp_path,
    )
    assert [result.problems for result in results] == [[], [], []]
    mobile, landline, withheld = results
    assert (mobile.seat, landline.seat, withheld.seat) == ("3710001", "3730001", "3790001")
    assert (mobile.number_shown, mobile.name_shown) == ("13803710000", "王女士")
    assert len({result.call_id for result in results} - {""}) == 3
    assert all(result.caller_heard["seconds"] >= 1.5 and result.seat_heard["seconds"] >= 1.5 for result in results)
    assert all(result.setup_seconds is not None and 0.2 < result.setup_seconds < 10 for result in results)


async def test_a_call_that_lands_nowhere_says_so(target: BareAsterisk, tmp_path: Path) -> None:
    call = CallPlan("lost", "", press="0000#", press_after=0.5)
    (result,) = await first_calls(replace(plan(target, call), within=6.0), tmp_path)
    assert not result.ok
    assert "no seat answered within 6 s; the caller is ended:" in result.problems[0]


async def test_the_wrong_seat_and_number_are_named(target: BareAsterisk, tmp_path: Path) -> None:
    call = CallPlan("wrong", "13803710000", shows="3800000", seats=("3730001",))
    (result,) = await first_calls(plan(target, call), tmp_path)
    assert "seat 3710001 answered; expected one of 3730001" in result.problems
    assert "seat 3710001 was shown '13803710000' instead of 3800000" in result.problems
