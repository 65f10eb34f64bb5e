"""Phones that ring to bring somebody into a talk: they stop when the talk is over, or the seat thinks better of it."""

import asyncio
import logging
from typing import Final

from core.errors import HotlineError
from core.ids import LinkedId, SeatNumber, UniqueId
from seats.live.model import Pictured
from seats.moves.exchange import RING_SECONDS, Exchange

_LOOKS: Final = 0.25
"""Seconds between two looks at the picture."""
_log = logging.getLogger("seats.moves")


class Ringing:
    """Each until it is answered, has rung its time, or nobody is there any more to come to."""

    def __init__(self, live: Pictured, exchange: Exchange) -> None:
        self._live = live
        self._exchange = exchange
        self._tasks: dict[UniqueId, asyncio.Task[None]] = {}
        self._for: dict[SeatNumber, UniqueId] = {}

    def began(self, own: UniqueId, call: LinkedId, seat: SeatNumber, channel: UniqueId) -> None:
        """`own` rings to come into `call`, where `seat` talks on `channel`."""
        self._for[seat] = own
        task = self._tasks[own] = asyncio.create_task(self._watch(own, call, channel))

        def over(_: asyncio.Task[None]) -> None:
            del self._tasks[own]
            if self._for.get(seat) == own:
                del self._for[seat]

        task.add_done_callback(over)

    def asked_by(self, seat: SeatNumber) -> UniqueId | None:
        """What rings for that seat."""
        return self._for.get(seat)

    async def _watch(self, own: UniqueId, call: LinkedId, channel: UniqueId) -> None:
        for _ in range(round(RING_SECONDS / _LOOKS)):
            await asyncio.sleep(_LOOKS)
            found = self._live.picture.calls.get(call)
            legs = () if found is None else tuple(leg.uniqueid for leg in found.channels if leg.up)
            if own in legs:
                return
            if channel not in legs and self._live.picture.stale_since is None:
                await self._stop(own)
                return

    async def _stop(self, own: UniqueId) -> None:
        try:
            await self._exchange.hang_up(own)
        except HotlineError as error:
            _log.warning("a phone rings on for a talk that is over: %s", error)
