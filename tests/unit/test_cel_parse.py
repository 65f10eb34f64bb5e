"""CEL files as Asterisk wrote them, and as a crash, a full disk or a caller might make them."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal import storable
from seats.records.cel import EVENT_LIMIT, CelEvent, parse
from tests.fakes.cel_calls import CAUGHT, caught, line

FILES = sorted(CAUGHT.glob("*.csv"))
EVENT = caught("answered")[0]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_byte_asterisk_wrote_is_understood(file: object) -> None:
    data = file.read_bytes()  # type: ignore[attr-defined]
    block = parse(data)
    assert block.unreadable == ()
    assert block.end == len(data)
    assert b"".join(data[a:b] for a, b in itertools.pairwise([*(it.place for it in block.events), block.end])) == data
    assert all(it.event.linkedid and it.event.uniqueid and it.event.channel for it in block.events)


def test_fields_of_a_caught_event() -> None:
    routed = next(event for event in caught("answered") if event.type == "ROUTED")
    assert routed.of_dialplan
    assert routed.at == datetime(2026, 11, 22, 3, 3, 19, 141422, tzinfo=UTC)
    assert (routed.context, routed.exten, routed.channel) == ("from-trunk", "12366", "PJSIP/trunk-00000000")
    assert routed.details()["reason"] == "mobile segment 1380371 郑州"
    hangup = [event for event in caught("answered") if event.type == "HANGUP"][-1]
    assert not hangup.of_dialplan
    assert hangup.details() == {"hangupcause": 16, "hangupsource": "PJSIP/trunk-00000000", "dialstatus": "ANSWER"}


def test_a_name_with_quotes_line_feed_and_broken_utf8_is_one_field() -> None:
    names = {event.caller_name for event in caught("hostile_name")}
    assert 'evil "q" \\, sipp line1\nline2�� 河南' in names


def test_reading_may_stop_at_any_byte() -> None:
    data = (CAUGHT / "hostile_name.csv").read_bytes()
    whole = parse(data)
    for cut in range(len(data)):
        first = parse(data[:cut])
        second = parse(data[first.end :], first.end)
        assert (*first.events, *second.events) == whole.events
        assert first.unreadable == second.unreadable == ()


@pytest.mark.parametrize("cut", range(1, len(line(EVENT))))
def test_a_line_torn_anywhere_costs_itself_alone(cut: int) -> None:
    torn, after = line(EVENT)[:cut], line(replace(EVENT, type="ANSWER"))
    block = parse(torn + after * 2)
    kept = b"".join(it.line for it in block.unreadable)
    told = [it.event.type for it in block.events]
    if cut == len(line(EVENT)) - 1:  # only its line end is missing
        assert kept + after * len(told) == torn + after * 2
    else:
        assert (kept, told) == (torn, ["ANSWER", "ANSWER"])


texts = st.text(st.characters(exclude_categories=()), max_size=30)


@given(texts, texts, texts)
def test_nothing_a_caller_sends_ends_a_field_or_a_line(name: str, number: str, extra: str) -> None:
    sent = replace(EVENT, caller_name=name, caller_number=number, extra=extra)
    data = _written(sent) + line(EVENT)
    block = parse(data)
    assert block.unreadable == ()
    first, second = (it.event for it in block.events)
    assert second == EVENT
    if all(text == storable(text) for text in (name, number, extra)):
        assert first == sent


separators = st.text(st.sampled_from('",a'), max_size=6)


@given(st.lists(separators, min_size=16, max_size=16))
def test_separators_inside_fields_separate_nothing(texts: list[str]) -> None:
    wanted = CelEvent(EVENT.type, EVENT.at, *texts)  # type: ignore[arg-type]
    (placed,) = parse(line(wanted)).events
    assert placed.event == wanted


@given(st.binary(max_size=300))
def test_garbage_is_set_aside_and_the_next_event_is_read(garbage: bytes) -> None:
    block = parse(garbage + b"\n" + line(EVENT))
    assert [it.event for it in block.events] == [EVENT]
    assert b"".join(it.line for it in block.unreadable) == garbage + b"\n"


def test_an_unfinished_line_is_waited_for_but_not_for_ever() -> None:
    torn = line(EVENT)[:50]
    assert parse(torn).end == 0
    assert parse(torn, ended=True).unreadable[0].line == torn
    endless = parse(torn + b"x" * EVENT_LIMIT)
    assert endless.end == len(torn) + EVENT_LIMIT


def test_a_line_of_another_mapping_is_unreadable_not_half_understood() -> None:
    fewer = line(EVENT).replace(b',"from-trunk"', b"", 1)
    assert [it.line for it in parse(fewer + line(EVENT)).unreadable] == [fewer]


@pytest.mark.parametrize("extra", ["", "[]", "{", '{"extra": 5}', '{"extra": "no json"}', "[" * 9999])
def test_details_of_an_event_without_any_are_empty(extra: str) -> None:
    assert replace(EVENT, type="ROUTED", user_type="ROUTED", extra=extra).details() == {}


def _written(event: CelEvent) -> bytes:
    """As Asterisk would write it: bytes of broken UTF-8 where the text has a lone surrogate."""
    fields = [event.type, f"{int(event.at.timestamp())}.{event.at.microsecond:06d}"]
    rest = [str(getattr(event, name)) for name in CelEvent.__slots__[2:]]
    quoted = ('"' + field.replace('"', '""') + '"' for field in [*fields, *rest])
    return ",".join(quoted).encode("utf-8", "surrogatepass") + b"\n"
