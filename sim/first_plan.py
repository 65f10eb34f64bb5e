"""What the first calls are to be, and what became of each; both travel as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.errors import BadScenario


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """A seat to register."""

    number: str
    password: str
    area: str = ""
    says: str = ""
    """What it says when it answers; a sentence of its own when empty."""


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A call to place."""

    key: str
    number: str
    """Calling number; empty withholds it."""
    name: str = ""
    says: str = ""
    shows: str = ""
    """Number the seat must see; the calling number when empty."""
    seats: tuple[str, ...] = ()
    """Seats that may answer; any when empty."""
    press: str = ""
    """Keys to press when asked, `0379#` for example."""
    press_on_hearing: str = ""
    """Sound file of the question; the keys go out as soon as it is heard."""
    press_after: float = 6.0
    """Seconds after the answer at which the keys go out anyway."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the calls need to know."""

    host: str
    port: int
    seats: tuple[SeatPlan, ...]
    calls: tuple[CallPlan, ...]
    hotline: str = "12366"
    trunk_address: str = "127.0.0.2"
    """Local address the callers dial from: the carrier's trunk."""
    seat_address: str = "127.0.0.1"
    call_header: str = "X-Hotline-Call"
    """Header of the INVITE at the seat that names the call."""
    area_header: str = "X-Hotline-Area"
    """Header of the INVITE at the seat that names the caller's area."""
    within: float = 15.0
    """Seconds from dialling to a seat's answer."""
    hear_seconds: float = 2.0
    """Seconds of the other party each side must hear."""


@dataclass(slots=True)
class CallResult:
    """What became of one call."""

    key: str
    number: str
    ok: bool = False
    problems: list[str] = field(default_factory=list)
    seat: str = ""
    area: str = ""
    setup_seconds: float | None = None
    """From the INVITE to the seat's answer."""
    connected_seconds: float | None = None
    """From the INVITE until the platform answered the caller."""
    number_shown: str = ""
    name_shown: str = ""
    call_id: str = ""
    """Value of the header that names the call, as the seat's phone received it."""
    area_shown: str = ""
    """Value of the header that names the area, as the seat's phone received it."""
    caller_heard: dict[str, float] = field(default_factory=dict)
    """`seconds` of the seat's speech in the caller's recording, and the best score `z`."""
    seat_heard: dict[str, float] = field(default_factory=dict)
    caller_end: str | None = None
    seat_end: str | None = None


def plan_of(document: Mapping[str, Any]) -> Plan:
    """A plan from its JSON document. Raises `BadScenario` on an unknown or missing key."""
    try:
        parts = dict(document)
        seats = tuple(SeatPlan(**seat) for seat in parts.pop("seats"))
        calls = tuple(CallPlan(**{**call, "seats": tuple(call.get("seats", ()))}) for call in parts.pop("calls"))
        return Plan(seats=seats, calls=calls, **parts)
    except (KeyError, TypeError) as error:
        raise BadScenario(f"profile of the first calls: {error}") from error
