"""What decides about seats: steps between two looks, dead phones, calls let ring, writing up, shifts, a day."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import CHINA
from core.errors import BadInput
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.live.model import CallState, LiveCall, LiveChannel, LiveSeat
from seats.roster.day import spans, totals
from seats.roster.follow import Standing, standing_of, steps
from seats.roster.lost import CAUSES, Phones
from seats.roster.shifts import check_lunch, ended, on_shift, read, shown
from seats.roster.states import State
from seats.roster.unanswered import Unanswered
from seats.roster.writing_up import limit_of, over

ONE, TWO = SeatNumber("3790001"), SeatNumber("3790002")
LUOYANG = AreaId("luoyang")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday, 12:00 in China
CALL = LinkedId("1.1")


def seat(state: State, reason: str | None = None, *, call: LinkedId | None = None, ago: float = 0) -> LiveSeat:
    return LiveSeat(ONE, LUOYANG, "洛阳1号座席", state, reason, NOON - timedelta(seconds=ago), call)


def leg(uniqueid: str, number: SeatNumber | None, *, up: bool) -> LiveChannel:
    return LiveChannel(UniqueId(uniqueid), f"PJSIP/{number or 'trunk'}-1", number, up, None, False)


def call(*legs: LiveChannel) -> LiveCall:
    return LiveCall(
        CALL, "", "", LUOYANG, None, CallState.TALKING, NOON, None, None, None, NOON, legs, (LUOYANG,)
    )  # fmt: skip


def told(before: Standing | None, now: Standing, by: str = "") -> list[tuple[str | None, str]]:
    return [(step.move, step.by) for step in steps(seat(now.state), before, now, by)]


def at(state: State, reason: str = "") -> Standing:
    return Standing(state, reason, NOON)


def test_a_seats_own_dialling_and_its_ear_for_a_supervisor_are_no_change() -> None:
    own, others = leg("1.1", ONE, up=True), leg("1.1", None, up=True)
    talking = seat(State.TALKING, call=CALL)
    assert standing_of(talking, {CALL: call(own)}) is None
    assert standing_of(talking, {}) is None
    assert standing_of(replace(talking, reason="supervision", call=None), {CALL: call(others)}) is None
    assert standing_of(talking, {CALL: call(others, leg("1.2", ONE, up=True))}) == Standing(
        State.TALKING, "", NOON, CALL
    )


@pytest.mark.parametrize(
    ("before", "now", "by", "steps_"),
    [
        (None, at(State.READY), "", [(None, "platform")]),
        (at(State.READY), at(State.READY), "", []),
        (at(State.READY), at(State.TALKING), "", [("ring", "platform"), ("answer", "seat")]),
        (at(State.TALKING), at(State.WRAP_UP, "wrap_up"), "", [("write_up", "platform")]),
        (at(State.WRAP_UP, "wrap_up"), at(State.WRAP_UP, "wrap_up_more"), "", [("more_time", "seat")]),
        (at(State.WRAP_UP, "wrap_up"), at(State.READY), "platform", [("wrap_up_over", "platform")]),
        (at(State.WRAP_UP, "wrap_up"), at(State.READY), "", [("ready", "seat")]),
        (at(State.READY), at(State.PAUSED, "lunch"), "wang", [("pause", "wang")]),
        (at(State.PAUSED, "lunch"), at(State.PAUSED, "other"), "", [("pause", "seat")]),
        (at(State.TALKING), at(State.LOGGED_OUT), "shift", [("hang_up", "seat"), ("log_out", "shift")]),
        (at(State.READY), at(State.PAUSED, "no_answer"), "platform", [("no_answer", "platform")]),
        (at(State.TALKING), at(State.OFFLINE), "", [("lost", "phone")]),
        (at(State.OFFLINE), at(State.READY), "", [("register", "phone")]),
        (at(State.OFFLINE), at(State.HELD), "", [(None, "platform")]),
    ],
)
def test_steps_between_two_looks(
    before: Standing | None, now: Standing, by: str, steps_: list[tuple[str | None, str]]
) -> None:
    assert told(before, now, by) == steps_


def test_a_ringing_dead_phone_is_left_at_once_and_a_talking_one_in_its_time() -> None:
    phones = Phones(lost_after=3)
    up = {CALL: call(leg("1.1", None, up=True), leg("1.2", ONE, up=True), leg("1.3", TWO, up=False))}
    assert not list(phones.due(up, 100))
    phones.told(ONE, "Unreachable", 100)
    phones.told(TWO, "Unreachable", 100)
    assert [(dead.channel, dead.up) for dead in phones.due(up, 100)] == [("1.3", False)]
    phones.told(ONE, "Unreachable", 102)  # said again: still since the first time
    assert [(dead.channel, dead.up) for dead in phones.due(up, 103)] == [("1.2", True), ("1.3", False)]
    phones.told(ONE, "Reachable", 103)
    phones.told(TWO, "Removed", 103)  # a registration that ran out says nothing of a call
    assert [dead.seat for dead in phones.due(up, 200)] == [TWO]
    assert not phones.away(ONE)


def test_the_line_a_dead_phone_had_dialled_itself_ends_as_well_and_is_no_lost_caller() -> None:
    phones = Phones(lost_after=3)
    asking = {CALL: call(leg("2.1", ONE, up=True), leg("2.2", TWO, up=True))}
    phones.told(ONE, "Unreachable", 100)
    assert not list(phones.due(asking, 102))
    assert [(dead.channel, dead.up) for dead in phones.due(asking, 103)] == [("2.1", False)]


def test_normal_causes_are_no_loss() -> None:
    assert not {0, 16, 17, 21, 26, 31} & set(CAUSES)


def test_two_in_a_row_are_too_many_and_an_answer_begins_anew() -> None:
    unanswered = Unanswered(2)
    assert [unanswered.rang_out(ONE) for _ in range(4)] == [False, True, False, True]
    assert not unanswered.rang_out(TWO)
    unanswered.begins_anew(TWO)
    assert not unanswered.rang_out(TWO)
    assert not any(Unanswered(0).rang_out(ONE) for _ in range(9))


def test_a_seats_own_limit_wins_over_its_areas_over_everybodys() -> None:
    assert limit_of(ONE, LUOYANG, {ONE: 5, LUOYANG: 10}, 20) == 5
    assert limit_of(ONE, LUOYANG, {LUOYANG: 10}, 20) == 10
    assert limit_of(ONE, None, {LUOYANG: 10}, 20) == 20


@pytest.mark.parametrize(
    ("state", "reason", "ago", "is_over"),
    [
        (State.WRAP_UP, "wrap_up", 9, False),
        (State.WRAP_UP, "wrap_up", 10, True),
        (State.WRAP_UP, "wrap_up_more", 11, True),
        (State.WRAP_UP, "话后", 99, False),  # a supervisor's pause is no seat's
        (State.PAUSED, "lunch", 99, False),
    ],
)
def test_writing_up_ends_in_its_time_also_after_a_restart(state: State, reason: str, ago: float, is_over: bool) -> None:
    assert bool(list(over({ONE: seat(state, reason, ago=ago)}, {LUOYANG: 10}, 60, NOON))) is is_over


AREAS = {ONE: LUOYANG, TWO: LUOYANG, SeatNumber("3930001"): AreaId("puyang")}
HEAD = "seat,days,from,to,lunch_from,lunch_to\n"


def test_shifts_are_read_and_end() -> None:
    table = read(HEAD + "3790001,1-5,8:30,17:30,12:00,13:00\n3790002,1,06:00,12:00,,\n", AREAS)
    assert len(table) == 6
    assert shown(table[0]) == ("3790001", "周一", "08:30-17:30", "12:00-13:00")
    before = NOON - timedelta(seconds=2)
    assert on_shift(table, before) == {ONE, TWO}
    assert ended(table, before, NOON) == {TWO}
    assert ended(table, NOON, NOON + timedelta(seconds=2)) == frozenset()
    weekend = datetime(2026, 11, 28, 17, 30, tzinfo=CHINA)
    assert ended(table, weekend - timedelta(minutes=1), weekend) == frozenset()
    midnight = read(HEAD + "3790001,1,18:00,24:00,,\n3790001,2,00:00,02:00,,\n", AREAS)
    turn = datetime(2026, 11, 24, 0, 0, tzinfo=CHINA)
    assert ended(midnight, turn - timedelta(seconds=1), turn) == frozenset()  # the next one goes on
    assert ended(midnight[:1], turn - timedelta(seconds=1), turn) == {ONE}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("3790009,1,08:00,12:00,,", "line 2: there is no seat '3790009'"),
        ("3790001,8,08:00,12:00,,", "are no days"),
        ("3790001,1,8am,12:00,,", "is no time of the day"),
        ("3790001,1,12:00,08:00,,", "ends after it begins"),
        ("3790001,1,08:00,24:30,,", "is no time of the day"),
        ("3790001,1,08:00,12:00,09:00,", "a beginning and an end"),
        ("3790001,1,08:00,12:00,11:30,12:30", "inside the shift"),
        ("3790001,1,08:00,12:00,,\n3790001,1,11:00,15:00,,", "two shifts at once on 周一"),
    ],
)
def test_a_table_that_cannot_be_is_refused_with_its_line(rows: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(HEAD + rows + "\n", AREAS)
    with pytest.raises(BadInput, match="first line"):
        read("seat,when\n" + rows, AREAS)


def test_never_all_seats_of_an_area_at_lunch_at_once() -> None:
    names = {LUOYANG: "洛阳"}
    alone = "3930001,1-5,08:00,17:00,12:00,13:00\n"  # the area's only seat: others answer for it
    together = alone + "3790001,1,08:00,17:00,12:00,13:00\n3790002,1,08:00,17:00,12:30,13:30\n"
    apart = alone + "3790001,1,08:00,17:00,11:30,12:30\n3790002,1,08:00,17:00,12:30,13:30\n"
    with pytest.raises(BadInput, match="洛阳 周一 12:30-13:00: all 2 seats would be at lunch at once"):
        check_lunch(read(HEAD + together, AREAS), AREAS, names)
    check_lunch(read(HEAD + apart, AREAS), AREAS, names)


@dataclass
class Row:
    """A stored step."""

    at: datetime
    to_state: str
    reason: str = ""
    move: str | None = "pause"
    by: str = "seat"
    call: str | None = None
    mode: str = ""


def test_a_day_begins_with_what_the_seat_was_and_sums_up() -> None:
    morning = NOON - timedelta(hours=4)
    rows = [
        Row(morning - timedelta(hours=9), "logged_out"),
        Row(morning, "ready"),
        Row(NOON, "paused", "lunch"),
        Row(NOON + timedelta(hours=1), "ready"),
    ]
    day = spans(rows, morning - timedelta(hours=8), NOON + timedelta(hours=2))
    assert [(span.state, span.reason, span.seconds / 3600) for span in day] == [
        ("logged_out", "", 8), ("ready", "", 4), ("paused", "lunch", 1), ("ready", "", 1)
    ]  # fmt: skip
    assert totals(day) == {"logged_out": 8 * 3600, "ready": 5 * 3600, "paused lunch": 3600}
    assert (day[0].move, day[0].by) == ("", "")
    assert spans([], morning, NOON) == ()
