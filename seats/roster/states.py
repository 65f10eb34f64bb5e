"""What a seat can be doing, and what can happen to it: one table. Pure.

The table is the seat's life as its people know it; `seats.live` reads where a seat is now from Asterisk's events, and
`path` says what must have happened in between.
"""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.errors import HotlineError


class State(StrEnum):
    """Where a seat is. Its phone and its person together."""

    OFFLINE = "offline"
    """No phone Asterisk could ring."""
    LOGGED_OUT = "logged_out"
    """Nobody works here: no call comes, whether a phone is registered or not."""
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    """The seat has put its caller on hold."""
    WRAP_UP = "wrap_up"
    """Writing up the last call, for as long as the seat's limit says."""
    PAUSED = "paused"
    """Working, and not to be rung: the reason says why."""


class Move(StrEnum):
    """What happens to a seat."""

    REGISTER = "register"
    """Its phone registered, or answers again."""
    UNREGISTER = "unregister"
    """Its phone took its registration away, or it ran out."""
    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    PAUSE = "pause"
    READY = "ready"
    RING = "ring"
    RING_OVER = "ring_over"
    """It stopped ringing unanswered: the caller has gone, another seat was quicker, or it was declined."""
    NO_ANSWER = "no_answer"
    """It let it ring, the second time in a row."""
    ANSWER = "answer"
    HOLD = "hold"
    UNHOLD = "unhold"
    HANG_UP = "hang_up"
    """The call is over, and nothing is to be written up."""
    WRITE_UP = "write_up"
    """The call is over, and is written up."""
    MORE_TIME = "more_time"
    """The writing up is prolonged, once."""
    WRAP_UP_OVER = "wrap_up_over"
    """Its time has passed."""
    LOST = "lost"
    """The phone died: rang or talked, and answers no more."""


class IllegalMove(HotlineError):
    """This cannot happen to a seat there; the text names the state and the move."""

    def __init__(self, state: State, move: Move) -> None:
        super().__init__(f"a seat that is {state} cannot {move}")
        self.state, self.move = state, move


_ANYWHERE_AT_REST: Final = {
    Move.UNREGISTER: State.OFFLINE,
    Move.LOG_OUT: State.LOGGED_OUT,
    Move.PAUSE: State.PAUSED,
    Move.RING: State.RINGING,
}
"""A pause does not keep a call away that a supervisor sends there, or that was on its way already."""
_IN_A_CALL: Final = {
    # Leaving while a call lasts takes effect when it is over; the call goes on.
    Move.LOG_OUT: None,
    Move.PAUSE: None,
    Move.READY: None,
    Move.LOST: State.OFFLINE,
}

_ROWS: Final[Mapping[State, Mapping[Move, State | None]]] = {
    State.OFFLINE: {
        Move.REGISTER: State.READY,
        Move.LOG_OUT: State.LOGGED_OUT,
        Move.LOG_IN: None,
        Move.PAUSE: None,
        Move.READY: None,
    },
    State.LOGGED_OUT: {
        Move.LOG_IN: State.READY,
        Move.REGISTER: None,
        Move.UNREGISTER: None,
        Move.LOG_OUT: None,
        Move.RING: State.RINGING,
    },
    State.READY: {
        **_ANYWHERE_AT_REST,
        Move.NO_ANSWER: State.PAUSED,
        Move.LOG_IN: None,
        Move.READY: None,
        Move.REGISTER: None,
    },
    State.RINGING: {
        **_IN_A_CALL,
        Move.ANSWER: State.TALKING,
        Move.RING_OVER: State.READY,
        Move.NO_ANSWER: State.PAUSED,
    },
    State.TALKING: {
        **_IN_A_CALL,
        Move.HOLD: State.HELD,
        Move.HANG_UP: State.READY,
        Move.WRITE_UP: State.WRAP_UP,
    },
    State.HELD: {
        **_IN_A_CALL,
        Move.UNHOLD: State.TALKING,
        Move.HANG_UP: State.READY,
        Move.WRITE_UP: State.WRAP_UP,
    },
    State.WRAP_UP: {
        **_ANYWHERE_AT_REST,
        Move.READY: State.READY,
        Move.MORE_TIME: None,
        Move.WRAP_UP_OVER: State.READY,
    },
    State.PAUSED: {
        **_ANYWHERE_AT_REST,
        Move.READY: State.READY,
        Move.LOG_IN: State.READY,
        Move.REGISTER: None,
    },
}
"""None: the move is allowed and the state stays."""

TABLE: Final[Mapping[State, Mapping[Move, State]]] = MappingProxyType(
    {
        state: MappingProxyType({move: state if to is None else to for move, to in row.items()})
        for state, row in _ROWS.items()
    }
)
"""The whole: state × move → state. What is not in it cannot happen."""
BY_REASON: Final[Mapping[str, Move]] = {"no_answer": Move.NO_ANSWER}
"""Pauses that are no choice of anybody's."""
_DEAREST: Final = 3
"""Moves one look at a seat can have missed."""


def after(state: State, move: Move) -> State:
    """Where `move` takes a seat that is `state`. Raises `IllegalMove`."""
    to = TABLE[state].get(move)
    if to is None:
        raise IllegalMove(state, move)
    return to


def allowed(state: State) -> frozenset[Move]:
    """Everything that can happen to a seat that is `state`."""
    return frozenset(TABLE[state])


def path(start: State, end: State, last: Move | None = None) -> tuple[Move, ...]:
    """The fewest moves from `start` to `end`, at most three; with `last`, the last of them is that one.

    Empty when the seat is there already, or when no such way exists: what was seen was seen, but nobody can say how.
    """
    if start is end and last is None:
        return ()
    ways: deque[tuple[State, tuple[Move, ...]]] = deque([(start, ())])
    seen = {start}
    while ways:
        state, done = ways.popleft()
        for move in Move:  # in the order they are written, so that the same question has the same answer
            to = TABLE[state].get(move)
            if to is None:
                continue
            if to is end and (last is None or move is last):
                return (*done, move)
            if to not in seen and len(done) + 1 < _DEAREST:
                seen.add(to)
                ways.append((to, (*done, move)))
    return ()
