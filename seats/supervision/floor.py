"""Who is where at this moment, as acts need it. The live picture is behind it; nothing outside names a channel."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.live.model import LiveCall, Pictured

PREFIX = "sv-"
"""How the id of a supervision begins; it is the uniqueid of the supervisor's channel too."""
MOVED = "mv-"
"""How the id of a call on its way to a seat begins; it is the uniqueid of that seat's channel too."""
OURS = (PREFIX, MOVED)
ACT = "act-"
"""How the id of a single act begins."""


@dataclass(frozen=True, slots=True)
class CallNow:
    """One call, at the moment of an act."""

    linkedid: LinkedId
    number: str
    """The caller's, as shown to the seat; may be empty."""
    area: AreaId | None
    """The caller's."""
    caller: UniqueId | None
    """The caller's channel; None: gone, or not one of ours to touch."""
    seat: SeatNumber | None
    """Who talks with the caller."""
    seat_channel: UniqueId | None
    areas: frozenset[AreaId | None]
    """The caller's, and those of the seats in it."""


class Floor(Protocol):
    """What is asked of the live picture."""

    @property
    def fresh(self) -> bool:
        """Whether the picture can be trusted now."""
        ...

    def call(self, linkedid: LinkedId) -> CallNow | None:
        """The call of that id; None when it is not up."""
        ...

    def call_of(self, seat: SeatNumber) -> CallNow | None:
        """The call the seat is in."""
        ...

    def call_with(self, channel: UniqueId) -> CallNow | None:
        """The call that channel is in now: two calls can become one, under either's id."""
        ...

    def area_of(self, seat: SeatNumber) -> AreaId | None:
        """Whose desk it is; None when no roster knows it."""
        ...

    def reachable(self, seat: SeatNumber) -> bool:
        """Whether its softphone could be rung."""
        ...


class LiveFloor:
    """`Floor` on the live picture."""

    def __init__(self, live: Pictured) -> None:
        self._live = live

    @property
    def fresh(self) -> bool:
        return self._live.picture.stale_since is None

    def call(self, linkedid: LinkedId) -> CallNow | None:
        found = self._calls.get(linkedid)
        return None if found is None else call_now(found)

    def call_of(self, seat: SeatNumber) -> CallNow | None:
        known = self._live.picture.seats.get(seat)
        if known is None or known.call is None:
            return None
        found = self._calls.get(known.call)
        return None if found is None else _with(seat, call_now(found), found)

    def call_with(self, channel: UniqueId) -> CallNow | None:
        for found in self._calls.values():
            if any(leg.uniqueid == channel for leg in found.channels):
                return call_now(found)
        return None

    def area_of(self, seat: SeatNumber) -> AreaId | None:
        known = self._live.picture.seats.get(seat)
        area: AreaId | None = None if known is None else known.area
        return area

    def reachable(self, seat: SeatNumber) -> bool:
        known = self._live.picture.seats.get(seat)
        return known is not None and str(known.state) != "offline"

    @property
    def _calls(self) -> Mapping[LinkedId, LiveCall]:
        return self._live.picture.calls


def _with(seat: SeatNumber, now: CallNow, call: LiveCall) -> CallNow:
    """The same call for an act on that seat: where it talks itself, when that is not with the caller."""
    own = [leg for leg in call.channels if leg.seat == seat and leg.up and leg.bridge and not leg.held]
    own = [leg for leg in own if not leg.uniqueid.startswith(PREFIX)]
    if not own or any(leg.uniqueid == now.seat_channel for leg in own):
        return now
    return replace(now, seat=seat, seat_channel=own[-1].uniqueid)


def call_now(call: LiveCall) -> CallNow:
    """A live call as acts see it. A supervisor's channel in it is neither its caller nor its seat."""
    legs = [leg for leg in call.channels if not leg.uniqueid.startswith(PREFIX)]
    caller = legs[0] if legs else None
    talking = next(
        (leg for leg in legs[1:] if leg.seat and leg.up and leg.bridge and caller and leg.bridge == caller.bridge),
        None,
    )
    areas: frozenset[AreaId | None] = frozenset(call.areas) or frozenset({call.area})
    return CallNow(
        linkedid=call.linkedid,
        number=call.number,
        area=call.area,
        caller=caller.uniqueid if caller else None,
        seat=talking.seat if talking else None,
        seat_channel=talking.uniqueid if talking else None,
        areas=areas,
    )
