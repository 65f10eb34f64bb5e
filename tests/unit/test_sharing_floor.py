"""Free seats and waiting callers kept step by step: always what one would count anew; and pauses wished and refused."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import AreaId, SeatNumber, UniqueId
from seats.ami import AmiGone
from seats.ami.link import Fields
from seats.ami.protocol import AmiResponse
from seats.live.model import SeatState
from seats.sharing.floor import AT_WORK, Floor
from seats.sharing.pauses import Pauses

LUOYANG, KAIFENG = AreaId("luoyang"), AreaId("kaifeng")
AREAS = (LUOYANG, KAIFENG)
SEATS = tuple(SeatNumber(f"{area}{number}") for area in AREAS for number in range(3))
CALLERS = tuple(UniqueId(f"{number}.1") for number in range(4))


def home(seat: SeatNumber) -> AreaId:
    return AreaId(seat.rstrip("0123456789"))


_STEP = st.one_of(
    st.tuples(st.just("seat"), st.sampled_from(SEATS), st.sampled_from(list(SeatState))),
    st.tuples(st.just("gone"), st.sampled_from(SEATS), st.none()),
    st.tuples(st.just("join"), st.sampled_from(CALLERS), st.sampled_from(AREAS)),
    st.tuples(st.just("left"), st.sampled_from(CALLERS), st.none()),
    st.tuples(st.just("ring"), st.sampled_from(SEATS), st.sampled_from(CALLERS)),
)


@settings(max_examples=150)
@given(st.lists(_STEP, max_size=40))
def test_the_floor_is_always_what_one_would_count(steps: list[tuple[str, str, object]]) -> None:
    floor = Floor(AREAS)
    states: dict[SeatNumber, SeatState] = {}
    queued: dict[UniqueId, AreaId] = {}
    rung: dict[SeatNumber, UniqueId] = {}
    for at, (what, who, how) in enumerate(steps):
        if what == "seat":
            seat, state = SeatNumber(who), SeatState(str(how))
            floor.seat_is(seat, home(seat), state, at)
            if states.get(seat) is not state and state is not SeatState.RINGING:
                rung.pop(seat, None)
            states[seat] = state
        elif what == "gone":
            floor.seat_is(SeatNumber(who), None, SeatState.OFFLINE, at)
            states.pop(SeatNumber(who), None)
            rung.pop(SeatNumber(who), None)
        elif what == "join":
            queued.pop(UniqueId(who), None)
            queued[UniqueId(who)] = AreaId(str(how))
            floor.callers.joined(UniqueId(who), AreaId(str(how)), at)
        elif what == "left":
            queued.pop(UniqueId(who), None)
            floor.callers.left(UniqueId(who))
        elif SeatNumber(who) in states:
            seat, caller = SeatNumber(who), UniqueId(str(how))
            floor.rings(seat, caller, queued.get(caller, LUOYANG))
            rung[seat] = caller
            if states[seat] is SeatState.READY:
                states[seat] = SeatState.RINGING
        view = floor.view()
        for area in AREAS:
            own = {seat: state for seat, state in states.items() if home(seat) == area}
            assert view[area].free == list(own.values()).count(SeatState.READY) == len(view[area].idle)
            assert view[area].staffed == sum(state in AT_WORK for state in own.values())
            waiting = [caller for caller, queue in queued.items() if queue == area]
            assert view[area].waiting == len([caller for caller in waiting if caller not in rung.values()])
            since = [idle.since for idle in view[area].idle]
            assert since == sorted(since)


def test_a_caller_nobody_answered_is_the_first_to_be_helped_again() -> None:
    floor = Floor(AREAS)
    floor.seat_is(SEATS[0], LUOYANG, SeatState.READY, 0.0)
    floor.callers.joined(CALLERS[0], LUOYANG, 10.0)
    floor.callers.joined(CALLERS[1], LUOYANG, 11.0)
    floor.rings(SEATS[0], CALLERS[0], LUOYANG)
    assert floor.view()[LUOYANG].waiting_since == 11.0
    floor.seat_is(SEATS[0], LUOYANG, SeatState.READY, 12.0)
    assert (floor.view()[LUOYANG].waiting, floor.view()[LUOYANG].waiting_since) == (2, 10.0)


def test_the_wait_is_told_from_the_calls_that_were_handled() -> None:
    floor = Floor(AREAS)
    assert floor.waits() == {LUOYANG: None, KAIFENG: None}
    for seat in SEATS[:2]:
        floor.seat_is(seat, LUOYANG, SeatState.READY, 0.0)
    assert floor.waits()[LUOYANG] == 0
    for seat in SEATS[:2]:
        floor.seat_is(seat, LUOYANG, SeatState.TALKING, 0.0)
        floor.seat_is(seat, LUOYANG, SeatState.WRAP_UP, 80.0)
        floor.seat_is(seat, LUOYANG, SeatState.READY, 100.0)
        floor.seat_is(seat, LUOYANG, SeatState.TALKING, 100.0)
    assert floor.waits()[LUOYANG] == 50
    floor.callers.joined(CALLERS[0], LUOYANG, 101.0)
    assert floor.waits()[LUOYANG] == 100
    # A seat of another city that has one of its callers ends calls for it too.
    floor.seat_is(SEATS[3], KAIFENG, SeatState.READY, 0.0)
    floor.rings(SEATS[3], CALLERS[1], LUOYANG)
    assert floor.waits()[LUOYANG] == 67


class Commander:
    """Notes what is asked of Asterisk; away when told."""

    def __init__(self) -> None:
        self.connected = True
        self.asked: list[tuple[str, str, str]] = []

    async def action(self, name: str, fields: Fields | None = None, *, deadline: float | None = None) -> AmiResponse:
        if not self.connected:
            raise AmiGone("away")
        words = fields or {}
        self.asked.append((str(words["Queue"]), str(words["Interface"]), str(words["Paused"])))
        return AmiResponse("Success", {})


PAIRS = [(LUOYANG, SEATS[3]), (LUOYANG, SEATS[4]), (KAIFENG, SEATS[0])]


async def test_what_is_taken_back_comes_before_what_is_lent() -> None:
    commander = Commander()
    pauses = Pauses(commander)
    pauses.told({PAIRS[0]: False, PAIRS[1]: True, PAIRS[2]: False})
    pauses.want([PAIRS[1], (LUOYANG, SeatNumber("nobody"))])
    await pauses.finish(1.0)
    assert [paused for _, _, paused in commander.asked] == ["true", "true", "false"]
    assert pauses.open == {PAIRS[1]}
    assert pauses.tally == {"opened": 1, "closed": 2, "failed": 0}
    commander.asked.clear()
    pauses.want([PAIRS[1]])
    await pauses.finish(1.0)
    assert not commander.asked


async def test_only_what_is_news_asks_for_a_look() -> None:
    pauses = Pauses(Commander())
    pauses.told({PAIRS[0]: True})
    assert not pauses.heard(PAIRS[0], paused=True)
    assert pauses.heard(PAIRS[0], paused=False)
    assert not pauses.heard(PAIRS[1], paused=False)
    pauses.wish(PAIRS[0], open_=False)
    assert not pauses.heard(PAIRS[0], paused=False)


async def test_without_a_commander_wishes_wait_for_asterisks_next_answer() -> None:
    commander = Commander()
    commander.connected = False
    pauses = Pauses(commander)
    acting = asyncio.create_task(pauses.keep_acting())
    truth = {PAIRS[0]: False}
    pauses.told(truth)
    pauses.want(())
    await _turns(5)
    assert not commander.asked
    commander.connected = True
    pauses.told(truth)
    pauses.want(())
    await _turns(20)
    assert commander.asked == [(LUOYANG, f"PJSIP/{SEATS[3]}", "true")]
    acting.cancel()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_seat_that_moves_to_another_area_is_free_there_alone(order: Sequence[int]) -> None:
    floor = Floor(AREAS)
    for index in order:
        floor.seat_is(SEATS[0], AREAS[index], SeatState.READY, float(index))
    last = AREAS[order[-1]]
    assert {area: floor.free(area) for area in AREAS} == {area: int(area == last) for area in AREAS}
