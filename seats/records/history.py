"""Stored calls asked for by where, when, who and how they ended: what the API shows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import answering
from core.errors import BadInput
from core.ids import AreaId, LinkedId
from routing.areas import AreaTree
from routing.schema import routing_decisions
from seats.accounts.scope import AreaScope
from seats.records.reach import within
from seats.records.record import CallRecord, Origin, Outcome
from seats.records.schema import calls
from seats.records.store import LATEST_LIMIT, records_of
from seats.roster.schema import seats


class StoredHistory:
    """`seats.http.services.History` over stored calls."""

    def __init__(self, database: AsyncEngine, tree: AreaTree) -> None:
        self._database = database
        self._tree = tree

    async def record(self, linkedid: LinkedId) -> CallRecord | None:
        """The record of one call, None when there is none. Raises `DatabaseAway`."""
        async with answering(), self._database.connect() as connection:
            found = await records_of(connection, select(calls).where(calls.c.linkedid == linkedid))
        return found[0] if found else None

    async def history(
        self,
        scope: AreaScope,
        *,
        area: AreaId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        number: str | None = None,
        outcome: str | None = None,
        origin: Origin | None = None,
        limit: int = 50,
    ) -> Sequence[CallRecord]:
        """Records of calls that began from `since` until before `until`, newest first, at most `limit` (1,000).

        Inside `scope` and `area` (with what lies below it) is a call whose caller or whose answering seat belongs
        there. `number` is the caller's, as received or normalised. Calls that
        the platform itself made, to a supervisor's phone or to send a call on, are nobody's calls: they come only when
        `origin` asks for them. Raises `BadInput`, `DatabaseAway`.
        """
        wanted = select(calls).order_by(calls.c.started_at.desc(), calls.c.linkedid.desc())
        areas = within(self._tree, scope, area)
        if areas is not None:
            theirs = select(seats.c.number).where(seats.c.area.in_(areas))
            wanted = wanted.where(or_(calls.c.area.in_(areas), calls.c.answered_by.in_(theirs)))
        if since is not None:
            wanted = wanted.where(calls.c.started_at >= since)
        if until is not None:
            wanted = wanted.where(calls.c.started_at < until)
        if number:
            same = select(routing_decisions.c.linkedid).where(routing_decisions.c.normalized == number)
            wanted = wanted.where(or_(calls.c.caller == number, calls.c.linkedid.in_(same)))
        if outcome is not None:
            if outcome not in set(Outcome):
                raise BadInput(f"no outcome {outcome!r}; there are {', '.join(Outcome)}")
            wanted = wanted.where(calls.c.outcome == outcome)
        wanted = wanted.where(calls.c.origin != Origin.PLATFORM if origin is None else calls.c.origin == origin)
        async with answering(), self._database.connect() as connection:
            return await records_of(connection, wanted.limit(min(max(limit, 0), LATEST_LIMIT)))
