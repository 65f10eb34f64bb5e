"""Areas that work from home: what Asterisk is told, and who may answer there."""

from collections.abc import Mapping

from core.ids import AreaId
from seats.live.live import Live
from seats.roster import reasons
from seats.roster.commands import HOME, PROVED, Commands
from seats.roster.states import State
from seats.roster.watch import Watch

ON = "home mode on"
OFF = "home mode off"
"""Who pauses the seats of an area that goes home, and takes them back."""


class Homes:
    """Brings Asterisk to what is planned. Who has shown the PIN is kept there: a new process asks nobody again."""

    def __init__(self, commands: Commands, watch: Watch, live: Live) -> None:
        self._commands, self._watch, self._live = commands, watch, live
        self._told: dict[AreaId, str] = {}
        self._fresh = False

    def forget(self) -> None:
        """Asterisk may be another one, or was told by a process before us."""
        self._told.clear()
        self._fresh = False

    async def agree(self, wanted: Mapping[AreaId, str]) -> None:
        """`wanted`: `home` or `drill` by area. Raises `AmiError`; asked again, it goes on."""
        self._watch.modes = dict(wanted)
        if not self._fresh:
            for area in {seat.area for seat in self._live.picture.seats.values() if seat.area is not None}:
                if mode := await self._commands.get(f"{HOME}{area}"):
                    self._told[area] = mode
            self._fresh = True
        for area in self._told.keys() - wanted.keys():
            await self._commands.set(f"{HOME}{area}", "")
            await self._back(area)
            del self._told[area]
        for area, mode in wanted.items():
            if self._told.get(area) == mode:
                continue
            await self._commands.set(f"{HOME}{area}", mode)
            if area not in self._told:
                await self._out(area)
            self._told[area] = mode

    async def _out(self, area: AreaId) -> None:
        """Every seat of the area is at work again once its PIN is keyed. A call under way goes on."""
        for seat in self._live.picture.seats.values():
            if seat.area == area:
                await self._commands.set(f"{PROVED}{seat.number}", "")
                if seat.state is not State.LOGGED_OUT:
                    self._watch.asked(seat.number, ON)
                    await self._commands.pause(seat.number, reasons.HOME)

    async def _back(self, area: AreaId) -> None:
        desks = self._live.ledger.desks
        for seat in self._live.picture.seats.values():
            desk = desks.get(seat.number)
            if seat.area == area and desk is not None and desk.paused and desk.reason == reasons.HOME:
                self._watch.asked(seat.number, OFF)
                await self._commands.ready(seat.number, area)
