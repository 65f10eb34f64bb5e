"""The fold: stories give the picture anybody would draw, whatever order, cut or repetition their events come in."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import AreaId, LinkedId, SeatNumber
from seats.live.compare import differences, mending
from seats.live.model import CallState, SeatState
from seats.live.translate import changes_of
from tests.fakes.exchange import Exchange, Party
from tests.fakes.live_story import VERBS, Step, board, exchange, fold, moment, play, settled, shown, timeless

STEPS = st.lists(st.builds(Step, st.sampled_from(VERBS), st.tuples(*[st.integers(0, 11)] * 3)), min_size=5, max_size=40)
ZHENGZHOU = AreaId("zhengzhou")


def talking(on: Exchange, seat: str = "3710001") -> Party:
    party = on.arrive("13803710000")
    on.decide(party, "zhengzhou", "segment")
    on.join(party, "zhengzhou")
    on.ring(party, seat)
    on.answer(party)
    return party


def test_a_call_from_arrival_to_its_end() -> None:
    on, made = exchange(), board()
    party = on.arrive("13803710000")
    linkedid = LinkedId(party.caller.linkedid)

    def look() -> tuple[CallState, AreaId | None, str | None, SeatState]:
        fold(made, on.told)
        picture = settled(made, on.now)
        call = picture.calls[linkedid]
        return call.state, call.area, call.seat, picture.seats[SeatNumber("3710001")].state

    assert look() == (CallState.MENU, None, None, SeatState.READY)
    on.decide(party, "zhengzhou", "segment")
    assert look() == (CallState.MENU, ZHENGZHOU, None, SeatState.READY)
    on.join(party, "zhengzhou")
    assert look() == (CallState.WAITING, ZHENGZHOU, None, SeatState.READY)
    assert made.picture.areas[ZHENGZHOU].waiting == 1
    on.ring(party, "3710001")
    assert look() == (CallState.RINGING, ZHENGZHOU, "3710001", SeatState.RINGING)
    on.answer(party)
    assert look() == (CallState.TALKING, ZHENGZHOU, "3710001", SeatState.TALKING)
    on.hold(party, True)
    assert look() == (CallState.HELD, ZHENGZHOU, "3710001", SeatState.HELD)
    on.hold(party, False)
    assert look() == (CallState.TALKING, ZHENGZHOU, "3710001", SeatState.TALKING)
    call = made.picture.calls[linkedid]
    assert (call.reason, call.number, call.queue, call.waiting_since) == ("segment", "13803710000", None, None)
    assert made.picture.seats[SeatNumber("3710001")].call == linkedid
    on.hang_up(party)
    fold(made, on.told)
    picture = settled(made, on.now)
    assert not picture.calls
    assert picture.seats[SeatNumber("3710001")].state is SeatState.READY
    row = picture.areas[ZHENGZHOU]
    assert (row.offered_today, row.answered_today, row.answered_in_15_today, row.connect_rate_today) == (1, 1, 1, 1.0)


def test_waiting_is_counted_for_the_callers_area_wherever_they_wait() -> None:
    on = exchange()
    party = on.arrive("13803710000")
    on.decide(party, "zhengzhou", "segment")
    on.join(party, "zhengzhou")
    joined = on.now
    on.overflow(party, "henan")
    picture = settled(fold(board(), on.told), joined + 31)
    row = picture.areas[ZHENGZHOU]
    assert (row.waiting, row.longest_wait_s, row.offered_today, row.connect_rate_today) == (1, 31, 1, None)
    assert picture.areas[AreaId("henan")].waiting == 0
    call = next(iter(picture.calls.values()))
    assert call.queue == "henan"
    assert call.waiting_since == moment(joined)


@pytest.mark.parametrize("how", ["transfer", "consult"])
def test_a_transferred_call_stays_one_call(how: str) -> None:
    on = exchange()
    party = talking(on)
    if how == "transfer":
        on.transfer(party, "3712001")
    else:
        on.consult_and_hand_over(party, "3712001")
    picture = settled(fold(board(), on.told), on.now)
    (call,) = picture.calls.values()
    assert (call.linkedid, call.seat, call.state) == (party.caller.linkedid, "3712001", CallState.TALKING)
    assert set(call.areas) == {"zhengzhou", "kaifeng"}
    assert picture.seats[SeatNumber("3710001")].state is SeatState.READY
    assert picture.seats[SeatNumber("3712001")].call == call.linkedid


def test_a_paused_seat_says_why_and_a_pause_to_write_up_is_no_pause() -> None:
    on = exchange()
    on.pause("3710001", True, "午餐")
    on.pause("3710002", True, "wrap_up")
    picture = settled(fold(board(), on.told), on.now)
    lunch, writing = picture.seats[SeatNumber("3710001")], picture.seats[SeatNumber("3710002")]
    assert (lunch.state, lunch.reason) == (SeatState.PAUSED, "午餐")
    assert (writing.state, writing.reason) == (SeatState.WRAP_UP, "wrap_up")
    assert picture.areas[ZHENGZHOU].paused == 2


def test_the_queues_time_for_writing_up_ends_by_itself() -> None:
    on, made = exchange(), board()
    on.wrap_up = 20
    made.apply(mending(made.ledger, on.truth()))
    party = talking(on)
    on.hang_up(party)
    fold(made, on.told)
    ended = on.phones["3710001"].last_call
    assert settled(made, ended + 19).seats[SeatNumber("3710001")].state is SeatState.WRAP_UP
    made.tick(moment(ended + 21))
    assert settled(made, ended + 21).seats[SeatNumber("3710001")].state is SeatState.READY


def test_a_seat_nobody_can_ring_is_offline() -> None:
    on = exchange(registered=False)
    on.register("3710001")
    picture = settled(fold(board(), on.told), on.now)
    assert {seat.number for seat in picture.seats.values() if seat.state is SeatState.OFFLINE} == {
        "3710002", "3712001", "3719001",
    }  # fmt: skip


def test_a_supervisors_ear_is_no_call() -> None:
    on, made = exchange(), board()
    talking(on)
    fold(made, on.told)
    spy = {"Channel": "PJSIP/3719001-000000ff", "CallerIDNum": "3719001", "Uniqueid": "1795319067.255",
           "Linkedid": "1795319067.255", "Timestamp": f"{on.now + 1}"}  # fmt: skip
    for state in ("0", "5", "6"):
        made.apply(changes_of("Newchannel", {**spy, "ChannelState": state}, 0.0))
        picture = settled(made, on.now)
        assert len(picture.calls) == 1
        assert picture.seats[SeatNumber("3719001")].call is None
    start = {f"Spyer{name}": value for name, value in spy.items()} | {
        "SpyerChannelState": "6", "Timestamp": f"{on.now + 2}",
    }  # fmt: skip
    made.apply(changes_of("ChanSpyStart", start, 0.0))
    picture = settled(made, on.now)
    assert len(picture.calls) == 1
    seat = picture.seats[SeatNumber("3719001")]
    assert (seat.state, seat.reason, seat.call) == (SeatState.TALKING, "supervision", None)


@given(STEPS, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_any_order_and_any_repetition_gives_the_same_picture(steps: list[Step], dice: random.Random) -> None:
    on = exchange()
    play(on, steps)
    straight = shown(settled(fold(board(), on.told), on.now))
    mixed = on.told + dice.choices(on.told, k=len(on.told) // 2)
    dice.shuffle(mixed)
    assert shown(settled(fold(board(), mixed), on.now)) == straight


@given(STEPS, st.integers(0, 400))
@settings(max_examples=150, deadline=None)
def test_a_snapshot_and_the_events_after_it_are_as_good_as_all_events(steps: list[Step], cut: int) -> None:
    on = exchange()
    made = board()
    before = cut % (len(steps) + 1)
    play(on, steps[:before])
    truth, told = on.truth(), len(on.told)
    play(on, steps[before:])
    made.apply(mending(made.ledger, truth))
    # Events under way while the snapshot was taken are told again after it.
    fold(made, on.told[max(0, told - cut % 7) :])
    assert timeless(settled(made, on.now)) == timeless(settled(fold(board(), on.told), on.now))
    assert not differences(made.ledger, on.truth())


@given(STEPS, st.lists(st.booleans(), min_size=200, max_size=200))
@settings(max_examples=100, deadline=None)
def test_whatever_was_missed_the_truth_mends_it(steps: list[Step], heard: list[bool]) -> None:
    on, made = exchange(), board()
    play(on, steps)
    fold(made, [event for event, kept in zip(on.told, heard * 20, strict=False) if kept])
    settled(made, on.now)
    made.apply(mending(made.ledger, on.truth()))
    assert not differences(made.ledger, on.truth())
    assert timeless(settled(made, on.now)) == timeless(settled(fold(board(), on.told), on.now))


@given(STEPS)
@settings(max_examples=50, deadline=None)
def test_readers_see_what_a_board_settled_once_sees(steps: list[Step]) -> None:
    on = exchange()
    made = fold(board(), on.told)
    for step in steps:
        told = len(on.told)
        play(on, [step])
        fold(made, on.told[told:])
        settled(made, on.now)
    assert shown(settled(made, on.now)) == shown(settled(fold(board(), on.told), on.now))


def test_what_did_not_change_stays_the_same_object() -> None:
    on, made = exchange(), board()
    talking(on)
    before = settled(fold(made, on.told), on.now)
    told = len(on.told)
    on.arrive("037122223333")
    after = settled(fold(made, on.told[told:]), on.now)
    assert after.version == before.version + 1
    assert all(after.calls[key] is call for key, call in before.calls.items())
    assert after.seats is before.seats
    assert settled(made, on.now) is after


def test_a_clock_turned_back_an_hour_stops_nothing() -> None:
    on, made = exchange(), board()
    party = talking(on)
    fold(made, on.told)
    told = len(on.told)
    on.now -= 3600
    on.hold(party, True)
    on.hang_up(party)
    second = on.arrive("13803710001")
    picture = settled(fold(made, on.told[told:]), on.now)
    assert set(picture.calls) == {second.caller.linkedid}
    assert picture.seats[SeatNumber("3710001")].state is SeatState.READY


def test_a_call_first_met_in_a_snapshot_is_as_old_as_its_channels() -> None:
    on, made = exchange(), board()
    party = talking(on)
    on.now += 300
    made.apply(mending(made.ledger, on.truth()))
    (call,) = settled(made, on.now).calls.values()
    assert call.started == call.since == moment(float(int(float(party.caller.uniqueid))))
    told = len(on.told)
    on.hold(party, True)
    fold(made, on.told[told:])
    (call,) = settled(made, on.now).calls.values()
    assert (call.state, call.since) == (CallState.HELD, moment(on.now))
    on.now += 10
    made.apply(mending(made.ledger, on.truth()))
    assert settled(made, on.now).calls[call.linkedid] is call


def test_what_has_gone_is_forgotten() -> None:
    on, made = exchange(), board()
    for _ in range(50):
        on.hang_up(talking(on))
    fold(made, on.told)
    remembered = made.ledger.remembered
    assert remembered > 100
    # The end of a bridge is missed in a cut: the snapshot knows.
    lost = talking(on)
    fold(made, on.told)
    on.hang_up(lost)
    made.apply(mending(made.ledger, on.truth()))
    on.now += 61
    on.unregister("3710001")
    fold(made, on.told[-1:])
    made.tick(moment(on.now))
    assert made.ledger.remembered == 0
