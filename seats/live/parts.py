"""What is remembered of one channel and one seat while it lasts, so that the order of events does not matter.

Each part of it is either joined (the oldest linkedid, the furthest state, the first time) or the newest word by
Asterisk's clock: both come out the same whatever order, and however often, the events come.
"""

from dataclasses import dataclass, field
from typing import Final

from core.ids import AreaId, LinkedId, SeatNumber, UniqueId

NOTICE: Final = "nt-"
"""How the uniqueid of a channel begins that says something to a waiting caller (`seats.opening`): nobody's call."""
CLOCK_JUMP: Final = 10.0
"""Seconds. An event older than this against what it changes means that Asterisk's clock was turned back: it counts."""


def newer(at: float, than: float) -> bool:
    """Whether a word of time `at` replaces one of time `than`."""
    return at >= than or than - at > CLOCK_JUMP


def age_of(identity: str) -> tuple[float, int]:
    """Orders uniqueids and linkedids by age: `1795319066.12` -> second and count."""
    second, _, count = identity.rpartition(".")
    try:
        return float(second), int(count)
    except ValueError:
        return float("inf"), 0


@dataclass(slots=True)
class Channel:
    """One channel Asterisk has."""

    uniqueid: UniqueId
    linkedid: LinkedId
    """The oldest ever told: calls only grow together."""
    name: str
    seat: SeatNumber | None
    created: float
    touched: float
    """Newest event about it."""
    state: int = 0
    state_at: float = 0.0
    rang: bool = False
    """A called leg: it has been Ringing."""
    number: str = ""
    caller_name: str = ""
    named_at: float = 0.0
    bridge: str | None = None
    bridge_at: float = 0.0
    held: bool = False
    held_at: float = 0.0
    queue: AreaId | None = None
    queue_at: float = 0.0
    waiting_since: float | None = None
    """First queue joined."""
    area: AreaId | None = None
    reason: str | None = None
    decided_at: float = 0.0
    spying: bool = False
    spying_at: float = 0.0

    @property
    def outside(self) -> bool:
        """A caller's: not a seat's, and none of Asterisk's own making."""
        return self.seat is None and not self.name.startswith("Local/")


@dataclass(slots=True)
class Desk:
    """One seat."""

    number: SeatNumber
    area: AreaId | None = None
    name: str = ""
    known: bool = False
    """In the roster."""
    home: AreaId | None = None
    """The queue whose word on pauses counts."""
    away: bool = True
    away_at: float = 0.0
    paused: bool = False
    reason: str = ""
    paused_at: float = 0.0
    ended_at: float = 0.0
    """End of its last call from a queue."""
    wrap_up: int = 0
    """Seconds after it."""
    touched: float = 0.0
    channels: set[UniqueId] = field(default_factory=set)
