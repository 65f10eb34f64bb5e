"""JSON in within limits, JSON out inert, questions read strictly."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from seats.http import json_in, json_out, shapes
from seats.http.questions import FiguresQuery, HistoryQuery, LogIn, Nothing
from seats.live.model import LiveSeat, SeatState
from tests.fakes.desk import HOSTILE, NOW, call, record, seat

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


@given(PLAIN)
def test_what_is_within_the_limits_is_read_as_it_is(value: object) -> None:
    data = json.dumps(value).encode()
    if len(data) <= json_in.BODY_LIMIT and _depth(value) <= json_in.DEPTH_LIMIT:
        assert json_in.parse(data) == value
    else:
        with pytest.raises(BadInput):
            json_in.parse(data)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(data: bytes) -> None:
    try:
        json_in.parse(data)
    except BadInput as refused:
        assert str(refused).isprintable()


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 9 + b"]" * 9,
        b'{"a":' * 9 + b"1" + b"}" * 9,
        b'{"a":1,"a":2}',
        b"NaN",
        b"[Infinity]",
        b"",
        b"1 2",
        b'"\xff"',
    ],
)
def test_these_are_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        json_in.parse(data)


def test_brackets_inside_text_are_no_nesting() -> None:
    assert json_in.parse(json.dumps({"a": "[" * 100 + '\\"' + "{" * 100}).encode())


@given(st.text())
def test_any_text_comes_out_inert_and_reads_back_as_what_is_shown(text: str) -> None:
    out = json_out.encode({"name": text})
    assert out.isprintable()
    assert not set("<>&") & set(out)
    assert json.loads(out) == {"name": json_out.clean(text)}
    assert json_out.clean(json_out.clean(text)) == json_out.clean(text)


def test_printable_text_is_left_alone() -> None:
    assert json_out.clean("河南省税务局 12366 – Ж é 😀") == "河南省税务局 12366 – Ж é 😀"
    assert json_out.clean("王\u3000小明") == "王 小明"
    assert json_out.clean("a\x1b[31mb\u202ec\x00d\ud800e") == "a\ufffd[31mb\ufffdc\ufffdd\ufffde"
    assert len(json_out.clean("x" * 5000)) == json_out.TEXT_LIMIT


def test_a_hostile_name_is_only_text() -> None:
    out = json_out.encode(call("1.1", "zhengzhou", name=HOSTILE))
    assert "<" not in out
    assert "\\u003cscript" in out
    assert "\\n" not in out


def test_values_take_the_form_the_api_promises() -> None:
    document = json.loads(json_out.encode(record("9.1", "zhengzhou", "3710001")))
    assert document["ended_at"] == "2026-11-22T01:00:00Z"
    assert document["outcome"] == "answered"
    assert document["legs"] == []
    assert json.loads(json_out.encode({"rate": float("nan"), "set": frozenset({"b", "a"})})) == {
        "rate": None,
        "set": ["a", "b"],
    }
    with pytest.raises(TypeError):
        json_out.encode({"bytes": b"x"})


def test_numbers_are_masked_wherever_a_caller_s_number_stands() -> None:
    shown = json_out.encode(
        {
            "call": call("1.1", "zhengzhou", number="13812345678", name="我是13812345678 请回"),
            "record": record("9.1", "zhengzhou", None),
        },
        full=False,
    )
    assert "13812345678" not in shown
    assert "13803710000" not in shown
    assert shown.count("138****5678") == 2


def test_a_seat_s_number_is_no_secret() -> None:
    assert json.loads(json_out.encode([seat("3710001", "zhengzhou")], full=False))[0]["number"] == "3710001"
    assert isinstance(seat("3710001", "zhengzhou", SeatState.READY), LiveSeat)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Question:
    """One of everything."""

    text: Annotated[str, shapes.Text(5, "[a-z]{1,5}")]
    number: Annotated[int, shapes.Within(1, 9)] = 5
    colour: Colour = Colour.RED
    at: datetime | None = None
    sure: bool = False


def test_a_question_is_read_into_its_type() -> None:
    read = shapes.read(Question, {"text": "abc", "number": 9, "colour": "red", "at": "2026-11-22T09:00:00+08:00"})
    assert read == Question("abc", 9, Colour.RED, NOW, False)
    assert shapes.read(Question, {"text": "a", "number": "7"}, where="query").number == 7
    assert shapes.read(HistoryQuery, {}, where="query").limit == 50
    assert shapes.read(FiguresQuery, {"from": "2026-11-22T01:00:00Z", "to": "2026-11-22T01:00:00Z"}).from_ == NOW


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"text": "abcdef"},
        {"text": "ABC"},
        {"text": "ab\n"},
        {"text": 5},
        {"text": None},
        {"text": ["a"]},
        {"text": "a", "number": 0},
        {"text": "a", "number": 10},
        {"text": "a", "number": True},
        {"text": "a", "number": 1.5},
        {"text": "a", "number": "7"},
        {"text": "a", "colour": "blue"},
        {"text": "a", "colour": {}},
        {"text": "a", "at": "yesterday"},
        {"text": "a", "at": "2026-11-22T09:00:00"},
        {"text": "a", "at": 5},
        {"text": "a", "at": "0001-01-01T00:00:00+14:00"},
        {"text": "a", "sure": 1},
        {"text": "a", "role": "root"},
        [],
        None,
        "text",
    ],
)
def test_a_question_of_another_form_is_refused_in_one_line(given: object) -> None:
    with pytest.raises(BadInput) as refused:
        shapes.read(Question, given)
    assert str(refused.value).isprintable()


def test_no_body_is_a_question_without_keys() -> None:
    assert shapes.read(Nothing, {}) == Nothing()
    with pytest.raises(BadInput):
        shapes.read(Nothing, {"user": "x"})
    with pytest.raises(BadInput):
        shapes.read(LogIn, {"user": "x" * 65, "password": ""})


@given(PLAIN)
def test_no_document_breaks_the_reader(value: object) -> None:
    try:
        shapes.read(Question, value)
    except BadInput as refused:
        assert len(str(refused)) < 300


def test_times_are_utc() -> None:
    assert shapes.read(Question, {"text": "a", "at": "2026-11-22T09:00:00+08:00"}).at.tzinfo is UTC
