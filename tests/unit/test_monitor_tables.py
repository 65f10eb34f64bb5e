"""What the terminal shows of an entry: words, columns, widths; nothing a terminal would obey."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from rich.cells import cell_len

from core.ids import LinkedId
from routing.lookup import REASONS
from seats.accounts.user import Role
from seats.cli import sheets
from seats.cli.board.keys import DEEDS, help_text, key_line
from seats.cli.board.layout import GAP, fitted, placed
from seats.cli.columns import AREAS, CALLS, SEATS, Column, Sight
from seats.cli.picture import Picture, area_of, call_of, seat_of, total
from seats.cli.places import Places
from seats.cli.words import Words, reason_of, share, span
from seats.http import json_out
from seats.live.model import CallState, LiveArea, LiveCall, LiveChannel, LiveSeat, SeatState
from seats.records.record import EndedBy, LegResult, Origin, Outcome
from seats.supervision.entry import Kind
from seats.supervision.rules import COMMANDS, DESK, MOVES, Verb
from tests.fakes.desk import HOSTILE, call, seat
from tests.fakes.henan_tree import TREE

OBEYED = {chr(code) for code in (*range(32), 0x7F, *range(0x80, 0xA0), 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF)}
ZH, EN = Words("zh"), Words("en")


def sight(words: Words = ZH, now: float = 0.0) -> Sight:
    return Sight(words, Places(TREE, words), now=now)


def _inert(text: str) -> bool:
    return not OBEYED & set(text)


OTHER_WAYS = {Verb.FOLLOW_UP, Verb.HOURS, Verb.HOME, *DESK - {Verb.PAUSE}}
"""Done with `hotline callbacks`, `messages`, `hours`, `home`, by a seat's codes, and over the API."""


@pytest.mark.parametrize("word", [*CallState, *SeatState, *Outcome, *EndedBy, *LegResult, *Verb, *Role, *Kind])
def test_every_state_outcome_and_act_has_a_word(word: str) -> None:
    assert not ZH(str(word)).isascii()


@pytest.mark.parametrize("origin", Origin)
def test_every_origin_has_a_word(origin: Origin) -> None:
    assert not ZH(f"from_{origin}").isascii()


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_every_column_has_a_title(words: Words) -> None:
    for column in (*AREAS, *CALLS, *SEATS):
        assert words(column.title) != column.title


@pytest.mark.parametrize(("columns", "entry"), [
    (CALLS, call_of(json_out.plain(replace(call("1.1", "zhengzhou", "3710001"), name=HOSTILE, number=HOSTILE)))),
    (CALLS, call_of({"linkedid": HOSTILE, "name": HOSTILE, "number": HOSTILE, "area": HOSTILE, "reason": HOSTILE,
                     "state": HOSTILE, "seat": HOSTILE, "transcript": HOSTILE})),
    (SEATS, seat_of({"number": HOSTILE, "name": HOSTILE, "area": HOSTILE, "reason": HOSTILE, "state": HOSTILE,
                     "call": HOSTILE})),
    (AREAS, area_of({"area": HOSTILE})),
])  # fmt: skip
def test_no_cell_holds_what_a_terminal_obeys(columns: tuple[Column[Any], ...], entry: Any) -> None:
    for words in (ZH, EN):
        for column in columns:
            assert _inert(column.text(entry, sight(words)))


def test_no_sheet_holds_what_a_terminal_obeys() -> None:
    hostile = call_of({"linkedid": HOSTILE, "name": HOSTILE, "area": HOSTILE, "reason": HOSTILE, "seat": "1",
                       "transcript": HOSTILE, "channels": [{"channel": HOSTILE, "seat": HOSTILE}]})  # fmt: skip
    desk = seat_of({"number": "1", "name": HOSTILE, "area": HOSTILE, "reason": HOSTILE, "call": HOSTILE})
    picture = Picture(calls={HOSTILE: hostile}, seats={"1": desk})
    record = {"linkedid": HOSTILE, "caller": HOSTILE, "area": HOSTILE, "decision": {"reason": HOSTILE},
              "outcome": HOSTILE, "legs": [{"channel": HOSTILE, "seat": HOSTILE, "result": HOSTILE}]}  # fmt: skip
    differ = {"kind": HOSTILE, "id": HOSTILE, "ours": HOSTILE, "theirs": HOSTILE}
    for text in (
        sheets.call_sheet(hostile, picture, sight()),
        sheets.seat_sheet(desk, picture, sight()),
        sheets.record_sheet(record, sight()),
        sheets.difference_sheet([differ], sight()),
    ):
        assert _inert(text.replace("\n", ""))
        assert "script" in text


def test_bidi_marks_are_shown_as_escapes() -> None:
    shown = CALLS[8].text(call_of({"name": "王\u202e李"}), sight())
    assert shown == "王\\x202e李"


def test_an_entry_is_read_as_the_platform_means_it() -> None:
    at = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    channel = LiveChannel(LinkedId("1.1"), "PJSIP/x-1", None, True, None, True)  # type: ignore[arg-type]
    live = replace(call("1.1", "zhengzhou"), since=at, waiting_since=at, started=at, channels=(channel,))
    read = call_of(json_out.plain(live))
    for field in fields(LiveCall):
        if field.name in {"since", "waiting_since", "started", "channels"}:
            continue
        assert getattr(read, field.name) == getattr(live, field.name)
    assert (read.since, read.waiting_since, read.started) == (at.timestamp(),) * 3
    assert read.legs[0].held
    desk = seat("3710001", "zhengzhou", SeatState.PAUSED)
    told = seat_of(json_out.plain(desk))
    for field in fields(LiveSeat):
        if field.name != "since":
            assert getattr(told, field.name) == getattr(desk, field.name)


def test_rates_are_worked_out_as_the_platform_does() -> None:
    live = LiveArea(TREE.root.id, 2, 30, 12, 9, 6, 0.9, 0.6, 1, 2, 3, 4, 5, 10)
    row = area_of(json_out.plain(live))
    assert row.connect_rate == live.connect_rate_today
    assert row.in_15_rate == live.in_15_rate_today
    both = total([row, row])
    assert (both.waiting, both.offered, both.free, both.offline) == (4, 24, 2, 10)
    assert both.connect_rate == row.connect_rate
    assert total([]).connect_rate is None


def test_an_unknown_key_is_ignored_and_a_missing_one_is_empty() -> None:
    assert call_of({"new": 1, "linkedid": "1"}).linkedid == "1"
    assert seat_of({}).state == ""
    assert area_of({"waiting": "no number"}).waiting == 0
    assert call_of({"since": "yesterday"}).since == 0


@pytest.mark.parametrize(("seconds", "shown"), [(-5, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03")])
def test_a_span(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


@pytest.mark.parametrize(("value", "shown"), [(None, "-"), (0.9814, "98.1%"), (1.0, "100%"), (0.0, "0.0%")])
def test_a_share(value: float | None, shown: str) -> None:
    assert share(value) == shown


@pytest.mark.parametrize("columns", [AREAS, CALLS, SEATS], ids=["areas", "calls", "seats"])
@pytest.mark.parametrize("width", [20, 57, 79, 120, 200])
def test_columns_fill_a_width_and_never_pass_it(columns: tuple[Column[Any], ...], width: int) -> None:
    found = placed(columns, width)
    assert found
    assert [each.x for each in found] == sorted({each.x for each in found})
    end = found[-1].x + found[-1].width
    assert end <= width
    if width >= 57:
        assert end == width
    for left, right in pairwise(found):
        assert left.x + left.width + GAP == right.x


def test_eighty_columns_show_what_a_supervisor_needs() -> None:
    def shown(columns: tuple[Column[Any], ...]) -> set[str]:
        return {each.column.title for each in placed(columns, 79)}

    assert {"area", "waiting", "longest", "in_15", "connect", "free", "talking_n", "paused_n"} <= shown(AREAS)
    assert {"number", "area", "why", "state", "seat", "wait", "timer"} <= shown(CALLS)
    assert {"seat", "area", "state", "timer", "reason", "call"} <= shown(SEATS)


@pytest.mark.parametrize("text", ["", "王", "来电人按键选择", "a" * 30, "王a" * 9, "👩‍👩‍👧x"])
@pytest.mark.parametrize("width", [1, 2, 7, 12])
def test_a_fitted_text_is_exactly_as_wide(text: str, width: int) -> None:
    assert cell_len(fitted(text, width)) == width
    assert cell_len(fitted(text, width, right=True)) == width


def test_the_key_line_fits_eighty_columns() -> None:
    assert cell_len(key_line(ZH, frozenset(deed.verb for deed in DEEDS))) <= 80
    assert "监听" not in key_line(ZH, frozenset())


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_the_help_names_every_act(words: Words) -> None:
    text = help_text(words)
    for deed in DEEDS:
        assert f"  {deed.key} " in text
        assert words(deed.verb) in text


def test_every_command_of_the_rules_has_a_key() -> None:
    assert {deed.verb for deed in DEEDS} == {verb.value for verb in COMMANDS - MOVES - OTHER_WAYS}
    assert len({deed.key for deed in DEEDS}) == len(DEEDS)


def test_the_reason_for_an_area_is_said_in_the_users_language() -> None:
    told = call_of({"reason": "area-code"})
    why = next(column for column in CALLS if column.title == "why")
    assert why.text(told, sight(ZH)) == REASONS["area-code"]
    assert why.text(told, sight(EN)) == "area-code"


def test_a_county_is_inside_its_city() -> None:
    places = Places(TREE, ZH)
    assert places.inside("zhengzhou") == {"zhengzhou", "gongyi", "zhongmu"}
    assert "kaifeng" in places.inside("henan")
    assert places.name("nowhere") == "nowhere"
    assert places.order("nowhere") > places.order("jiyuan")


def test_why_not_is_said_in_chinese_where_there_is_a_word() -> None:
    class Told(Exception):
        code, reason = "cannot_act", "the phone did not answer"

    assert reason_of(Told(), ZH) == "交换机没有执行:the phone did not answer"
    assert reason_of(Told(), EN) == "the phone did not answer"
    assert reason_of(ValueError("odd"), ZH) == "odd"
