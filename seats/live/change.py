"""What can happen to the picture, one frozen record each. Snapshot and events both end in these.

`at` is Asterisk's clock, seconds since 1970: the time of the event, or of asking for the snapshot.
"""

from dataclasses import dataclass

from core.ids import AreaId, LinkedId, SeatNumber, UniqueId

DOWN, RING, RINGING, UP = 0, 4, 5, 6
"""Asterisk's channel states that matter: not yet, a caller's before answer, a called phone rings, answered."""


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """What every event about a channel says of it."""

    uniqueid: UniqueId
    linkedid: LinkedId
    channel: str
    state: int
    number: str
    name: str
    at: float


@dataclass(frozen=True, slots=True)
class ChannelGone:
    uniqueid: UniqueId
    linkedid: LinkedId
    channel: str
    at: float


@dataclass(frozen=True, slots=True)
class BridgeEntered:
    uniqueid: UniqueId
    linkedid: LinkedId
    bridge: str
    at: float


@dataclass(frozen=True, slots=True)
class BridgeLeft:
    uniqueid: UniqueId
    at: float


@dataclass(frozen=True, slots=True)
class BridgeGone:
    bridge: str
    at: float


@dataclass(frozen=True, slots=True)
class HoldSet:
    """This party put the others on hold, or took them back."""

    uniqueid: UniqueId
    on: bool
    at: float


@dataclass(frozen=True, slots=True)
class QueueJoined:
    uniqueid: UniqueId
    queue: AreaId
    at: float


@dataclass(frozen=True, slots=True)
class QueueLeft:
    uniqueid: UniqueId
    at: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A seat took the caller out of a queue."""

    uniqueid: UniqueId
    """The caller's channel."""
    at: float


@dataclass(frozen=True, slots=True)
class SeatCalled:
    """A queue rings a seat for a caller."""

    uniqueid: UniqueId
    """The caller's channel."""
    linkedid: LinkedId
    queue: AreaId
    seat: SeatNumber
    at: float


@dataclass(frozen=True, slots=True)
class Decided:
    """A door said whose caller this is, and why."""

    uniqueid: UniqueId
    area: AreaId | None
    reason: str | None
    at: float


@dataclass(frozen=True, slots=True)
class PartOf:
    """This channel, of a call of its own in Asterisk, asks on behalf of another: the two are one."""

    uniqueid: UniqueId
    linkedid: LinkedId
    of: LinkedId
    at: float


@dataclass(frozen=True, slots=True)
class SpySet:
    """This channel began or ended to listen to another."""

    uniqueid: UniqueId
    on: bool
    at: float


@dataclass(frozen=True, slots=True)
class DeviceSet:
    """What Asterisk says of a seat's softphone."""

    seat: SeatNumber
    away: bool
    """Nobody could ring it."""
    at: float


@dataclass(frozen=True, slots=True)
class PauseSet:
    """A seat's pause in one queue."""

    seat: SeatNumber
    queue: AreaId
    paused: bool
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class WorkEnded:
    """A seat's part of a queue's call is over."""

    seat: SeatNumber
    at: float


@dataclass(frozen=True, slots=True)
class ChannelTruth:
    """A channel as the snapshot has it: what we believe otherwise is wrong."""

    uniqueid: UniqueId
    linkedid: LinkedId
    channel: str
    state: int
    number: str
    name: str
    bridge: str | None
    held: bool
    queue: AreaId | None
    waited: float
    """Seconds in that queue."""
    decision: tuple[AreaId | None, str | None] | None
    """Area and reason; None before a decision."""
    spying: bool
    at: float
    part_of: LinkedId | None = None
    """The call it asks for, when it has one of its own."""


@dataclass(frozen=True, slots=True)
class ChannelAbsent:
    """We have a channel which the snapshot has not."""

    uniqueid: UniqueId
    at: float


@dataclass(frozen=True, slots=True)
class SeatTruth:
    """A seat as the snapshot has it."""

    seat: SeatNumber
    away: bool
    paused: bool
    reason: str
    paused_at: float
    """0: not known."""
    last_call: float
    """0: none yet."""
    wrap_up: int
    """Seconds the queue gives after a call."""
    home: AreaId | None
    """The queue it serves first."""
    at: float


@dataclass(frozen=True, slots=True)
class SeatAbsent:
    """We have a seat which the snapshot has not."""

    seat: SeatNumber
    at: float


Change = (
    ChannelSeen
    | ChannelGone
    | BridgeEntered
    | BridgeLeft
    | BridgeGone
    | HoldSet
    | QueueJoined
    | QueueLeft
    | Answered
    | SeatCalled
    | Decided
    | PartOf
    | SpySet
    | DeviceSet
    | PauseSet
    | WorkEnded
    | ChannelTruth
    | ChannelAbsent
    | SeatTruth
    | SeatAbsent
)
