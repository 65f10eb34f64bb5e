"""Who is who in the call of a seat, from the live picture. Pure."""

from dataclasses import dataclass

from core.ids import SeatNumber, UniqueId
from seats.live.model import LiveCall
from seats.supervision.act import CannotAct
from seats.supervision.floor import PREFIX


@dataclass(frozen=True, slots=True)
class Parties:
    """The caller, the seat, and whom the seat talks with instead."""

    caller: UniqueId
    seat: UniqueId
    joined: bool
    """Caller and seat talk with each other."""
    asked: UniqueId | None
    """The channel of whom the seat talks with instead: whom it asked."""
    asked_seat: SeatNumber | None


def parties(call: LiveCall, seat: SeatNumber) -> Parties:
    """Of a `seats.live.model.LiveCall` in which `seat` is. Raises `CannotAct`."""
    legs = [leg for leg in call.channels if not leg.uniqueid.startswith(PREFIX)]
    if not legs or legs[0].seat is not None:
        raise CannotAct("there is no caller in this call")
    caller = legs[0]
    own = [leg for leg in legs[1:] if leg.seat == seat and leg.up]
    if not own:
        raise CannotAct(f"seat {seat} has not answered this call")
    mine = next((leg for leg in own if leg.bridge and leg.bridge == caller.bridge), own[0])
    joined = mine.bridge is not None and mine.bridge == caller.bridge
    if not joined and call.seat not in (None, seat):
        raise CannotAct(f"seat {seat} is only asked: the caller is seat {call.seat}'s")
    asked = next(
        (leg for leg in legs[1:] if leg.seat != seat and leg.up and leg.bridge and leg.bridge == mine.bridge), None
    )
    if joined or asked is None:
        return Parties(caller.uniqueid, mine.uniqueid, joined, None, None)
    return Parties(caller.uniqueid, mine.uniqueid, False, asked.uniqueid, asked.seat)
