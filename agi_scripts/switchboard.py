"""What the doors of this process share, and how a step reaches the dialplan."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agi_scripts.bookings import Bookings
from agi_scripts.steps import Bearings, Step
from core.journal import JSON, Journal, JournalUnwritable
from ivr.fastagi.call import AgiCall
from routing.remember import RememberedAreas

log = logging.getLogger("agi_scripts")


@dataclass(frozen=True, slots=True)
class Switchboard:
    """Everything a door works with. No door asks a database."""

    bearings: Bearings
    remembered: RememberedAreas
    journal: Journal
    bookings: Bookings | None = None
    """None: nobody can be called back."""

    async def hear(self, call: AgiCall, names: Iterable[str]) -> dict[str, str]:
        """The channel variables `names`, empty where not set."""
        return {name: await call.get_variable(name) or "" for name in names}

    async def tell(self, call: AgiCall, step: Step) -> None:
        """Set the step's variables, then keep its facts. A full disk costs the facts, never the call."""
        for name, value in step.variables.items():
            await call.set_variable(name, value)
        if step.keyed is not None:
            self._remember(call, *step.keyed)
        if step.decided:
            self._note(call, "routing_decided", step.decided)

    def _remember(self, call: AgiCall, number: str, area: str) -> None:
        try:
            answer = self.remembered.remember(number, self.bearings.tables.tree.area(area).id)
        except OSError as error:
            log.error("the caller's answer is kept in memory only", extra={"reason": error.strerror})
            return
        if answer is not None:
            self._note(call, "area_remembered", answer.fact())

    def note(self, call: AgiCall, kind: str, fields: Mapping[str, JSON]) -> None:
        """Keep a fact; a full disk costs the fact, never the call."""
        self._note(call, kind, fields)

    def _note(self, call: AgiCall, kind: str, fields: Mapping[str, JSON]) -> None:
        try:
            self.journal.append(kind, call.linkedid, fields)
        except JournalUnwritable as error:
            log.error("a fact is lost: the journal cannot be written", extra={"kind": kind, "reason": str(error)})
