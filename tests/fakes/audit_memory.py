"""The audit in memory, to the same contract as Postgres'."""

from collections.abc import Sequence
from datetime import datetime

from core.clock import Clock
from core.db import DatabaseAway
from core.ids import SeatNumber, UniqueId
from seats.accounts.scope import AreaScope
from seats.supervision.chain import FIRST, Proof, Prover, linked
from seats.supervision.entry import CLOSING, Entry, Kind, Row, cleaned
from seats.supervision.rules import JOINS

KEY = b"k" * 32


class MemoryAudit:
    """`Audit` in a list; `away` makes every method raise `DatabaseAway`."""

    def __init__(self, clock: Clock) -> None:
        self.rows: list[Row] = []
        self.ends: dict[UniqueId, datetime] = {}
        self.away = False
        self._clock = clock

    async def append(self, entry: Entry) -> Row:
        self._ask()
        previous = self.rows[-1].digest if self.rows else FIRST
        self.rows.append(linked(KEY, cleaned(entry), len(self.rows) + 1, self._clock.now(), previous))
        return self.rows[-1]

    async def newest(
        self, scope: AreaScope, *, since: datetime | None, limit: int, user: str | None = None
    ) -> Sequence[Row]:
        self._ask()
        areas = scope.areas or frozenset()
        seen = [r for r in self.rows if scope.whole or areas & set(r.areas) or (user and r.user_name == user)]
        return [row for row in seen[::-1] if since is None or (row.at is not None and row.at >= since)][:limit]

    async def of_seat(self, seat: SeatNumber, *, limit: int) -> Sequence[Row]:
        self._ask()
        joins = {str(verb) for verb in JOINS}
        named = [row.supervision for row in reversed(self.rows) if row.seat == seat and row.verb in joins
                 and row.kind is Kind.STARTED]  # fmt: skip
        newest = list(dict.fromkeys(named))[:limit]
        return [row for row in self.rows if row.supervision in newest]

    async def open(self) -> Sequence[Row]:
        self._ask()
        asked = {row.supervision for row in self.rows if row.kind is Kind.ASKED}
        closed = {row.supervision for row in self.rows if row.kind in CLOSING}
        return [row for row in self.rows if row.supervision in asked - closed]

    async def verify(self) -> Proof:
        self._ask()
        prover = Prover(KEY)
        prover.take(self.rows)
        return prover.proof()

    async def end_of(self, channel: UniqueId) -> datetime | None:
        self._ask()
        return self.ends.get(channel)

    def _ask(self) -> None:
        if self.away:
            raise DatabaseAway("Postgres does not answer (made so by the test)")
