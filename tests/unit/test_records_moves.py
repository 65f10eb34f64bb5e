"""Moved calls, caught from Asterisk and made up as tables: one call, its legs, its moves."""

import pytest

from seats.records.interpret import interpret
from seats.records.invariants import calls
from seats.records.moving import made_for
from seats.records.record import CallRecord, EndedBy, LegResult, MoveHow, MoveResult, Outcome, Role
from seats.records.truth import truths
from tests.fakes.cel_calls import caught
from tests.fakes.cel_table import cel

CALLER, SEAT, CONSULT = Role.CALLER, Role.SEAT, Role.CONSULT
FIRST, SECOND = "3730001", "3790001"


def legs(call: CallRecord) -> list[tuple[Role, str | None]]:
    return [(leg.role, leg.seat) for leg in call.legs]


def moves(call: CallRecord) -> list[tuple[MoveHow, str | None, str, MoveResult, str | None]]:
    return [(move.how, move.seat, move.target, move.result, move.taken_by) for move in call.moves]


def test_a_seat_that_hangs_up_first_ended_the_call_although_the_dialplan_hung_up() -> None:
    call = interpret(caught("seat_hangs_up_first"))
    assert (call.outcome, call.ended_by, call.answered_by) == (Outcome.ANSWERED, EndedBy.SEAT, FIRST)
    assert call.talk_ms == call.legs[1].talk_ms == call.legs[1].caller_ms
    assert call.waited_again_ms <= 1


def test_a_blind_transfer_is_one_call_with_two_seats() -> None:
    call = interpret(caught("refer_blind"))
    assert (call.outcome, call.answered_by, call.queue, call.ended_by) == (
        Outcome.ANSWERED,
        FIRST,
        "xinxiang",
        EndedBy.SEAT,
    )
    assert legs(call) == [(CALLER, None), (SEAT, FIRST), (SEAT, SECOND)]
    assert moves(call) == [(MoveHow.BLIND, FIRST, SECOND, MoveResult.TAKEN, SECOND)]
    assert call.legs[0].talk_ms == call.talk_ms == call.legs[1].caller_ms + call.legs[2].caller_ms
    assert 0 < call.waited_again_ms < 200


def test_a_blind_transfer_nobody_takes_comes_back() -> None:
    call = interpret(caught("refer_back"))
    assert legs(call) == [(CALLER, None), (SEAT, FIRST), (SEAT, FIRST)]
    assert moves(call) == [
        (MoveHow.BLIND, FIRST, SECOND, MoveResult.ABSENT, None),
        (MoveHow.BACK, None, FIRST, MoveResult.TAKEN, FIRST),
    ]
    assert (call.answered_by, call.ended_by) == (FIRST, EndedBy.CALLER)


def test_an_attended_transfer_and_its_consultation_are_one_call() -> None:
    events = caught("refer_attended")
    assert len({event.linkedid for event in events}) == 2
    assert {made_for(event) for event in events} == {None, events[0].linkedid}
    call = interpret(events)
    assert (call.linkedid, call.outcome, call.answered_by) == (events[0].linkedid, Outcome.ANSWERED, FIRST)
    assert legs(call) == [(CALLER, None), (SEAT, FIRST), (CONSULT, FIRST), (SEAT, SECOND)]
    assert moves(call) == [(MoveHow.ATTENDED, FIRST, SECOND, MoveResult.TAKEN, SECOND)]
    seat, asking, second = call.legs[1:]
    assert call.talk_ms == seat.caller_ms + second.caller_ms
    assert asking.caller_ms == 0
    assert second.talk_ms == pytest.approx(second.caller_ms + asking.talk_ms, abs=3)
    assert call.ended_by is EndedBy.SEAT


def test_an_expert_of_a_group_who_takes_the_caller_is_found_behind_a_local_channel() -> None:
    call = interpret(caught("refer_attended_group"))
    seats = [leg for leg in call.legs if leg.seat]
    assert [(leg.role, leg.seat) for leg in seats] == [(SEAT, FIRST), (CONSULT, FIRST), (SEAT, "3719003")]
    assert moves(call) == [(MoveHow.ATTENDED, FIRST, "income", MoveResult.TAKEN, "3719003")]
    assert call.talk_ms == pytest.approx(seats[0].caller_ms + seats[2].caller_ms, abs=3)


def test_a_consultation_that_failed_is_a_leg_of_the_call_too() -> None:
    call = interpret(caught("consult_refused"))
    assert legs(call) == [(CALLER, None), (SEAT, FIRST), (CONSULT, FIRST), (CONSULT, SECOND)]
    assert moves(call) == [(MoveHow.CONSULT, FIRST, SECOND, MoveResult.BUSY, None)]
    assert (call.outcome, call.ended_by, call.answered_by) == (Outcome.ANSWERED, EndedBy.CALLER, FIRST)


def test_holding_asking_and_handing_over_by_api_are_one_call_under_one_name() -> None:
    call = interpret(caught("api_hold_consult_complete"))
    assert legs(call) == [(CALLER, None), (SEAT, FIRST), (CONSULT, SECOND), (SEAT, SECOND)]
    assert moves(call) == [
        (MoveHow.CONSULT, FIRST, SECOND, MoveResult.TAKEN, SECOND),
        (MoveHow.ATTENDED, FIRST, SECOND, MoveResult.TAKEN, SECOND),
    ]
    assert call.talk_ms == pytest.approx(call.legs[1].caller_ms + call.legs[3].caller_ms, abs=3)
    assert (call.answered_by, call.waited_again_ms, call.ended_by) == (FIRST, 0, EndedBy.SEAT)


def test_a_third_rung_by_api_is_a_leg_of_the_call() -> None:
    call = interpret(caught("api_threeway"))
    assert legs(call) == [(CALLER, None), (SEAT, FIRST), (Role.THIRD, SECOND)]
    assert moves(call) == [(MoveHow.THREEWAY, FIRST, SECOND, MoveResult.TAKEN, SECOND)]


def test_a_third_who_refused_is_a_leg_with_its_fate_and_a_move_that_came_to_nothing() -> None:
    events = caught("api_threeway_refused")
    call = interpret(events)
    assert [(leg.role, leg.seat, leg.result) for leg in call.legs[2:]] == [
        (Role.THIRD, SECOND, LegResult.BUSY),
        (Role.THIRD, "3710001", LegResult.ANSWERED),
    ]
    assert moves(call) == [
        (MoveHow.THREEWAY, FIRST, SECOND, MoveResult.BUSY, None),
        (MoveHow.THREEWAY, FIRST, "3710001", MoveResult.TAKEN, "3710001"),
    ]
    # The phone that rang in vain says for which call from its end on: it is no call of its own.
    rung = {event.linkedid for event in events} - {call.linkedid}
    assert {made_for(event) for event in events if event.linkedid in rung} == {None, call.linkedid}


def test_an_expert_who_whispers_is_an_adviser_and_the_time_to_help_is_known() -> None:
    call = interpret(caught("api_raised_hand"))
    assert (Role.ADVISER, "3719003") in legs(call)
    assert moves(call) == [(MoveHow.ADVISER, FIRST, "income", MoveResult.TAKEN, "3719003")]
    (hand,) = call.moves
    assert hand.taken_at is not None
    assert hand.ended_at is not None
    assert hand.at < hand.taken_at < hand.ended_at
    assert call.answered_by == FIRST


WHOLE = (
    *("refer_blind", "refer_back", "refer_attended", "refer_attended_group", "consult_refused", "seat_hangs_up_first"),
    *("api_hold_consult_complete", "api_threeway", "api_threeway_refused", "api_raised_hand"),
    "api_consult_then_threeway",
)


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_counted_plainly_agrees(name: str) -> None:
    events = caught(name)
    call, known = interpret(events), truths(events)
    assert list(known) == [call.linkedid]
    assert list(calls(known, {call.linkedid: call}, {})) == []


TAKEN_BACK = """
 0.0  CHAN_START    caller
 0.1  ANSWER        caller
 1.0  APP_START     caller  app=Queue(luoyang,cC)
 1.1  CHAN_START    seat1
 3.0  ANSWER        seat1
 3.0  BRIDGE_ENTER  seat1   bridge=b1
 3.0  BRIDGE_ENTER  caller  bridge=b1
 8.0  BRIDGE_EXIT   caller  bridge=b1
 8.0  MOVED         caller  json={"how":"blind","from":"3710001","kind":"area","to":"zhengzhou"}
 8.1  CHAN_START    seat2
 9.0  BRIDGE_ENTER  caller  bridge=b1
 9.0  HANGUP        seat2   cause=26
12.0  CHAN_START    seat3
13.0  ANSWER        seat3
13.0  BRIDGE_ENTER  seat3   bridge=b1
20.0  HANGUP        caller  by=caller
"""


def test_a_move_whose_caller_was_taken_back_is_not_taken_by_who_joins_later() -> None:
    assert moves(interpret(cel(TAKEN_BACK))) == [(MoveHow.BLIND, "3710001", "zhengzhou", MoveResult.CANCELLED, None)]


LOST = """
 0.0  CHAN_START    caller
 0.1  ANSWER        caller
 1.0  APP_START     caller  app=Queue(luoyang,cC)
 1.1  CHAN_START    seat1
 3.0  ANSWER        seat1
 3.0  BRIDGE_ENTER  seat1   bridge=b1
 3.0  BRIDGE_ENTER  caller  bridge=b1
13.0  BRIDGE_EXIT   seat1   bridge=b1
13.0  BRIDGE_EXIT   caller  bridge=b1
13.0  APP_END       caller  app=Queue(luoyang)
13.0  HANGUP        seat1   cause=44
13.1  AFTER_SEAT    caller  json={"cause":44}
15.0  APP_START     caller  app=Queue(luoyang,cC)
"""


def test_a_seat_lost_in_the_talk_is_a_second_wait_and_a_second_seat_of_one_answered_call() -> None:
    call = interpret(
        cel(
            LOST
            + """
            15.1  CHAN_START    seat2
            20.0  ANSWER        seat2
            20.0  BRIDGE_ENTER  seat2   bridge=b2
            20.0  BRIDGE_ENTER  caller  bridge=b2
            50.0  BRIDGE_EXIT   seat2   bridge=b2
            50.0  BRIDGE_EXIT   caller  bridge=b2
            50.0  APP_END       caller  app=Queue(luoyang)
            50.0  HANGUP        seat2   cause=16 by=seat2
            50.1  AFTER_SEAT    caller  json={"cause":16}
            58.0  HANGUP        caller  cause=16 by=caller
            58.0  LINKEDID_END  caller
            """
        )
    )
    assert (call.outcome, call.answered_by, call.wait_ms, call.waited_again_ms) == (
        Outcome.ANSWERED,
        "3710001",
        2000,
        5000,
    )
    assert (call.talk_ms, [leg.caller_ms for leg in call.legs[1:]]) == (40_000, [10_000, 30_000])
    # The rating after the last seat: the caller hung up in it, but the seat had ended the talk.
    assert call.ended_by is EndedBy.SEAT


def test_a_caller_who_gives_up_after_the_seat_was_lost_ended_it_themselves() -> None:
    call = interpret(
        cel(
            LOST
            + """
            21.0  APP_END       caller  app=Queue(luoyang)
            21.0  HANGUP        caller  cause=16 by=caller
            21.0  LINKEDID_END  caller
            """
        )
    )
    assert (call.outcome, call.ended_by, call.waited_again_ms) == (Outcome.ANSWERED, EndedBy.CALLER, 6000)


def test_talking_with_the_voice_is_neither_an_answer_nor_talk() -> None:
    call = interpret(
        cel("""
         0.0  CHAN_START    caller
         0.1  ANSWER        caller
         0.2  CHAN_START    WebSocket/speech/0x1
         0.3  ANSWER        WebSocket/speech/0x1
         0.3  BRIDGE_ENTER  caller                bridge=v
         0.3  BRIDGE_ENTER  WebSocket/speech/0x1  bridge=v
         9.0  BRIDGE_EXIT   caller                bridge=v
         9.0  HANGUP        WebSocket/speech/0x1  cause=16
         9.1  HANGUP        caller                cause=16 by=caller
         9.1  LINKEDID_END  caller
        """)
    )
    assert (call.outcome, call.answered_at, call.talk_ms) == (Outcome.ABANDONED_IN_MENU, None, 0)
    assert call.legs[1].role is Role.VOICE
    assert call.legs[1].talk_ms == 8700


def test_a_third_seat_in_the_call_is_a_third_and_stays_its_seat_when_the_first_leaves() -> None:
    call = interpret(
        cel("""
         0.0  CHAN_START    caller
         1.0  APP_START     caller  app=Queue(luoyang,cC)
         1.1  CHAN_START    seat1
         2.0  BRIDGE_ENTER  seat1   bridge=b1
         2.0  BRIDGE_ENTER  caller  bridge=b1
         5.0  CHAN_START    seat2
         6.0  JOINING       seat2   json={"of":"1795316598.0","from":"3710001","kind":"seat","to":"3710002"}
         6.0  BRIDGE_ENTER  seat2   bridge=b1
        10.0  BRIDGE_EXIT   seat1   bridge=b1
        10.0  HANGUP        seat1   cause=16 by=seat1
        20.0  HANGUP        caller  cause=16 by=caller
        20.0  LINKEDID_END  caller
        """)
    )
    assert [(leg.role, leg.caller_ms) for leg in call.legs] == [
        (CALLER, 18_000),
        (SEAT, 8000),
        (Role.THIRD, 14_000),
    ]
