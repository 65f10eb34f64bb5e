"""Where a supervisor's phone is, and what can happen to it: a table. Pure."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where the supervisor's phone is."""

    RINGING = "ringing"
    """Being rung, or just answered."""
    ON = "on"
    """Its ear is in the call."""
    SENT = "sent"
    """On its way to another mode or another channel."""
    LOST = "lost"
    """What it listened to has gone; it waits to be sent on."""
    TAKEN = "taken"
    """It talks with the caller."""
    OVER = "over"


class Move(StrEnum):
    """What can happen to it."""

    SPY_STARTED = "spy_started"
    SPY_STOPPED = "spy_stopped"
    JOINED = "joined"
    """It is in a bridge with the caller."""
    SENT_ON = "sent_on"
    """We sent it to another mode or channel."""
    ASTRAY = "astray"
    """It did not arrive where it was sent."""
    HUNG_UP = "hung_up"


NEXT: Final[dict[State, dict[Move, State]]] = {
    State.RINGING: {
        Move.SPY_STARTED: State.ON,
        Move.SPY_STOPPED: State.RINGING,
        Move.JOINED: State.TAKEN,
        Move.SENT_ON: State.SENT,
        Move.ASTRAY: State.RINGING,
        Move.HUNG_UP: State.OVER,
    },
    State.ON: {
        Move.SPY_STARTED: State.ON,
        Move.SPY_STOPPED: State.LOST,
        Move.JOINED: State.TAKEN,
        Move.SENT_ON: State.SENT,
        Move.ASTRAY: State.ON,
        Move.HUNG_UP: State.OVER,
    },
    State.SENT: {
        Move.SPY_STARTED: State.ON,
        Move.SPY_STOPPED: State.SENT,  # of where it was before
        Move.JOINED: State.TAKEN,
        Move.SENT_ON: State.SENT,
        Move.ASTRAY: State.LOST,
        Move.HUNG_UP: State.OVER,
    },
    State.LOST: {
        Move.SPY_STARTED: State.ON,
        Move.SPY_STOPPED: State.LOST,
        Move.JOINED: State.TAKEN,
        Move.SENT_ON: State.SENT,
        Move.ASTRAY: State.LOST,
        Move.HUNG_UP: State.OVER,
    },
    State.TAKEN: {
        Move.SPY_STARTED: State.TAKEN,
        Move.SPY_STOPPED: State.TAKEN,  # told late
        Move.JOINED: State.TAKEN,
        Move.SENT_ON: State.TAKEN,
        Move.ASTRAY: State.TAKEN,
        Move.HUNG_UP: State.OVER,
    },
    State.OVER: dict.fromkeys(Move, State.OVER),
}
