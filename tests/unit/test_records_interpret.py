"""Calls as tables of CEL events, and what is made of them."""

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal import Fact
from seats.records.interpret import interpret
from seats.records.record import CallRecord, EndedBy, LegResult, Origin, Outcome, Role
from tests.fakes.cel_calls import caught
from tests.fakes.cel_table import CALL, START, cel

ANSWERED = """
 0.0  CHAN_START    caller
 0.1  ANSWER        caller
 3.0  ROUTED        caller  json={"queue":"luoyang","area_id":"luoyang","reason":"keyed","kind":"CITY"}
 3.0  APP_START     caller  app=Queue(luoyang,tT,,,240)
 3.1  CHAN_START    seat1
 5.1  ANSWER        seat1
 5.2  BRIDGE_ENTER  seat1   bridge=b1
 5.2  BRIDGE_ENTER  caller  bridge=b1
65.2  BRIDGE_EXIT   caller  bridge=b1
65.2  BRIDGE_EXIT   seat1   bridge=b1
65.2  HANGUP        seat1   cause=16 by=caller
65.2  CHAN_END      seat1
65.2  APP_END       caller  app=Queue(luoyang)
65.3  HANGUP        caller  cause=16 by=caller
65.3  CHAN_END      caller
65.3  LINKEDID_END  caller
"""


def test_an_answered_call() -> None:
    call = interpret(cel(ANSWERED))
    assert (call.outcome, call.ended_by, call.cause) == (Outcome.ANSWERED, EndedBy.CALLER, 16)
    assert (call.origin, call.caller, call.dialled) == (Origin.TRUNK, "13803710000", "12366")
    assert (call.area, call.queue, call.answered_by) == ("luoyang", "luoyang", "3710001")
    assert (call.set_up_ms, call.wait_ms, call.talk_ms) == (3100, 2200, 60_000)
    assert call.ended_at - call.started_at == timedelta(seconds=65.3)
    caller, seat = call.legs
    assert (caller.role, caller.talk_ms, caller.result) == (Role.CALLER, 60_000, LegResult.ANSWERED)
    assert (seat.role, seat.seat, seat.ring_ms, seat.talk_ms, seat.queue) == (
        Role.SEAT,
        "3710001",
        2000,
        60_000,
        "luoyang",
    )
    assert call.decision is not None
    assert call.decision["reason"] == "keyed"


def test_seats_that_did_not_answer_are_legs_too() -> None:
    call = interpret(
        cel("""
         0.0  CHAN_START    caller
         1.0  APP_START     caller  app=Queue(zhengzhou)
         1.0  CHAN_START    seat1
         1.2  HANGUP        seat1   cause=17 by=seat1
         1.3  CHAN_START    seat2
        16.3  HANGUP        seat2   cause=0
        16.4  CHAN_START    seat3
        16.5  CHAN_START    seat4
        17.0  HANGUP        seat4   cause=20
        18.4  ANSWER        seat3
        18.4  BRIDGE_ENTER  seat3   bridge=b
        18.4  BRIDGE_ENTER  caller  bridge=b
        20.4  HANGUP        seat3   by=seat3
        20.4  HANGUP        caller  by=seat3
        20.4  LINKEDID_END  caller
        """)
    )
    assert (call.answered_by, call.ended_by, call.wait_ms, call.talk_ms) == ("3710003", EndedBy.SEAT, 17_400, 2000)
    assert [(leg.seat, leg.result, leg.ring_ms) for leg in call.legs[1:]] == [
        ("3710001", LegResult.BUSY, 200),
        ("3710002", LegResult.NO_ANSWER, 15_000),
        ("3710003", LegResult.ANSWERED, 2000),
        ("3710004", LegResult.UNREACHABLE, 500),
    ]


def test_a_ring_is_taken_elsewhere_only_if_somebody_took_it() -> None:
    call = interpret(
        cel("""
          0  CHAN_START    caller
          1  APP_START     caller  app=Queue(luoyang)
          1  CHAN_START    seat1
          3  HANGUP        seat1   cause=26
          4  CHAN_START    seat2
          4  CHAN_START    seat3
          5  ANSWER        seat2
          5  BRIDGE_ENTER  seat2   bridge=b
          5  BRIDGE_ENTER  caller  bridge=b
          5  HANGUP        seat3   cause=26
          9  HANGUP        caller  by=caller
          9  LINKEDID_END  caller
        """)
    )
    assert [(leg.seat, leg.result) for leg in call.legs[1:]] == [
        ("3710001", LegResult.NO_ANSWER),
        ("3710002", LegResult.ANSWERED),
        ("3710003", LegResult.TAKEN_ELSEWHERE),
    ]


ENDS = {
    "hangs up before any queue": ("2 HANGUP caller cause=0 by=caller", Outcome.ABANDONED_IN_MENU, EndedBy.CALLER),
    "hangs up while waiting": (
        "2 APP_START caller app=Queue(luoyang)\n9 APP_END caller app=Queue(luoyang)\n9 HANGUP caller by=caller",
        Outcome.ABANDONED_IN_QUEUE,
        EndedBy.CALLER,
    ),
    "is told that nobody can answer": (
        "2 APP_START caller app=Queue(luoyang)\n9 TOLD caller\n9 HANGUP caller by=dialplan/builtin",
        Outcome.TOLD_AND_ENDED,
        EndedBy.PLATFORM,
    ),
    "is told, and hangs up first": (
        "2 APP_START caller app=Queue(luoyang)\n9 TOLD caller\n9 HANGUP caller by=caller",
        Outcome.TOLD_AND_ENDED,
        EndedBy.CALLER,
    ),
    "is cut off by us without a word": (
        "2 HANGUP caller cause=21 by=dialplan/builtin",
        Outcome.FAILED,
        EndedBy.PLATFORM,
    ),
    "ends for no reason given": ("2 HANGUP caller cause=38", Outcome.FAILED, EndedBy.UNKNOWN),
}


@pytest.mark.parametrize("end", ENDS)
def test_how_a_call_nobody_answered_ends(end: str) -> None:
    table, outcome, ended_by = ENDS[end]
    call = interpret(cel(f"0 CHAN_START caller\n{table}\n9 LINKEDID_END caller"))
    assert (call.outcome, call.ended_by, call.answered_by, call.talk_ms) == (outcome, ended_by, None, 0)


def test_the_province_answers_what_the_city_could_not() -> None:
    call = interpret(
        cel("""
          0  CHAN_START    caller
          1  APP_START     caller  app=Queue(jiyuan)
          1  CHAN_START    seat1
         16  HANGUP        seat1   cause=0
         17  APP_END       caller  app=Queue(jiyuan)
         20  APP_START     caller  app=Queue(henan)
         21  CHAN_START    seat9
         22  ANSWER        seat9
         22  BRIDGE_ENTER  caller  bridge=b
         22  BRIDGE_ENTER  seat9   bridge=b
         30  HANGUP        caller  by=caller
         30  LINKEDID_END  caller
        """)
    )
    assert (call.queue, call.answered_by, call.wait_ms) == ("henan", "3710009", 21_000)
    assert [leg.queue for leg in call.legs] == [None, "jiyuan", "henan"]


def test_a_consultation_and_a_handover_are_legs_of_the_same_call() -> None:
    call = interpret(
        cel("""
          0  CHAN_START    caller
          1  APP_START     caller  app=Queue(zhengzhou)
          1  CHAN_START    seat1
          2  ANSWER        seat1
          2  BRIDGE_ENTER  seat1   bridge=b1
          2  BRIDGE_ENTER  caller  bridge=b1
         10  BRIDGE_EXIT   seat1   bridge=b1
         10  CHAN_START    seat2
         12  ANSWER        seat2
         12  BRIDGE_ENTER  seat1   bridge=b2
         12  BRIDGE_ENTER  seat2   bridge=b2
         20  BRIDGE_EXIT   seat1   bridge=b2
         20  BRIDGE_EXIT   seat2   bridge=b2
         20  BRIDGE_ENTER  seat2   bridge=b1
         20  HANGUP        seat1   by=seat1
         50  HANGUP        caller  by=caller
         50  HANGUP        seat2   by=caller
         50  LINKEDID_END  seat2
        """)
    )
    assert (call.answered_by, call.talk_ms) == ("3710001", 8000 + 30_000)
    assert [(leg.seat, leg.talk_ms) for leg in call.legs] == [(None, 38_000), ("3710001", 16_000), ("3710002", 38_000)]


def test_asterisk_died_while_they_talked() -> None:
    death = START + timedelta(seconds=40)
    cut = cel(ANSWERED)[:8]
    call = interpret(cut, interrupted_at=death)
    assert (call.outcome, call.ended_by, call.answered_by) == (Outcome.INTERRUPTED, EndedBy.PLATFORM, "3710001")
    assert (call.ended_at, call.interrupted_at, call.talk_ms) == (death, death, 34_800)
    assert [leg.ended_at for leg in call.legs] == [death, death]


def test_a_call_that_was_over_before_asterisk_died_was_not_interrupted() -> None:
    call = interpret(cel(ANSWERED)[:-1], interrupted_at=START + timedelta(hours=1))
    assert (call.outcome, call.interrupted_at, call.talk_ms) == (Outcome.ANSWERED, None, 60_000)


@pytest.mark.parametrize("step", [-3600, 3600])
@pytest.mark.parametrize("place", range(1, 16))
def test_a_clock_that_steps_makes_no_duration_negative(step: int, place: int) -> None:
    events = cel(ANSWERED)
    stepped = cel(re.sub(r"(?m)^ *([\d.]+)", lambda found: str(float(found[1]) + step), ANSWERED))
    call = interpret(events[:place] + stepped[place:])
    assert call.outcome is Outcome.ANSWERED
    assert_possible(call)


def test_a_withheld_number_is_no_number() -> None:
    assert interpret(cel("0 CHAN_START caller number=anonymous\n1 LINKEDID_END caller")).caller == ""


def test_a_seat_that_dials_is_the_origin() -> None:
    call = interpret([*cel("0 CHAN_START seat1\n1 HANGUP seat1 by=seat1\n1 LINKEDID_END seat1")])
    assert (call.origin, call.outcome) == (Origin.SEAT, Outcome.ABANDONED_IN_MENU)


def test_the_journal_completes_what_asterisk_was_told() -> None:
    facts = [
        Fact("a-1", "routing_decided", START, CALL, {"queue": "zhengzhou", "reason": "segment", "county": None}),
        Fact(
            "a-2",
            "routing_decided",
            START,
            CALL,
            {"queue": "zhengzhou", "reason": "asked", "county": "中牟", "raw": "139"},
        ),
        Fact("a-3", "heard", START, CALL, {"reason": "not a decision"}),
    ]
    said = interpret(cel(ANSWERED), facts).decision
    assert said is not None
    assert (said["queue"], said["reason"], said["county"], said["raw"]) == ("luoyang", "keyed", "中牟", "139")
    only_noted = interpret(cel("0 CHAN_START caller\n1 HANGUP caller by=caller\n1 LINKEDID_END caller"), facts)
    assert only_noted.decision is not None
    assert only_noted.decision["reason"] == "asked"
    assert interpret(cel("0 CHAN_START caller\n1 LINKEDID_END caller")).decision is None


ANSWER, NO_ANSWER, ELSEWHERE = LegResult.ANSWERED, LegResult.NO_ANSWER, LegResult.TAKEN_ELSEWHERE
CAUGHT_CALLS = {
    "answered": (Outcome.ANSWERED, EndedBy.CALLER, "zhengzhou", "3710001", [ANSWER]),
    "busy_then_seat_hangs_up": (Outcome.ANSWERED, EndedBy.SEAT, "zhengzhou", "3710002", [LegResult.BUSY, ANSWER]),
    "two_ring_one_answers": (Outcome.ANSWERED, EndedBy.CALLER, "kaifeng", "3710003", [ANSWER, ELSEWHERE]),
    "told_and_ended": (Outcome.TOLD_AND_ENDED, EndedBy.PLATFORM, "luoyang", None, [NO_ANSWER] * 3),
    "abandoned_in_queue": (Outcome.ABANDONED_IN_QUEUE, EndedBy.CALLER, "luoyang", None, [NO_ANSWER] * 2),
    "abandoned_in_menu": (Outcome.ABANDONED_IN_MENU, EndedBy.CALLER, None, None, []),
    "refused": (Outcome.FAILED, EndedBy.PLATFORM, None, None, []),
    "blind_transfer": (Outcome.ANSWERED, EndedBy.UNKNOWN, "zhengzhou", "3710001", [ANSWER, ANSWER]),
}  # fmt: skip


@pytest.mark.parametrize("name", CAUGHT_CALLS)
def test_calls_caught_from_asterisk(name: str) -> None:
    outcome, ended_by, queue, seat, results = CAUGHT_CALLS[name]
    call = interpret(caught(name))
    assert (call.outcome, call.ended_by, call.queue, call.answered_by) == (outcome, ended_by, queue, seat)
    assert [leg.result for leg in call.legs[1:]] == results
    assert_possible(call)


@given(st.lists(st.integers(0, 15), min_size=1, max_size=40), st.none() | st.just(START + timedelta(seconds=10)))
def test_any_events_in_any_order_make_one_possible_record(picks: list[int], death: datetime | None) -> None:
    events = cel(ANSWERED)
    assert_possible(interpret([events[pick] for pick in picks], (), death))


def assert_possible(call: CallRecord) -> None:
    """What the database demands of every record, and a little more."""
    assert call.ended_at >= call.started_at
    assert call.talk_ms >= 0
    assert (call.set_up_ms or 0) >= 0
    assert (call.wait_ms or 0) >= 0
    assert (call.answered_at is None) <= (call.talk_ms == 0)
    for leg in call.legs:
        assert call.started_at <= leg.ended_at <= call.ended_at
        assert leg.ring_ms >= 0
        assert leg.talk_ms >= 0
        assert leg.ended_at >= leg.started_at


@pytest.mark.parametrize(
    ("said", "area"),
    [
        ('{"queue":"henan","area_id":null,"area":"北京","kind":"OUT"}', "henan"),
        ('{"queue":"henan","decided_by":"default","kind":"UNKNOWN"}', "henan"),
        ('{"queue":"henan","area_id":"luoyang","kind":"CITY"}', "luoyang"),
    ],
)
def test_a_caller_from_outside_belongs_to_where_they_were_sent(said: str, area: str) -> None:
    assert interpret(cel(f"0 CHAN_START caller\n1 ROUTED caller json={said}")).area == area
