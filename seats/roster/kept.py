"""What seats had said of themselves, said again to an Asterisk that was started anew: pauses, log-outs, shown PINs."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from core.clock import Clock
from core.ids import AreaId, SeatNumber
from seats.ami import AmiRefused
from seats.live.live import Live
from seats.roster import reasons
from seats.roster.commands import HOME, PROVED, WRAP, Commands
from seats.roster.follow import Standing
from seats.roster.states import State
from seats.roster.writing_up import Limits, limit_of

KNOWS: Final = "HOTLINE_KNOWS"
"""Global variable: empty in an Asterisk that was started anew and has been told nothing yet."""
_LOOKS: Final = 60
_LOOK: Final = 0.05
"""So often, and seconds apart, the picture is asked whether it shows what was said."""
_AT_ONCE: Final = 40
_WRITING: Final = (reasons.WRAP_UP, reasons.MORE_TIME)

_log = logging.getLogger("seats.roster")


class Kept:
    """Remembers while Asterisk runs; where this process is new as well, what Postgres knows of each seat counts."""

    def __init__(self, commands: Commands, live: Live, clock: Clock) -> None:
        self.current = False
        """Whether Asterisk's word about pauses is that of the seats: an Asterisk started anew knows none."""
        self._commands, self._live, self._clock = commands, live, clock
        self._pauses: dict[SeatNumber, str | None] = {}
        """Each seat's reason; None: at work. One that is not here is not known."""
        self._remembers = False
        self._one = asyncio.Lock()

    def lost(self) -> None:
        """The link to Asterisk has gone; it may come back to another one."""
        self.current = False

    def remember(self, seen: Mapping[SeatNumber, Standing]) -> None:
        """Where each seat was seen last before its phone went away, and before this process."""
        for number, standing in seen.items():
            if standing.state is State.LOGGED_OUT:
                self._pauses.setdefault(number, standing.reason or reasons.LOGGED_OUT)
            elif standing.state is State.PAUSED and standing.reason not in {reasons.NO_ANSWER, reasons.HOME}:
                self._pauses.setdefault(number, standing.reason)
            elif standing.state in {State.READY, State.WRAP_UP}:
                self._pauses.setdefault(number, None)
        self._remembers = True

    def learn(self) -> None:
        """As Asterisk says now."""
        if self.current and self._live.picture.stale_since is None:
            desks = self._live.ledger.desks.items()
            self._pauses = {number: desk.reason if desk.paused else None for number, desk in desks if desk.known}

    async def agree(self, homes: Mapping[AreaId, str], limits: Limits, everybody: int) -> None:
        """After each login: whether it is another Asterisk, and then everything again. Raises `AmiError`."""
        async with self._one:
            if self.current or not self._remembers:
                return
            # Refused while queues are not loaded yet; asked again soon.
            await self._commands.awake()
            if not await self._commands.get(KNOWS):
                await self._say(homes, limits, everybody)
                await self._commands.set(KNOWS, "yes")
            self.current = True

    async def _say(self, homes: Mapping[AreaId, str], limits: Limits, everybody: int) -> None:
        for home, mode in homes.items():
            await self._commands.set(f"{HOME}{home}", mode)
        area_of = {number: seat.area for number, seat in self._live.picture.seats.items()}
        said = dict(self._pauses)
        for number, area in area_of.items():
            if area is None or area not in homes:
                continue
            if number in said and said[number] in (None, *_WRITING):
                await self._commands.set(f"{PROVED}{number}", "yes")
            else:
                said.setdefault(number, reasons.HOME)
        paused = {number: reason for number, reason in said.items() if reason is not None}
        if paused:
            _log.warning("Asterisk was started anew: pauses are put back", extra={"seats": len(paused)})
        until = int(self._clock.now().timestamp())
        rest = list(paused.items())
        while rest:
            some, rest = rest[:_AT_ONCE], rest[_AT_ONCE:]
            ends = {number: until + limit_of(number, area_of.get(number), limits, everybody) for number, _ in some}
            await asyncio.gather(*(self._pause(number, reason, ends[number]) for number, reason in some))
        for _ in range(_LOOKS):
            if self._shown(paused):
                return
            await asyncio.sleep(_LOOK)

    async def _pause(self, seat: SeatNumber, reason: str, ends: int) -> None:
        # Refused: no queue has that seat any more.
        with suppress(AmiRefused):
            await self._commands.pause(seat, reason)
            if reason in _WRITING:
                await self._commands.set(f"{WRAP}{seat}", str(ends))

    def _shown(self, paused: Mapping[SeatNumber, str]) -> bool:
        desks = self._live.ledger.desks
        return self._live.picture.stale_since is None and all(
            (desk := desks.get(number)) is None or desk.paused for number in paused
        )
