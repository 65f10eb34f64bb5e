"""What is stored of one call: the record, its legs, and the words for how they ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.ids import LinkedId, UniqueId
from seats.sharing.chosen import SeatChosen


class Outcome(StrEnum):
    """The single way a call ended; `outcome.DEFINITIONS` decides."""

    ANSWERED = "answered"
    """A seat and the caller were joined."""
    SELF_SERVED = "self_served"
    """The caller had what they called for without a seat: event SELF_SERVED."""
    MESSAGE_LEFT = "message_left"
    """The caller left a message and was not answered: event MESSAGE_LEFT."""
    CALLBACK_BOOKED = "callback_booked"
    """The caller will be called back and was not answered: event CALLBACK_BOOKED."""
    ABANDONED_IN_MENU = "abandoned_in_menu"
    """The caller hung up before any queue was entered."""
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    """The caller hung up while waiting for a seat."""
    NOT_REACHED = "not_reached"
    """The platform called somebody back, and no seat or not the person answered: event NOT_REACHED."""
    TOLD_AND_ENDED = "told_and_ended"
    """Nobody could take the call; we said so, then hung up."""
    FAILED = "failed"
    """We ended the call without a word, or nothing here explains its end. Each one is a defect to look into."""
    INTERRUPTED = "interrupted"
    """Asterisk died with the call open. The caller is owed a callback, answered or not."""


class EndedBy(StrEnum):
    """Who hung up first."""

    CALLER = "caller"
    SEAT = "seat"
    PLATFORM = "platform"
    """The dialplan, a deadline, or Asterisk's death."""
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """Who made the call."""

    TRUNK = "trunk"
    """Somebody outside: a taxpayer."""
    SEAT = "seat"
    CALLBACK = "callback"
    """The platform, to somebody who is owed a call; the caller is the person called."""
    PLATFORM = "platform"
    """Asterisk itself: through a Local channel, or to the phone of a supervisor or of a seat a call is moved to.
    A code a seat dials for itself, too: `*14`."""


class Role(StrEnum):
    """Whose part of the call a leg is."""

    CALLER = "caller"
    SEAT = "seat"
    """Rung for the caller, or talked with them."""
    CONSULT = "consult"
    """A seat asked another, who never talked with the caller: both their channels of that."""
    ADVISER = "adviser"
    """Came at a raised hand, heard by the seat alone."""
    THIRD = "third"
    """Joined a caller and a seat who talked."""
    VOICE = "voice"
    """The platform's own voice."""
    OTHER = "other"
    """Anything else: a Local channel, a spy."""


class LegResult(StrEnum):
    """How one leg went, seen from its own end."""

    ANSWERED = "answered"
    BUSY = "busy"
    REFUSED = "refused"
    """The seat pressed its refuse key."""
    TAKEN_ELSEWHERE = "taken_elsewhere"
    """It rang, and another seat was faster."""
    UNREACHABLE = "unreachable"
    """Not registered, or no answer to our INVITE."""
    NO_ANSWER = "no_answer"
    """It rang until its time was up or the caller had gone."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One party's part of a call. Times are UTC and never go back within a call; durations are milliseconds."""

    uniqueid: UniqueId
    position: int
    """0 is the call's first channel."""
    role: Role
    channel: str
    seat: str | None
    """Seat number, for a seat's leg."""
    queue: str | None
    """The queue the caller waited in when this leg began."""
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    ring_ms: int
    """Begin to answer, or to the end."""
    talk_ms: int
    """Joined with somebody else of the call."""
    result: LegResult
    cause: int | None
    """Q.850 hang-up cause; None when Asterisk gave none."""
    caller_ms: int = 0
    """Of `talk_ms`, joined with the caller: what this leg handled."""


class MoveHow(StrEnum):
    """How a call, or somebody into it, was moved."""

    BLIND = "blind"
    ATTENDED = "attended"
    """The seat asked first, then handed over."""
    CONSULT = "consult"
    """The seat asked, and kept the caller."""
    THREEWAY = "threeway"
    ADVISER = "adviser"
    """A raised hand: heard by the seat alone."""
    THIRD = "third"
    """A raised hand: heard by both."""
    COMMAND = "command"
    """A supervisor moved it."""
    BACK = "back"
    """Nobody took it: to the seat who had given it."""


class MoveResult(StrEnum):
    """What came of a move."""

    TAKEN = "taken"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    ABSENT = "absent"
    """Not registered, or nobody of the group is there."""
    CANCELLED = "cancelled"
    """By the seat who asked, or the caller hung up."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move of the call. Times are UTC."""

    at: datetime
    how: MoveHow
    seat: str | None
    """Who moved it."""
    kind: str
    """What it was meant for: seat, area, province, group."""
    target: str
    """Seat number, area id, group id."""
    result: MoveResult
    taken_by: str | None
    """Seat."""
    taken_at: datetime | None
    ended_at: datetime | None
    """A consultation, an adviser: when it was over. None: not apart from the call."""


class RecordingState(StrEnum):
    """What became of a recording's file."""

    PENDING = "pending"
    """The call has just ended; not measured yet."""
    STORED = "stored"
    SHORT = "short"
    """Some of the talk is missing: the disk was full."""
    EMPTY = "empty"
    """Nobody answered: nothing to keep, the file is gone."""
    MISSING = "missing"
    """There is no file, or nothing in it: the disk was full, no phone sent any sound, or somebody took it."""
    REMOVED = "removed"
    """Kept as long as it had to be."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound of a call, kept in a file that is named after `id`. Times are UTC."""

    id: str
    started_at: datetime
    """The caller had been told."""
    ended_at: datetime
    expected_ms: int
    """The caller's talking after the beginning: what the file must hold."""
    state: RecordingState = RecordingState.PENDING
    bytes: int | None = None
    duration_ms: int | None = None
    measured_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything under one linkedid, and what was asked on its behalf. Times are UTC and never go back; durations are
    milliseconds, never negative."""

    linkedid: LinkedId
    origin: Origin
    caller: str
    """Number as received, before the dialplan touched it; empty when withheld."""
    dialled: str
    area: str | None
    """Area decided for the caller, or, of a caller from nowhere we know, the one they were sent to: the province."""
    queue: str | None
    """The queue that answered, else the last one waited in."""
    answered_by: str | None
    """Number of the first seat joined with the caller."""
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime
    set_up_ms: int | None
    """Start of the call to the first ring at a seat: what deciding, asking and queueing took."""
    wait_ms: int | None
    """Queue entered to first answered, or to the end."""
    talk_ms: int
    """With people; not with the platform's own voice."""
    outcome: Outcome
    ended_by: EndedBy
    cause: int | None
    interrupted_at: datetime | None
    legs: tuple[Leg, ...]
    decision: Mapping[str, Any] | None
    """What the last `ROUTED` event said, completed by the journal's `routing_decided`; None for a call never routed."""
    decided_at: datetime | None
    recordings: tuple[Recording, ...] = ()
    moves: tuple[Move, ...] = ()
    rings: tuple[SeatChosen, ...] = ()
    """Seats that queues rang for it, and why those; none while nobody chose (our service away)."""
    waited_again_ms: int = 0
    """Alone after being answered: seat lost, or moved and not taken yet. Not what follows the last seat."""

    @property
    def abandoned_after_ms(self) -> int | None:
        """How long the caller bore it: in the queue, else from the beginning. None if the call was not abandoned."""
        if self.outcome is Outcome.ABANDONED_IN_QUEUE:
            return self.wait_ms
        if self.outcome is Outcome.ABANDONED_IN_MENU:
            return round((self.ended_at - self.started_at).total_seconds() * 1000)
        return None
