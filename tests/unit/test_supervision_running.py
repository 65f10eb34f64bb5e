"""A supervision's states, where its ear belongs, what phones and seats are shown, and what reaches Asterisk."""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.ami import AmiList, AmiRefused, AmiResponse
from seats.supervision.act import CannotAct
from seats.supervision.ear import Ear, ear, first_ear, shown
from seats.supervision.entry import Entry, Kind, Row
from seats.supervision.floor import CallNow, call_now
from seats.supervision.rules import JOINS, Verb
from seats.supervision.seat_view import seen_by_seat
from seats.supervision.states import NEXT, Move, State
from seats.supervision.switchboard import AsteriskFailed, Commander, Shown

CALLER, SEAT = UniqueId("1795319671.0"), UniqueId("1795319671.1")
TALKING = CallNow(
    LinkedId("1795319671.0"), "13803710000", AreaId("zhengzhou"), CALLER, SeatNumber("3710001"), SEAT,
    frozenset({AreaId("zhengzhou")}),
)  # fmt: skip
WAITING = replace(TALKING, seat=None, seat_channel=None)


def test_every_state_has_every_move_and_over_is_over() -> None:
    assert set(NEXT) == set(State)
    assert all(set(moves) == set(Move) for moves in NEXT.values())
    assert {moves[Move.HUNG_UP] for moves in NEXT.values()} == {State.OVER}
    assert set(NEXT[State.OVER].values()) == {State.OVER}
    assert {NEXT[State.TAKEN][move] for move in Move} == {State.TAKEN, State.OVER}


@given(st.lists(st.sampled_from(list(Move))))
def test_a_move_told_twice_changes_nothing_more(moves: list[Move]) -> None:
    once, twice = State.RINGING, State.RINGING
    for move in moves:
        once = NEXT[once][move]
        twice = NEXT[NEXT[twice][move]][move]
    assert once == twice


def test_the_ear_is_on_the_seat_and_between_two_seats_only_listens_to_the_caller() -> None:
    for verb in JOINS - {Verb.TAKEOVER}:
        assert ear(verb, TALKING) == Ear(verb, SEAT, SeatNumber("3710001"))
        assert ear(verb, WAITING) == Ear(Verb.LISTEN, CALLER, None)
        assert ear(verb, replace(WAITING, caller=None)) is None


def test_a_supervision_begins_where_it_makes_sense() -> None:
    assert first_ear(Verb.LISTEN, WAITING).channel == CALLER
    assert first_ear(Verb.TAKEOVER, WAITING) == Ear(Verb.TAKEOVER, CALLER, None)
    assert first_ear(Verb.TAKEOVER, TALKING) == Ear(Verb.TAKEOVER, CALLER, SeatNumber("3710001"))
    for verb in (Verb.WHISPER, Verb.BARGE):
        assert first_ear(verb, TALKING).channel == SEAT
        with pytest.raises(CannotAct, match="needs a seat"):
            first_ear(verb, WAITING)
    for verb in JOINS:
        with pytest.raises(CannotAct, match="no caller"):
            first_ear(verb, replace(TALKING, caller=None))


@pytest.mark.parametrize(
    ("verb", "call", "text"),
    [
        (Verb.LISTEN, TALKING, "监听 3710001"),
        (Verb.WHISPER, TALKING, "耳语 3710001"),
        (Verb.BARGE, TALKING, "强插 3710001"),
        (Verb.TAKEOVER, TALKING, "接管 3710001"),
        (Verb.LISTEN, WAITING, "监听 138****0000"),
        (Verb.LISTEN, replace(WAITING, number="anonymous"), "监听 来电"),
        (Verb.LISTEN, replace(WAITING, number=""), "监听 来电"),
    ],
)
def test_the_phone_says_what_it_is_rung_for(verb: Verb, call: CallNow, text: str) -> None:
    assert shown(verb, call) == text


@dataclass
class _Leg:
    uniqueid: str
    seat: str | None
    bridge: str | None
    up: bool = True


@dataclass
class _Call:
    channels: tuple[_Leg, ...]
    linkedid: str = "1.0"
    number: str = "1"
    area: str | None = "zhengzhou"
    areas: tuple[str, ...] = ("zhengzhou",)


@pytest.mark.parametrize(
    ("legs", "seat", "channel"),
    [
        ((_Leg("1.0", None, "b"), _Leg("1.1", "3710001", "b")), "3710001", "1.1"),
        ((_Leg("1.0", None, "b"), _Leg("1.1", "3710001", None)), None, None),
        ((_Leg("1.0", None, None), _Leg("1.1", "3710001", None)), None, None),
        ((_Leg("1.0", None, "b"), _Leg("1.1", "3710001", "b", up=False)), None, None),
        ((_Leg("1.0", None, "b"), _Leg("1.1", "3710001", "other"), _Leg("1.2", "3710002", "b")), "3710002", "1.2"),
        ((_Leg("1.0", None, "b"), _Leg("sv-0", "3719001", "b")), None, None),
        ((_Leg("1.0", None, "b"), _Leg("mv-0", "3719001", "b")), "3719001", "mv-0"),
    ],
)
def test_who_talks_with_the_caller(legs: tuple[_Leg, ...], seat: str | None, channel: str | None) -> None:
    found = call_now(_Call(legs))
    assert (found.caller, found.seat, found.seat_channel) == ("1.0", seat, channel)


NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def _row(kind: Kind, verb: str, seat: str | None, minute: int, id: str = "sv-1") -> Row:
    entry = Entry(kind, verb, supervision=id, user_name="li", seat=SeatNumber(seat) if seat else None, reason="抽查")
    at = NOW + timedelta(minutes=minute)
    return Row(**{name: getattr(entry, name) for name in Entry.__dataclass_fields__}, at=at)


def test_a_seat_sees_its_own_part_only() -> None:
    rows = [
        _row(Kind.ASKED, "listen", "1", 0),
        _row(Kind.STARTED, "listen", "1", 1),
        _row(Kind.STOPPED, "listen", "1", 2),
        _row(Kind.STARTED, "whisper", "1", 2),
        _row(Kind.STOPPED, "whisper", "1", 3),
        _row(Kind.STARTED, "whisper", "2", 4),
        _row(Kind.ENDED, "whisper", "2", 9),
        _row(Kind.ASKED, "barge", "1", 20, "sv-2"),
        _row(Kind.STARTED, "barge", "1", 21, "sv-2"),
    ]
    late = NOW + timedelta(hours=9)
    newest, older = seen_by_seat(rows, SeatNumber("1"), late, timedelta(0))
    assert (newest.supervision, newest.ended) == ("sv-2", None)
    assert (older.modes, older.reason, older.user) == (("listen", "whisper"), "抽查", "li")
    assert (older.started, older.ended) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=3))
    (other,) = list(seen_by_seat(rows[:7], SeatNumber("2"), late, timedelta(0)))
    assert (other.modes, other.started, other.ended) == (
        ("whisper",),
        NOW + timedelta(minutes=4),
        NOW + timedelta(minutes=9),
    )


@pytest.mark.parametrize(("after", "seen"), [(0, 1), (4, 0), (5, 1), (6, 1)])
def test_a_delay_tells_a_seat_later(after: int, seen: int) -> None:
    rows = [_row(Kind.STARTED, "listen", "1", 0), _row(Kind.ENDED, "listen", "1", 0)]
    delay = timedelta(minutes=5)
    now = NOW + timedelta(minutes=after)
    assert len(seen_by_seat(rows, SeatNumber("1"), now, delay if after else timedelta(0))) == seen
    assert seen_by_seat(rows[:1], SeatNumber("1"), now, delay) == ()


class _Client:
    """Takes actions down."""

    def __init__(self) -> None:
        self.actions: list[tuple[str, dict[str, Any]]] = []
        self.refuses = ""

    async def action(self, name: str, fields: dict[str, Any] | None = None) -> AmiResponse:
        self.actions.append((name, dict(fields or {})))
        if self.refuses:
            raise AmiRefused(self.refuses)
        return AmiResponse("Success", {})

    async def collect(self, name: str, fields: dict[str, Any] | None = None) -> AmiList:
        await self.action(name, fields)
        return AmiList(AmiResponse("Success", {}), ())


HOSTILE = (
    "", "1&PJSIP/x", "1.2\r\nAction: Originate", "/.*/", "sv-", "sv-0123456789ab ", "PJSIP/trunk-00000001", "1.2,x",
    "${SHELL(id)}", "1.2\n", "１.２", "all",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
async def test_only_an_id_in_its_own_form_ever_reaches_asterisk(text: str) -> None:
    client = _Client()
    board = Commander(client)  # type: ignore[arg-type]
    channel, seat, area = UniqueId(text), SeatNumber(text), AreaId(text)
    own, told = UniqueId("sv-0123456789ab"), Shown("监听 3710001", "3710001", LinkedId("1.0"))
    acts = [
        lambda: board.hang_up(channel),
        lambda: board.where(channel),
        lambda: board.send(channel, Verb.BARGE, CALLER),
        lambda: board.move(channel, AreaId("luoyang")),
        lambda: board.pause(seat, True, "x"),
        lambda: board.ring(seat, own, Verb.LISTEN, CALLER, told),
        lambda: board.ring(SeatNumber("3710001"), channel, Verb.LISTEN, CALLER, told),
        lambda: board.ring(SeatNumber("3710001"), own, Verb.LISTEN, channel, told),
        lambda: board.ring(SeatNumber("3710001"), own, Verb.LISTEN, CALLER, replace(told, call=LinkedId(text))),
    ]
    for act in acts:
        if text == "all" and act is acts[3]:
            continue
        with pytest.raises(AsteriskFailed, match="is no"):
            await act()
    assert client.actions == []
    if text != "all":
        with pytest.raises(AsteriskFailed):
            await board.move(CALLER, area)


@given(st.text(max_size=200), st.text(max_size=30), st.text(max_size=30))
async def test_shown_text_stays_inside_its_quotes(name: str, number: str, area: str) -> None:
    client = _Client()
    board = Commander(client)  # type: ignore[arg-type]
    told = Shown(name, number, LinkedId("1.0"), area)
    await board.ring(SeatNumber("3710001"), UniqueId("sv-0123456789ab"), Verb.LISTEN, CALLER, told)
    fields = client.actions[0][1]
    inner = fields["CallerID"].removeprefix('"').partition('" <')
    assert not set(inner[0]) & set('"<>\\;,&$(){}\r\n\0')
    assert set(inner[2]) <= set("+0123456789>")
    assert not set("".join(fields["Variable"])) & set("\r\n\0;&${}\"'")


async def test_a_channel_that_has_gone_is_no_error_and_other_refusals_are_told() -> None:
    client = _Client()
    board = Commander(client)  # type: ignore[arg-type]
    client.refuses = "No such channel"
    await board.hang_up(CALLER)
    assert await board.where(UniqueId("sv-0123456789ab")) is None
    with pytest.raises(AsteriskFailed, match="No such channel"):
        await board.send(UniqueId("sv-0123456789ab"), Verb.BARGE, CALLER)


def test_modes_and_states_cover_each_other() -> None:
    """Whatever order Asterisk tells things in, a supervision that is not over can still end."""
    for moves in itertools.product(Move, repeat=3):
        state = State.RINGING
        for move in moves:
            state = NEXT[state][move]
        assert NEXT[state][Move.HUNG_UP] is State.OVER
