"""A seat seen twice -> the steps in between, each with who made it. Pure.

What Asterisk's events say of a seat is the truth; the table says how it came there. A seat's own dialling (its codes,
a call of its own to the hotline) and its phone's lending an ear to a supervisor are no change of the seat.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.ids import AreaId, LinkedId, SeatNumber
from seats.live.model import LiveCall, LiveSeat
from seats.roster import reasons
from seats.roster.states import Move, State, after, path

SEAT: Final = "seat"
PHONE: Final = "phone"
PLATFORM: Final = "platform"
"""Who makes a step when nobody else is named; others are users' names, `shift` and `supervisor`."""
_BY: Final[Mapping[Move, str]] = {
    **dict.fromkeys((Move.REGISTER, Move.UNREGISTER, Move.LOST), PHONE),
    **dict.fromkeys((Move.RING, Move.RING_OVER, Move.NO_ANSWER, Move.WRITE_UP, Move.WRAP_UP_OVER), PLATFORM),
}
_ASKED_FOR: Final = frozenset({Move.LOG_IN, Move.LOG_OUT, Move.PAUSE, Move.READY, Move.MORE_TIME})
"""Steps somebody else than the seat can ask for."""
_IN_A_CALL: Final = frozenset({State.RINGING, State.TALKING, State.HELD})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a seat was seen."""

    state: State
    reason: str
    since: datetime
    call: LinkedId | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one seat."""

    seat: SeatNumber
    area: AreaId | None
    before: State | None
    """None: the first time it was ever seen."""
    after: State
    move: Move | None
    """None: nobody can say how it came there."""
    reason: str
    at: datetime
    by: str
    call: LinkedId | None


def standing_of(seat: LiveSeat, calls: Mapping[LinkedId, LiveCall]) -> Standing | None:
    """Where the seat is; None while its phone does something else."""
    if seat.state in _IN_A_CALL:
        call = calls.get(seat.call) if seat.call is not None else None
        if call is None or not call.channels or call.channels[0].seat == seat.number:
            return None
    return Standing(seat.state, seat.reason or "", seat.since, seat.call)


def steps(seat: LiveSeat, before: Standing | None, now: Standing, asked_by: str = "") -> tuple[Step, ...]:
    """What happened between two looks; `asked_by` is who lately asked for a change of this seat."""
    if before is None:
        return (Step(seat.number, seat.area, None, now.state, None, now.reason, now.since, PLATFORM, now.call),)
    if (before.state, before.reason) == (now.state, now.reason):
        return ()
    if before.state is now.state and now.state in _IN_A_CALL | {State.READY, State.OFFLINE}:
        return ()
    moves = path(before.state, now.state, _last(before, now, asked_by))
    if not moves:
        by = asked_by or PLATFORM
        return (Step(seat.number, seat.area, before.state, now.state, None, now.reason, now.since, by, now.call),)
    found: list[Step] = []
    state = before.state
    for place, move in enumerate(moves):
        last = place == len(moves) - 1
        to = now.state if last else after(state, move)
        by = asked_by if asked_by and move in _ASKED_FOR else _BY.get(move, SEAT)
        reason, call = (now.reason if last else ""), now.call or before.call
        found.append(Step(seat.number, seat.area, state, to, move, reason, max(now.since, before.since), by, call))
        state = to
    return tuple(found)


def _last(before: Standing, now: Standing, asked_by: str) -> Move | None:
    """The last step, where more than one leads to that state."""
    if now.state is State.PAUSED:
        alone = before.state in {State.RINGING, State.READY}
        return Move.NO_ANSWER if now.reason == reasons.NO_ANSWER and alone else Move.PAUSE
    if now.state is State.WRAP_UP and before.state is State.WRAP_UP:
        return Move.MORE_TIME
    if now.state is State.LOGGED_OUT:
        return Move.LOG_OUT
    if now.state is State.READY and before.state is State.WRAP_UP:
        return Move.WRAP_UP_OVER if asked_by == PLATFORM else Move.READY
    if now.state is State.READY and before.state is State.PAUSED:
        return Move.READY
    return None
