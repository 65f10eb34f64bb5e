"""The fold on what a real Asterisk said: whatever the reads, the order and the repetitions, one end."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import AreaId, SeatNumber
from seats.ami import AmiEvent, AmiParser
from seats.live.model import CallState, Picture, SeatState
from seats.live.translate import WANTED, changes_of
from tests.fakes.exchange import START
from tests.fakes.live_story import board, fold, settled, shown
from tests.recordings.tape import load

TAPES = {"ami/sip_calls": "zhengzhou", "ami/queue_call": "zhengzhou", "ami/hotline_day": "xinxiang"}
"""Tape -> area of its callers."""


def test_our_own_tape_shows_every_state() -> None:
    made, calls, seats = board(), set(), set()
    for event in events("ami/hotline_day"):
        at = float(event.fields["Timestamp"])
        made.apply(changes_of(event.name, event.fields, at))
        picture = settled(made, at)
        calls |= {(call.state, call.seat) for call in picture.calls.values()}
        seats |= {(seat.state, seat.reason) for seat in picture.seats.values()}
        assert len(picture.calls) <= 1
    xinxiang, luoyang = SeatNumber("3730001"), SeatNumber("3790001")
    assert calls == {
        (CallState.MENU, None),
        (CallState.WAITING, None),
        (CallState.RINGING, xinxiang),
        (CallState.TALKING, xinxiang),
        (CallState.HELD, xinxiang),
        (CallState.RINGING, luoyang),
        (CallState.TALKING, luoyang),
        (CallState.HELD, luoyang),  # for a moment: the caller has left the talk and the seat not yet
    }
    assert {
        (SeatState.OFFLINE, None),
        (SeatState.READY, None),
        (SeatState.RINGING, None),
        (SeatState.TALKING, None),
        (SeatState.TALKING, "supervision"),
        (SeatState.PAUSED, "午餐"),
    } <= seats


def events(tape: str, cuts: list[int] | None = None) -> list[AmiEvent]:
    """What the tape tells, its bytes read in pieces that end at `cuts`."""
    heard = load(tape).heard
    ends = sorted({min(cut, len(heard)) for cut in cuts or []} | {len(heard)})
    parser, told, start = AmiParser(WANTED), [], 0
    for end in ends:
        told += [message for message in parser.feed(heard[start:end]) if isinstance(message, AmiEvent)]
        start = end
    # The older tapes were caught without `timestampevents`: a millisecond apart is as good.
    return [
        AmiEvent(each.name, {"Timestamp": f"{START + turn / 1000:.6f}", **each.fields}, each.repeated)
        for turn, each in enumerate(told)
    ]


@pytest.mark.parametrize("tape", TAPES)
def test_every_call_on_the_tape_is_seen_and_over_at_its_end(tape: str) -> None:
    told = events(tape)
    made, states = board(), set()
    for event in told:
        at = float(event.fields["Timestamp"])
        made.apply(changes_of(event.name, event.fields, at))
        states |= {call.state.value for call in settled(made, at).calls.values()}
    assert {"menu", "talking"} <= states
    assert not made.picture.calls
    joined = {event.fields["Linkedid"] for event in told if event.name == "QueueCallerJoin"}
    connected = {event.fields["Linkedid"] for event in told if event.name == "AgentConnect"}
    row = made.picture.areas[AreaId(TAPES[tape])]
    assert (row.offered_today, row.answered_today) == (len(joined), len(connected))
    assert row.offered_today > 1


@given(
    st.sampled_from(sorted(TAPES)), st.lists(st.integers(1, 200_000), max_size=60), st.randoms(use_true_random=False)
)
@settings(max_examples=60, deadline=None)
def test_pieces_order_and_repetition_of_recorded_events_do_not_matter(
    tape: str, cuts: list[int], dice: random.Random
) -> None:
    straight = events(tape)
    assert events(tape, cuts) == straight
    # Any beginning, so that calls are up; a tape may be longer than any delay, so nothing is nine seconds late.
    told = straight[: dice.randrange(len(straight)) + 1]
    mixed = told + dice.choices(told, k=len(told) // 3)
    mixed.sort(key=lambda event: float(event.fields["Timestamp"]) + dice.random() * 9)
    assert shown(_picture(mixed)) == shown(_picture(told))


def _picture(told: list[AmiEvent]) -> Picture:
    at = max(float(event.fields["Timestamp"]) for event in told)
    return settled(fold(board(), told), at)
