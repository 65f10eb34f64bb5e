"""Keys a seat presses in its call: the dialplan says so by an event, and it is done as if the seat had asked by API."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from core.errors import HotlineError
from core.ids import SeatNumber
from routing.areas import AreaTree
from seats.accounts.scope import NOWHERE
from seats.accounts.user import Role, User
from seats.moves.acts import MoveActs
from seats.supervision.books import Ask
from seats.supervision.floor import Floor
from seats.supervision.rules import Target, TargetKind, Verb

WANTED: Final = frozenset({"UserEvent"})
_HOW: Final = {"adviser": Verb.ADVISER, "third": Verb.THIRD}
_log = logging.getLogger("seats.moves")


class Keys:
    """Raised hands, as Asterisk tells of them."""

    def __init__(self, moves: MoveActs, floor: Floor, tree: AreaTree) -> None:
        self._moves = moves
        self._floor = floor
        self._tree = tree
        self._doing: set[asyncio.Task[None]] = set()

    def hear(self, name: str, fields: Mapping[str, str]) -> None:
        """One event; returns at once."""
        if name != "UserEvent" or fields.get("UserEvent") != "HandRaised":
            return
        verb, seat = _HOW.get(fields.get("How", "")), SeatNumber(fields.get("Seat", ""))
        if verb is None or self._floor.area_of(seat) is None:
            return
        task = asyncio.create_task(self._raise(verb, seat))
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    async def _raise(self, verb: Verb, seat: SeatNumber) -> None:
        area = self._floor.area_of(seat) or self._tree.root.id
        user = User(f"seat-{seat}", Role.SEAT, area, seat, NOWHERE)
        target = Target(TargetKind.SEAT, seat, frozenset({area}))
        try:
            await self._moves.raise_hand(Ask(user, verb, target, "", "the phone's keys"))
        except HotlineError as error:
            _log.warning("a raised hand came to nothing: %s", error, extra={"seat": seat})
