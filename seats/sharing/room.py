"""Sharing as it runs: a commander's login of its own, the lending that uses it, and what is to be without us."""

import asyncio
from pathlib import Path
from typing import Final

from core.clock import Clock
from core.journal import Journal
from seats.ami import AmiClient, AmiLogin
from seats.live.live import Live
from seats.sharing.lending import Lending
from seats.sharing.plan import Plan
from seats.sharing.will import EVERY, Will

_SOON: Final = 0.2
"""Seconds between two looks whether Asterisk is there."""


class Sharing:
    """From `start` to `close`."""

    def __init__(
        self, live: Live, commander: AmiLogin, plan: Plan, clock: Clock, journal: Journal, spool: Path
    ) -> None:
        # Apart from supervision's: an act of a person never waits behind pauses, nor they behind it.
        self._commander = AmiClient(commander)
        self.lending = Lending(live, self._commander, plan, clock, journal)
        self._clock, self._will = clock, Will(spool)
        self._living: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        await self.lending.start()
        await self._commander.start()
        self._living = asyncio.create_task(self._keep_living())

    async def close(self) -> None:
        """Let everybody help, then log off."""
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)
        await self.lending.close()
        self._will.withdraw()
        await self._commander.close()

    async def _keep_living(self) -> None:
        while True:
            if living := self._commander.connected:
                self._will.put_off(self._clock.now().timestamp())
            await asyncio.sleep(EVERY if living else _SOON)
