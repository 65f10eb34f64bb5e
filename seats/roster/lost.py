"""Phones that die: which causes say so, and which channels of a dead phone are ended, and when. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from core.ids import LinkedId, SeatNumber, UniqueId
from seats.live.model import LiveCall

CAUSES: Final = (18, 20, 27, 38, 41, 44)
"""Q.850 causes of a seat's channel that are no hanging up: nobody there, out of order, the network, and 44, with which
Asterisk ends a channel that has been silent too long."""
OUT_OF_ORDER: Final = 27
"""What we end a dead phone's channel with."""
AWAY: Final = frozenset({"Unreachable"})
"""What Asterisk says of a phone that did not answer. One that took its registration away may still talk."""
BACK: Final = frozenset({"Reachable", "Created", "Updated", "NonQualified", "Unqualified"})


@dataclass(frozen=True, slots=True)
class Dead:
    """A channel to be ended."""

    channel: UniqueId
    seat: SeatNumber
    up: bool
    """The seat had answered: its caller must be told. Nobody called it on a line it dialled itself."""


class Phones:
    """Which phones are away, and since when."""

    def __init__(self, lost_after: float) -> None:
        self._lost_after = lost_after
        self._away: dict[SeatNumber, float] = {}

    def told(self, seat: SeatNumber, status: str, now: float) -> None:
        """A word of Asterisk's about the seat's phone; `now` is monotonic."""
        if status in AWAY:
            self._away.setdefault(seat, now)
        elif status in BACK:
            self._away.pop(seat, None)

    def away(self, seat: SeatNumber) -> bool:
        """Whether it is."""
        return seat in self._away

    def due(self, calls: Mapping[LinkedId, LiveCall], now: float) -> Iterator[Dead]:
        """Channels to end now: a ringing one at once, one that talks when its phone has been away long enough; so also
        its line to whom it was asking, who would hear nobody."""
        if not self._away:
            return
        for call in calls.values():
            for place, leg in enumerate(call.channels):
                since = self._away.get(leg.seat) if leg.seat is not None else None
                if leg.seat is None or since is None:
                    continue
                rung = place > 0
                if (rung and not leg.up) or now - since >= self._lost_after:
                    yield Dead(leg.uniqueid, leg.seat, leg.up and rung)
