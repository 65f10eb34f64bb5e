"""Sharing as it runs: a commander's login of its own, and the lending that uses it."""

from core.clock import Clock
from core.journal import Journal
from seats.ami import AmiClient, AmiLogin
from seats.live.live import Live
from seats.sharing.lending import Lending
from seats.sharing.plan import Plan


class Sharing:
    """From `start` to `close`."""

    def __init__(self, live: Live, commander: AmiLogin, plan: Plan, clock: Clock, journal: Journal) -> None:
        # Apart from supervision's: an act of a person never waits behind pauses, nor they behind it.
        self._commander = AmiClient(commander)
        self.lending = Lending(live, self._commander, plan, clock, journal)

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        await self.lending.start()
        await self._commander.start()

    async def close(self) -> None:
        """Let everybody help, then log off."""
        await self.lending.close()
        await self._commander.close()
