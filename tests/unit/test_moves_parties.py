"""Who is who in a call: whose caller it is, and who is only asked."""

from datetime import UTC, datetime

import pytest

from core.ids import LinkedId, SeatNumber, UniqueId
from seats.live.model import CallState, LiveCall, LiveChannel
from seats.moves.parties import parties
from seats.supervision.act import CannotAct

AT = datetime(2026, 11, 22, tzinfo=UTC)
HOME, AWAY = SeatNumber("3730001"), SeatNumber("3790001")


def leg(name: str, seat: SeatNumber | None, bridge: str | None) -> LiveChannel:
    return LiveChannel(UniqueId(name), f"PJSIP/{seat or 'trunk'}-{name}", seat, True, bridge, False)


def call(state: CallState, *legs: LiveChannel) -> LiveCall:
    return LiveCall(
        linkedid=LinkedId("1.0"), number="", name="", area=None, reason=None, state=state, since=AT, queue=None,
        waiting_since=None, seat=HOME, started=AT, channels=legs, areas=(),
    )  # fmt: skip


def test_a_seat_that_is_only_asked_moves_nobody_elses_caller() -> None:
    asking = call(CallState.HELD, leg("1.0", None, None), leg("1.1", HOME, "b"), leg("1.2", AWAY, "b"))
    found = parties(asking, HOME)
    assert (found.caller, found.seat, found.joined, found.asked) == ("1.0", "1.1", False, "1.2")
    with pytest.raises(CannotAct, match=f"the caller is seat {HOME}'s"):
        parties(asking, AWAY)


def test_of_three_in_one_talk_each_seat_may_move_the_caller() -> None:
    talk = call(CallState.TALKING, leg("1.0", None, "b"), leg("1.1", HOME, "b"), leg("1.2", AWAY, "b"))
    assert [parties(talk, seat).seat for seat in (HOME, AWAY)] == ["1.1", "1.2"]
    assert all(parties(talk, seat).joined for seat in (HOME, AWAY))
