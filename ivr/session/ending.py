"""What the conversation is given, and how it ends. Pure."""

from dataclasses import dataclass, field
from typing import Any

from core.ids import AreaId, LinkedId


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a call when its conversation begins."""

    call: LinkedId
    area: AreaId | None
    """Where the caller belongs; None where it is not known: they are asked."""
    closed: bool = False
    """Nobody sits at the desks now: a message is offered instead of a person."""
    notice: str = ""
    """Sound of the area's emergency announcement as the dialplan names it, or empty."""


@dataclass(frozen=True, slots=True)
class Handover:
    """To a person."""

    topic: str = ""
    """Of what the caller last asked, at most 12 characters; empty where nothing was asked."""
    why: str = "asked"
    """`asked, unclear, silent, long, trouble`."""
    province: bool = False
    """To the province centre, the caller's own area being closed."""


@dataclass(frozen=True, slots=True)
class SelfServed:
    """The caller has their answer and said goodbye, or hung up after hearing it whole."""


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """The caller wants to leave a message: the dialplan takes it."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class CallbackBooked:
    """The caller wants to be called: the dialplan books it."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The caller hung up unserved."""


Ending = Handover | SelfServed | MessageLeft | CallbackBooked | Abandoned


@dataclass(frozen=True, slots=True)
class Result:
    """What the conversation leaves behind."""

    ending: Ending
    area: AreaId | None
    """Where the caller said they belong, if they did, else as it arrived."""
    moved: bool = False
    """The caller named an area of their own: it overrides what the number says."""
    story: dict[str, Any] = field(default_factory=dict)
    """Fields of the fact `story` (noted already); empty when nothing was said."""
