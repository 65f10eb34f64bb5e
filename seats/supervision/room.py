"""The room put together: its two links to Asterisk, its rows, and what keeps it right after a start or a cut."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.errors import HotlineError
from routing.areas import AreaTree
from seats.ami import AmiClient, AmiEvent, AmiLogin
from seats.live.model import Pictured
from seats.moves.acts import MoveActs
from seats.moves.exchange import CommandedExchange
from seats.moves.groups import move_data
from seats.moves.keys import WANTED as KEYS
from seats.moves.keys import Keys
from seats.supervision.chain import key_of
from seats.supervision.digests import Digests, file_in
from seats.supervision.facts import Facts
from seats.supervision.floor import LiveFloor
from seats.supervision.presence import WANTED, Presence
from seats.supervision.recovery import Recovery
from seats.supervision.registrar import Registrar
from seats.supervision.service import Supervisions
from seats.supervision.store import PostgresAudit
from seats.supervision.switchboard import Commander

_ASK_AGAIN: Final = 0.5
_log = logging.getLogger("seats.supervision")


class Room:
    """`supervisions` is what others call; `start` and `close` belong to the process."""

    def __init__(
        self,
        *,
        live: Pictured,
        tree: AreaTree,
        clock: Clock,
        database: AsyncEngine,
        secret: str,
        home: Path,
        reader: AmiLogin,
        commander: AmiLogin,
        registrar: Registrar,
        told_after: timedelta = timedelta(0),
    ) -> None:
        """`secret` makes the chain's key: one of this copy's, in no database. `home` is where this copy writes."""
        self._commander = AmiClient(commander)
        self._reader = AmiClient(reader, wanted=WANTED | KEYS, on_event=self._hear, on_resync=self._resync)
        self._audit = PostgresAudit(database, key_of(secret), Digests(file_in(home)), clock)
        self._facts = Facts(self._audit)
        floor, switchboard = LiveFloor(live), Commander(self._commander)
        self._presence = Presence(self._audit, self._facts, floor, switchboard, clock)
        self._recovery = Recovery(self._audit, self._facts, floor, switchboard, self._presence, clock)
        self._resuming: asyncio.Task[None] | None = None
        self.supervisions = Supervisions(
            self._audit, self._facts, floor, switchboard, registrar, self._presence, self._recovery, tree, clock,
            told_after=told_after,
        )  # fmt: skip
        moves = MoveActs(
            self.supervisions.books, floor, live, CommandedExchange(self._commander), tree, move_data(tree.root.id)
        )
        self.supervisions.learn(moves.steps)
        self._keys = Keys(moves, floor, tree)

    @property
    def waiting(self) -> int:
        """Facts not written yet: above zero for long means that Postgres is away."""
        return self._facts.waiting

    @property
    def running(self) -> int:
        """Phones of ours in calls now."""
        return len(self._presence)

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._facts.start()
        self._resuming = asyncio.create_task(self._keep_resuming())
        self._presence.start()
        await self._commander.start()
        await self._reader.start()

    async def close(self) -> None:
        """Log off. Supervisions go on at Asterisk; the next process takes them up."""
        if self._resuming is not None:
            self._resuming.cancel()
            await asyncio.gather(self._resuming, return_exceptions=True)
        await self._presence.close()
        await self._reader.close()
        await self._facts.close()
        await self._commander.close()

    async def _hear(self, event: AmiEvent) -> None:
        self._presence.hear(event.name, event.fields)
        self._keys.hear(event.name, event.fields)

    async def _resync(self, client: AmiClient) -> None:
        # Not awaited here: it asks Postgres and Asterisk, and events go on meanwhile.
        self._recovery.wanted.set()

    async def _keep_resuming(self) -> None:
        while True:
            await self._recovery.wanted.wait()
            self._recovery.wanted.clear()
            try:
                await self._recovery.resume()
            except HotlineError as error:
                _log.info("open supervisions are looked for again: %s", error)
                self._recovery.wanted.set()
            except Exception:
                _log.exception("open supervisions could not be looked for")
            await asyncio.sleep(_ASK_AGAIN)
