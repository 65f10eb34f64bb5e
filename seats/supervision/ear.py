"""Where a supervisor's ear belongs in a call, and what the phone shows. Pure."""

from dataclasses import dataclass
from typing import Final

from core import log
from core.ids import SeatNumber, UniqueId
from seats.supervision.act import CannotAct
from seats.supervision.floor import CallNow
from seats.supervision.rules import Verb

MODES: Final = {Verb.LISTEN: "监听", Verb.WHISPER: "耳语", Verb.BARGE: "强插", Verb.TAKEOVER: "接管"}
"""Ways to be in a call, as the supervisor's phone shows them."""
NEEDS_SEAT: Final = frozenset({Verb.WHISPER, Verb.BARGE})
"""Without a seat the caller alone would hear it, and take it for an answer."""


@dataclass(frozen=True, slots=True)
class Ear:
    """A mode and the channel it is on."""

    mode: Verb
    channel: UniqueId
    seat: SeatNumber | None
    """Whose channel it is; None: the caller's own."""


def first_ear(verb: Verb, call: CallNow) -> Ear:
    """Where a supervision begins. Raises `CannotAct`."""
    if call.caller is None:
        raise CannotAct("the call has no caller any more")
    if verb is Verb.TAKEOVER:
        return Ear(verb, call.caller, call.seat)
    if verb in NEEDS_SEAT and call.seat_channel is None:
        raise CannotAct(f"nobody talks with the caller yet: {verb} needs a seat; listen, or take over")
    found = ear(verb, call)
    if found is None:
        raise CannotAct("the call has no caller any more")
    return found


def ear(verb: Verb, call: CallNow) -> Ear | None:
    """Where it belongs now: on the seat's channel, and between two seats on the caller's, where it only listens.

    None: the caller has gone.
    """
    if call.caller is None:
        return None
    if call.seat_channel is not None:
        return Ear(verb, call.seat_channel, call.seat)
    return Ear(Verb.LISTEN, call.caller, None)


def shown(verb: Verb, call: CallNow) -> str:
    """Display name at the supervisor's phone: the mode, and whom it is about."""
    about = call.seat or (log.mask(call.number) if call.number.isascii() and call.number.isdigit() else "来电")
    return f"{MODES[verb]} {about}"
