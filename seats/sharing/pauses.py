"""Pauses of seats in queues that are not their own: what they are at Asterisk, and what we want them to be."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final, Protocol

from seats.ami import AmiError
from seats.ami.link import Fields
from seats.ami.protocol import AmiResponse
from seats.sharing.offers import Pair

NOT_LENT: Final = "not_lent"
"""Our reason of a pause in a queue that is not the seat's own."""
_AT_ONCE: Final = 40
"""Actions under way at a time."""

_log = logging.getLogger("seats.sharing")


class Commands(Protocol):
    """What is needed of the commander's `AmiClient`."""

    @property
    def connected(self) -> bool: ...

    async def action(
        self, name: str, fields: Fields | None = None, *, deadline: float | None = None
    ) -> AmiResponse: ...


class Pauses:
    """Every such pair of queue and seat; `wish` says what is to be, `act` brings it about."""

    def __init__(self, commander: Commands) -> None:
        self.known: frozenset[Pair] = frozenset()
        """Those Asterisk has."""
        self.open: set[Pair] = set()
        """Of these, the ones not paused, as far as was told or asked for."""
        self.tally = {"opened": 0, "closed": 0, "failed": 0}
        self._commander = commander
        self._todo: dict[Pair, bool] = {}
        """Pair -> whether it is to be open: the latest wish."""
        self._work = asyncio.Event()

    def told(self, paused: Mapping[Pair, bool]) -> None:
        """Asterisk's own answer, whole. What is on its way counts as done."""
        self.known = frozenset(paused)
        self.open = {pair for pair, closed in paused.items() if not closed}
        for pair, wish in self._todo.items():
            if pair in self.known:
                (self.open.add if wish else self.open.discard)(pair)

    def heard(self, pair: Pair, *, paused: bool) -> bool:
        """An event's word; answers whether it is news."""
        if pair not in self.known or pair in self._todo or (pair in self.open) is not paused:
            return False
        (self.open.discard if paused else self.open.add)(pair)
        return True

    def want(self, wanted: Iterable[Pair]) -> None:
        """These are to be open, all others not."""
        named = set(wanted)
        for pair in self.open - named:
            self.wish(pair, open_=False)
        for pair in (named - self.open) & self.known:
            self.wish(pair, open_=True)
        # A set that was large stays slow to walk through.
        self.open = set(self.open)

    def wish(self, pair: Pair, *, open_: bool) -> None:
        """This one is to be open, or not."""
        (self.open.add if open_ else self.open.discard)(pair)
        self._todo[pair] = open_
        self._work.set()

    def free(self, pair: Pair) -> None:
        """A pause of ours where none may be: ended, and not looked after."""
        self._todo[pair] = True
        self._work.set()

    async def keep_acting(self) -> None:
        """For ever: wishes as they come."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._todo and self._commander.connected:
                await self._act()
            # Without a commander: Asterisk's next answer brings the same wishes again.
            self._todo.clear()

    async def finish(self, seconds: float) -> None:
        """What is wished, at most that long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._todo and self._commander.connected:
                    await self._act()

    async def _act(self) -> None:
        # First what is taken back: an area's reserve is never shorter than it may be.
        wishes = sorted(self._todo.items(), key=lambda wish: wish[1])[:_AT_ONCE]
        await asyncio.gather(*(self._set(pair, open_=wish) for pair, wish in wishes))

    async def _set(self, pair: Pair, *, open_: bool) -> None:
        queue, seat = pair
        fields = {"Queue": queue, "Interface": f"PJSIP/{seat}", "Paused": "false" if open_ else "true"}
        try:
            await self._commander.action("QueuePause", fields if open_ else {**fields, "Reason": NOT_LENT})
            self.tally["opened" if open_ else "closed"] += 1
        except AmiError as error:
            # Asterisk's own answer, in seconds, says how it stands now.
            self.tally["failed"] += 1
            _log.warning("a seat was not lent or taken back: %s", error, extra={"queue": queue, "seat": seat})
        if self._todo.get(pair) is open_:
            del self._todo[pair]
