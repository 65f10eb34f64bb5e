"""The life of a callback, as one table. Pure."""

from enum import StrEnum

from core.errors import HotlineError


class State(StrEnum):
    """Where a callback is."""

    ASKED = "asked"
    """Kept; its turn, or its hour, is to come."""
    DUE = "due"
    """The person was called and not reached; the next time is to come."""
    DIALLING_SEAT = "dialling_seat"
    """Its place stands in the line at Asterisk, and a seat is rung."""
    DIALLING_CALLER = "dialling_caller"
    """A seat has answered; the person is rung."""
    TALKING = "talking"
    RETURNED = "returned"
    """The person has rung the hotline again, and is on the line with the place that was kept."""
    DONE = "done"
    FAILED = "failed"
    """Not reached as often as may be tried."""
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
    """The person was answered in a call of their own."""
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What happens to a callback."""

    PLACED = "placed"
    """About to be put into the line; noted before it is done."""
    UNSEATED = "unseated"
    """No seat answered, or the place was lost; nobody was called."""
    DIALLED = "dialled"
    """A seat answered; the person is being called."""
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    """Busy, no answer, refused."""
    GIVEN_UP = "given_up"
    """Not reached, and that was the last time."""
    HUNG_UP = "hung_up"
    """They have talked."""
    RETURNED = "returned"
    """The person rings the hotline."""
    LEFT = "left"
    """… and their call ended without an answer: the place is theirs still."""
    MET = "met"
    """A seat has answered a call of theirs."""
    NOW = "now"
    """A supervisor wants it called now."""
    CLOSED = "closed"
    """A person has dealt with it and says how."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OPEN = frozenset({
    State.ASKED, State.DUE, State.DIALLING_SEAT, State.DIALLING_CALLER, State.TALKING, State.RETURNED,
})  # fmt: skip
"""States in which the person is still owed the call."""
WAITING = frozenset({State.ASKED, State.DUE})
"""Nothing is under way for it at Asterisk."""
UNDER_WAY = frozenset({State.DIALLING_SEAT, State.DIALLING_CALLER, State.TALKING})
"""A channel of ours stands for it at Asterisk, or did when last seen."""

_ENDS = {Move.CLOSED: State.DONE, Move.CANCELLED: State.CANCELLED, Move.MET: State.TAKEN_BACK}
_WAITS = {
    **_ENDS, Move.PLACED: State.DIALLING_SEAT, Move.RETURNED: State.RETURNED, Move.EXPIRED: State.EXPIRED,
}  # fmt: skip

NEXT: dict[State, dict[Move, State]] = {
    State.ASKED: {**_WAITS, Move.NOW: State.ASKED},
    State.DUE: {**_WAITS, Move.NOW: State.DUE},
    State.DIALLING_SEAT: {
        **_ENDS,
        Move.UNSEATED: State.DUE,
        Move.DIALLED: State.DIALLING_CALLER,
        Move.REACHED: State.TALKING,
        Move.NOT_REACHED: State.DUE,
        Move.GIVEN_UP: State.FAILED,
        Move.HUNG_UP: State.DONE,
        Move.RETURNED: State.RETURNED,
    },
    State.DIALLING_CALLER: {
        **_ENDS,
        Move.UNSEATED: State.DUE,
        Move.REACHED: State.TALKING,
        Move.NOT_REACHED: State.DUE,
        Move.GIVEN_UP: State.FAILED,
        Move.HUNG_UP: State.DONE,
        Move.RETURNED: State.RETURNED,
    },
    # Cut off in the middle of it, because Asterisk died: owed another call.
    State.TALKING: {
        Move.HUNG_UP: State.DONE,
        Move.CLOSED: State.DONE,
        Move.NOT_REACHED: State.DUE,
        Move.GIVEN_UP: State.FAILED,
    },
    State.RETURNED: {
        **_ENDS,
        Move.LEFT: State.DUE,
        Move.RETURNED: State.RETURNED,
        # The call we were making to them crosses theirs: its end is only noted, unless they answered it.
        Move.UNSEATED: State.RETURNED,
        Move.DIALLED: State.RETURNED,
        Move.NOT_REACHED: State.RETURNED,
        Move.GIVEN_UP: State.RETURNED,
        Move.REACHED: State.TALKING,
        Move.HUNG_UP: State.DONE,
        Move.EXPIRED: State.EXPIRED,
    },
    State.DONE: {},
    State.FAILED: {},
    State.EXPIRED: {},
    State.TAKEN_BACK: {},
    State.CANCELLED: {},
}
"""What each move makes of each state; a move that is not here is not legal there."""


class IllegalMove(HotlineError):
    """The text names the state and the move."""


def after(state: State, move: Move) -> State:
    """The state after `move`. Raises `IllegalMove`."""
    found = NEXT[state].get(move)
    if found is None:
        raise IllegalMove(f"a callback that is {state} cannot be {move}")
    return found
