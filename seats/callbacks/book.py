"""All callbacks one process remembers: facts go in, in any order and however often, and the same comes out. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from core.ids import AreaId
from core.journal import Fact
from seats.callbacks.request import ASKED, KINDS, MOVED, Callback, asked, moved

KEPT: Final = timedelta(days=2)
"""How long what is over is remembered, so that an old fact does not open it again."""


class Book:
    """By id; one open callback and one open appointment a number."""

    def __init__(self) -> None:
        self._all: dict[str, Callback] = {}
        self._open: dict[tuple[str, bool], str] = {}
        self.version = 0
        """Grows with every change."""

    def __iter__(self) -> Iterator[Callback]:
        return iter(tuple(self._all.values()))

    def get(self, id: str) -> Callback | None:
        """The one of that id."""
        return self._all.get(id)

    def of(self, number: str, *, appointment: bool = False) -> Callback | None:
        """The open one of that number."""
        return self._all.get(self._open.get((number, appointment), ""))

    def open(self) -> list[Callback]:
        """Every open one, in the order of their places."""
        return sorted((one for one in self._all.values() if one.open), key=lambda one: (one.joined_at, one.id))

    def taken(self, area: AreaId, slot: datetime) -> int:
        """Appointments of that area for that half-hour."""
        return sum(one.open and one.area == area and one.slot == slot for one in self._all.values())

    def apply(self, fact: Fact) -> Callback | None:
        """Take in one fact; what it made, None when it changed nothing."""
        if fact.kind not in KINDS:
            return None
        id = str(fact.fields.get("id", "")) if fact.kind == MOVED else ""
        known = self._all.get(id)
        if fact.kind == ASKED or known is None:
            begun = asked(fact)
            if begun is None or (fact.kind == ASKED and begun.id in self._all):
                return None
            if self.of(begun.number, appointment=begun.appointment) is not None:
                return None  # one open per number: the earlier place stays
            known = begun
            if fact.kind == ASKED:
                self._put(begun)
                return begun
        now = moved(known, fact)
        if now is known and id in self._all:
            return None
        self._put(now)
        return now

    def adopt(self, others: Iterable[Callback]) -> int:
        """Take in what a table or a file knows; where both know one, the one made of more facts. How many were new."""
        count = 0
        for one in others:
            known = self._all.get(one.id)
            if known is not None and len(known.applied) >= len(one.applied):
                continue
            holder = self.of(one.number, appointment=one.appointment)
            if one.open and holder is not None and holder.id != one.id:
                continue
            self._put(one)
            count += 1
        return count

    def forget(self, now: datetime) -> None:
        """Leave out what has been over for long."""
        for one in list(self._all.values()):
            if one.closed_at is not None and now - one.closed_at > KEPT:
                del self._all[one.id]

    def _put(self, one: Callback) -> None:
        self._all[one.id] = one
        self.version += 1
        key = (one.number, one.appointment)
        if one.open:
            self._open[key] = one.id
        elif self._open.get(key) == one.id:
            del self._open[key]
