"""What the live picture says: calls, seats, areas. Frozen; an entry that did not change stays the same object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.roster.states import State


class CallState(StrEnum):
    """Where a call is. One that has ended is no longer in the picture."""

    MENU = "menu"
    """With the platform: being asked, told, or between two queues."""
    WAITING = "waiting"
    """In a queue, no seat is ringing."""
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    """Joined, and one party has put the other on hold, by its phone or by command."""


SeatState = State
"""What a seat is doing: `seats.roster.states`."""


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """One leg of a call as Asterisk names it, for acts on it."""

    uniqueid: UniqueId
    channel: str
    """`PJSIP/3710001-0000002a`."""
    seat: SeatNumber | None
    up: bool
    bridge: str | None
    """Asterisk's id of the bridge it is in."""
    held: bool
    """This party has put the others on hold."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """Everything under one linkedid. Times are UTC, by Asterisk's clock."""

    linkedid: LinkedId
    number: str
    """The caller's, as shown to the seat; `anonymous` when private, empty before it is known."""
    name: str
    """Without characters that steer a terminal or turn the line; else as sent."""
    area: AreaId | None
    """The caller's; None while nothing is decided, and for callers of no area of the province."""
    reason: str | None
    """The rule that decided: `area-code`, `segment`, `keyed` …"""
    state: CallState
    since: datetime
    queue: AreaId | None
    """The queue the caller waits in now."""
    waiting_since: datetime | None
    """When the caller joined the first queue; None once joined with a seat, or not waiting yet."""
    seat: SeatNumber | None
    """Who talks with the caller, else who is ringing."""
    started: datetime
    channels: tuple[LiveChannel, ...]
    """The caller's first, then by age."""
    areas: tuple[AreaId, ...]
    """Areas the call touches: the caller's (or its queue's), and those of its seats. Who may see it."""


@dataclass(frozen=True, slots=True)
class LiveSeat:
    """One registered position."""

    number: SeatNumber
    area: AreaId | None
    """None: a phantom, known to Asterisk but to no roster."""
    name: str
    state: SeatState
    reason: str | None
    """Of a pause, as given; `supervision` while the phone listens to another call."""
    since: datetime
    call: LinkedId | None


@dataclass(frozen=True, slots=True)
class LiveArea:
    """One area now and today (since midnight in China). The province's row is its own centre, not a sum."""

    area: AreaId
    waiting: int
    """Its callers who wait, in whatever queue."""
    longest_wait_s: int
    """Of those, whole seconds; 0 when nobody waits."""
    offered_today: int
    """Its callers."""
    answered_today: int
    answered_in_15_today: int
    """Answered at most 15 s after they entered a queue."""
    connect_rate_today: float | None
    """Answered of `decided_today`, 0 to 1; None when there are none."""
    in_15_rate_today: float | None
    """Answered in 15 s of `decided_today`, 0 to 1; None when there are none."""
    free: int
    ringing: int
    talking: int
    """Talking or held."""
    paused: int
    """Paused or in wrap-up."""
    offline: int
    """Without a phone, or logged out."""
    decided_today: int = 0
    """Callers who needed a seat, and have been answered or have gone."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the picture and Asterisk, or Asterisk and the roster, did not agree."""

    kind: str
    """`stuck_channel` (ours alone), `missing_channel`, `channel`, `seat`, `phantom_seat` (Asterisk's alone),
    `missing_seat` (the roster's alone)."""
    id: str
    """uniqueid or seat number."""
    ours: str
    theirs: str
    at: datetime
    mended: bool
    """Whether the picture now says what Asterisk says. A seat only Asterisk or only the roster knows stays shown."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a supervisor should look at: shown for ten minutes."""

    kind: str
    """`no_answer` a seat let it ring twice and is paused, `lost` its phone died in a call, `pin` wrong PINs."""
    seat: SeatNumber
    area: AreaId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole, or what one scope shows of it."""

    calls: Mapping[LinkedId, LiveCall] = field(default_factory=lambda: MappingProxyType({}))
    seats: Mapping[SeatNumber, LiveSeat] = field(default_factory=lambda: MappingProxyType({}))
    areas: Mapping[AreaId, LiveArea] = field(default_factory=lambda: MappingProxyType({}))
    stale_since: datetime | None = None
    """Not to be trusted since then: the link is down, or there has been none yet."""
    newest_event: datetime | None = None
    version: int = 0
    """Grows with every change; begins anew with the process."""
    differences: tuple[Difference, ...] = ()
    """Found lately, newest first."""
    alerts: tuple[Alert, ...] = ()
    """Newest first."""


class Pictured(Protocol):
    """What keeps the live picture, for rooms that only look at it (`seats.live.live.Live`)."""

    @property
    def picture(self) -> Picture: ...
