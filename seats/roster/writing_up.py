"""How long each seat writes up, and whose time has passed. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from core.ids import AreaId, SeatNumber
from seats.live.model import LiveSeat
from seats.roster import reasons
from seats.roster.states import State

Limits = Mapping[str, int]
"""Seconds by seat's number or area's id."""
LONGEST = 3600


def limit_of(seat: SeatNumber, area: AreaId | None, limits: Limits, everybody: int) -> int:
    """The seat's own, else its area's, else everybody's."""
    return limits.get(seat, limits.get(area or "", everybody))


def over(seats: Mapping[SeatNumber, LiveSeat], limits: Limits, everybody: int, now: datetime) -> Iterator[LiveSeat]:
    """Seats that have written up long enough. More time is a pause begun anew, of the same length."""
    for seat in seats.values():
        if seat.state is not State.WRAP_UP or seat.reason not in {reasons.WRAP_UP, reasons.MORE_TIME}:
            continue
        if now - seat.since >= timedelta(seconds=limit_of(seat.number, seat.area, limits, everybody)):
            yield seat
