"""The life of a callback: every state with every move, and what facts make of one, in any order and repeated."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.ids import LinkedId
from core.journal import Fact
from seats.callbacks.book import Book
from seats.callbacks.request import ASKED, CALLABLE, MOVED, Callback, as_json, from_row, moved
from seats.callbacks.states import NEXT, OPEN, UNDER_WAY, WAITING, IllegalMove, Move, State, after

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NUMBER = "13803710000"
ENDED = set(State) - OPEN

LEGAL = {
    State.ASKED: "placed→dialling_seat returned→returned now→asked closed→done cancelled→cancelled met→taken_back"
    " expired→expired",
    State.DUE: "placed→dialling_seat returned→returned now→due closed→done cancelled→cancelled met→taken_back"
    " expired→expired",
    State.DIALLING_SEAT: "unseated→due dialled→dialling_caller reached→talking not_reached→due given_up→failed"
    " hung_up→done returned→returned closed→done cancelled→cancelled met→taken_back",
    State.DIALLING_CALLER: "unseated→due reached→talking not_reached→due given_up→failed hung_up→done"
    " returned→returned closed→done cancelled→cancelled met→taken_back",
    State.TALKING: "hung_up→done closed→done not_reached→due given_up→failed",
    State.RETURNED: "left→due returned→returned unseated→returned dialled→returned not_reached→returned"
    " given_up→returned reached→talking hung_up→done closed→done cancelled→cancelled met→taken_back expired→expired",
}


@pytest.mark.parametrize(("state", "move"), list(itertools.product(State, Move)))
def test_every_move_of_every_state(state: State, move: Move) -> None:
    legal = dict(pair.split("→") for pair in LEGAL.get(state, "").split())
    if str(move) in legal:
        assert str(after(state, move)) == legal[str(move)]
    else:
        with pytest.raises(IllegalMove, match=f"{state} cannot be {move}"):
            after(state, move)


def test_what_has_ended_stays_ended_and_every_state_is_of_one_kind() -> None:
    assert all(not NEXT[state] for state in ENDED)
    assert not WAITING & UNDER_WAY
    assert WAITING | UNDER_WAY | {State.RETURNED} == OPEN


def asked(number: str = NUMBER, id: str = "cb-0123456789ab", n: int = 0, **more: Any) -> Fact:
    fields = {"id": id, "number": number, "area": "xinxiang", "why": "waiting", **more}
    return Fact(f"door-{n}", ASKED, AT, LinkedId("7.1"), fields)


def move(move: Move, n: int, id: str = "cb-0123456789ab", base: Callback | None = None, **more: Any) -> Fact:
    fields = {"id": id, "move": str(move), **({"base": base.base()} if base else {}), **more}
    return Fact(f"seats-{n}", MOVED, AT + timedelta(seconds=n), LinkedId("7.2"), fields)


STORY = (
    asked(),
    move(Move.PLACED, 1, channel="cb-0123456789ab-1"),
    move(Move.DIALLED, 2, seat="3730001"),
    move(Move.NOT_REACHED, 3, result="busy", not_before=(AT + timedelta(minutes=15)).isoformat()),
    move(Move.PLACED, 4, channel="cb-0123456789ab-2"),
    move(Move.REACHED, 5, seat="3730002"),
    move(Move.HUNG_UP, 6, result="talked"),
)


def told(facts: Any) -> Book:
    book = Book()
    for fact in facts:
        book.apply(fact)
    return book


def test_a_story_from_asking_to_talking() -> None:
    (one,) = told(STORY)
    assert (one.state, one.tries, one.placed, one.seat, one.result) == (State.DONE, 1, 2, "3730002", "talked")
    assert one.closed_at == AT + timedelta(seconds=6)
    assert from_row(as_json(one)) == one


@pytest.mark.parametrize("cut", range(1, len(STORY) + 1))
def test_facts_told_again_change_nothing(cut: int) -> None:
    once = told(STORY[:cut])
    chance = random.Random(cut)
    twice = told([*STORY[:cut], *chance.choices(STORY[:cut], k=20)])
    assert list(twice) == list(once)
    resumed = Book()
    resumed.adopt(list(once))
    for fact in STORY:
        resumed.apply(fact)
    assert list(resumed) == list(told(STORY))


def test_a_move_met_before_the_asking_makes_the_same_one() -> None:
    (begun,) = told([asked()])
    placed = move(Move.PLACED, 1, base=begun, channel="cb-0123456789ab-1")
    (late,) = told([placed, asked()])
    (right,) = told([asked(), placed])
    assert late == right


def test_one_open_callback_a_number_and_the_earlier_place_stays() -> None:
    book = told([asked(), asked(id="cb-ffffffffffff", n=1)])
    assert [one.id for one in book.open()] == ["cb-0123456789ab"]
    book.apply(move(Move.CANCELLED, 2))
    assert book.of(NUMBER) is None
    book.apply(asked(id="cb-eeeeeeeeeeee", n=3))
    assert book.of(NUMBER) is not None


def test_an_appointment_stands_beside_a_callback_and_counts_for_its_half_hour() -> None:
    slot = AT + timedelta(hours=3)
    book = told([asked(), asked(id="cb-ffffffffffff", n=1, why="appointment", slot=slot.isoformat())])
    assert len(book.open()) == 2
    (one,) = [each for each in book if each.appointment]
    assert book.taken(one.area, slot) == 1


@pytest.mark.parametrize(
    "number", ["", "anonymous", "12366", "110", "+8613803710000", "1380371000", "138037100000", "13803710000&PJSIP/1"]
)
def test_a_number_that_may_not_be_called_becomes_nothing(number: str) -> None:
    assert not list(told([asked(number=number)]))


@pytest.mark.parametrize(
    "fields",
    [{"why": "spam"}, {"area": "Xinxiang;"}, {"id": "x"}, {"joined_at": "yesterday"}, {"slot": "2026-11-20T10:00:00"}],
)
def test_a_fact_nobody_can_make_sense_of_becomes_nothing(fields: dict[str, Any]) -> None:
    assert not list(told([asked(**fields)]))


def test_a_move_that_is_not_legal_here_is_left_out() -> None:
    (one,) = told([asked()])
    assert moved(one, move(Move.HUNG_UP, 1)) is one
    assert moved(one, move(Move.PLACED, 1, not_before="soon")) is one


def test_what_another_process_knows_better_is_taken_over() -> None:
    older, newer = told(STORY[:2]), told(STORY[:5])
    assert older.adopt(list(newer)) == 1
    assert older.adopt(list(told(STORY[:1]))) == 0
    assert list(older) == list(newer)
    newer.apply(STORY[5])
    newer.apply(STORY[6])
    newer.forget(AT + timedelta(days=1))
    assert len(list(newer)) == 1
    newer.forget(AT + timedelta(days=3))
    assert not list(newer)


@pytest.mark.parametrize("number", ["13803710000", "037165551234", "03735123456", "01065551234", "02165551234"])
def test_a_mobile_or_a_landline_may_be_called(number: str) -> None:
    assert CALLABLE.fullmatch(number)


@pytest.mark.parametrize(
    "number",
    [
        *("110", "12366", "95588", "4008123456", "8008123456", "1068123456789", "10010", "16812345"),
        *("037195588123", "037112345678", "02195588123", "037116812345", "04008123456", "08008123456", "09001234567"),
        *("13491234567", "17401234567", "+12025550123", "0012025550123", "00852212345678", "12803710000"),
        *("037165551234;ext=1", "13803710000\n", "\u0661\u0663803710000", ""),
    ],
)
def test_nothing_else_may(number: str) -> None:
    assert not CALLABLE.fullmatch(number)
    fields = {"number": number, "area": "xinxiang", "why": "waiting"}
    assert Book().apply(Fact("f", ASKED, AT, None, fields)) is None
