"""Callbacks and messages in Postgres: read for a start and for people, written where a person acts on a message."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import answering
from core.ids import AreaId, LinkedId, SeatNumber
from routing.schema import routing_decisions
from seats.accounts.scope import AreaScope
from seats.callbacks.owed import displeased, left_alone
from seats.callbacks.request import Callback, Why, from_row
from seats.callbacks.schema import callbacks, messages
from seats.callbacks.states import OPEN
from seats.rating.rating import low_story
from seats.records.cel import FIELDS, CelEvent
from seats.records.record import Origin, Outcome
from seats.records.schema import calls, cel_events

_OPEN: Final = tuple(str(state) for state in OPEN)


@dataclass(frozen=True, slots=True)
class Message:
    """Words somebody left. Times are UTC."""

    id: str
    call: LinkedId
    area: str
    number: str
    left_at: datetime
    seconds: int
    state: str
    """`new`, `assigned`, `calling`, `closed`, `empty` (nothing was said)."""
    assigned: str
    """A seat's number or an area."""
    callback: str
    """The callback made of it."""
    result: str
    closed_by: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lost:
    """A caller who waited and was not answered, or who is owed a call for another reason nobody has noted yet."""

    call: LinkedId
    number: str
    area: AreaId
    why: Why
    joined_at: datetime
    story: str = ""


class CallbackStore:
    """Every method raises `DatabaseAway`."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def load(self, since: datetime) -> list[Callback]:
        """Every open one, and those that ended since then."""
        wanted = select(callbacks).where(or_(callbacks.c.state.in_(_OPEN), callbacks.c.closed_at >= since))
        return [from_row(row) for row in await self._rows(wanted)]

    async def events(self, linkedid: str) -> Sequence[CelEvent]:
        """What Asterisk wrote of one call."""
        wanted = select(*(cel_events.c[name] for name in FIELDS)).where(cel_events.c.linkedid == linkedid)
        rows = await self._rows(wanted.order_by(cel_events.c.row))
        return [CelEvent(*(row[name] for name in FIELDS)) for row in rows]

    async def outcome(self, linkedid: LinkedId) -> str | None:
        """How a stored call ended; None when it is not stored."""
        rows = await self._rows(select(calls.c.outcome).where(calls.c.linkedid == linkedid))
        return str(rows[0]["outcome"]) if rows else None

    async def lost(self, since: datetime, waited: timedelta) -> list[Lost]:
        """Callers since then who waited longer than that and were not answered, or were cut off, or gave up after their
        seat's phone had died, and whom nobody has answered or promised a call after that; and those who gave a low
        rating while they were owed another call. Not those who withheld their number."""
        later, again = calls.alias(), routing_decisions.alias()
        number = routing_decisions.c.normalized
        answered = exists().where(
            again.c.linkedid == later.c.linkedid, again.c.normalized == number,
            later.c.outcome == Outcome.ANSWERED.value, later.c.ended_at > calls.c.ended_at,
        )  # fmt: skip
        promised = exists().where(
            callbacks.c.number == number,
            or_(
                callbacks.c.closed_at.is_(None), callbacks.c.closed_at > calls.c.ended_at,
                callbacks.c.call == calls.c.linkedid,
            ),
        )  # fmt: skip
        waited_ms = int(waited.total_seconds() * 1000)
        unanswered = and_(calls.c.outcome == Outcome.ABANDONED_IN_QUEUE.value, calls.c.wait_ms > waited_ms)
        wanted = (
            select(calls.c.linkedid, number, calls.c.outcome, calls.c.queued_at, calls.c.started_at,
                   calls.c.area, calls.c.queue)
            .join(routing_decisions, routing_decisions.c.linkedid == calls.c.linkedid)
            .where(
                calls.c.ended_at >= since, calls.c.origin == Origin.TRUNK.value, routing_decisions.c.private.is_(False),
                or_(unanswered, calls.c.outcome == Outcome.INTERRUPTED.value, left_alone()), ~answered, ~promised,
            )
            .order_by(calls.c.started_at)
            .limit(500)
        )  # fmt: skip
        return [
            Lost(
                LinkedId(row["linkedid"]), row["normalized"], AreaId(row["area"] or row["queue"] or ""),
                Why.ASTERISK_DIED if row["outcome"] == Outcome.INTERRUPTED else Why.ABANDONED,
                row["queued_at"] or row["started_at"],
            )
            for row in await self._rows(wanted)
        ] + [
            Lost(
                LinkedId(row["linkedid"]), row["number"], AreaId(row["area"]), Why.LOW_RATING, row["rated_at"],
                low_story(row["score"], row["seat"]),
            )
            for row in await self._rows(displeased(since))
        ]  # fmt: skip

    async def answered(self, numbers: Collection[str], since: datetime) -> dict[str, datetime]:
        """Of these numbers, those whose own call a seat has answered since then, and when."""
        wanted = (
            select(routing_decisions.c.normalized, calls.c.answered_at)
            .join(calls, calls.c.linkedid == routing_decisions.c.linkedid)
            .where(
                routing_decisions.c.normalized.in_(list(numbers)), calls.c.outcome == Outcome.ANSWERED.value,
                calls.c.answered_at >= since, calls.c.origin == Origin.TRUNK.value,
            )
            .order_by(calls.c.answered_at)
        )  # fmt: skip
        return {row["normalized"]: row["answered_at"] for row in await self._rows(wanted)}

    async def listed(
        self, scope: AreaScope, *, area: AreaId | None, open_only: bool, appointments: bool, limit: int
    ) -> list[Callback]:
        """Inside `scope`, newest first."""
        wanted = select(callbacks).where(*_within(scope, callbacks.c.area, area))
        wanted = wanted.where(callbacks.c.slot.is_not(None) if appointments else callbacks.c.slot.is_(None))
        if open_only:
            wanted = wanted.where(callbacks.c.state.in_(_OPEN))
        return [from_row(row) for row in await self._rows(wanted.order_by(callbacks.c.asked_at.desc()).limit(limit))]

    async def one(self, id: str) -> Callback | None:
        """That callback."""
        rows = await self._rows(select(callbacks).where(callbacks.c.id == id))
        return from_row(rows[0]) if rows else None

    async def messages(self, scope: AreaScope, *, area: AreaId | None, open_only: bool, limit: int) -> list[Message]:
        """Inside `scope`, newest first; never those in which nothing was said."""
        wanted = select(messages).where(messages.c.state != "empty", *_within(scope, messages.c.area, area))
        if open_only:
            wanted = wanted.where(messages.c.state != "closed")
        return [_message(row) for row in await self._rows(wanted.order_by(messages.c.left_at.desc()).limit(limit))]

    async def given(self, seat: SeatNumber, *, limit: int) -> list[Message]:
        """Messages given to that seat and not closed, newest first."""
        wanted = select(messages).where(messages.c.assigned == seat, messages.c.state.in_(("assigned", "calling")))
        return [_message(row) for row in await self._rows(wanted.order_by(messages.c.left_at.desc()).limit(limit))]

    async def message(self, id: str) -> Message | None:
        """That message."""
        rows = await self._rows(select(messages).where(messages.c.id == id))
        return _message(rows[0]) if rows else None

    async def change_message(self, id: str, before: Collection[str], **values: Any) -> bool:
        """Set columns of a message that is in one of the states `before`; whether it was."""
        statement = update(messages).where(messages.c.id == id, messages.c.state.in_(list(before))).values(**values)
        async with answering(), self._database.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def _rows(self, wanted: Any) -> Sequence[Any]:
        async with answering(), self._database.connect() as connection:
            return (await connection.execute(wanted)).mappings().all()


def _within(scope: AreaScope, column: Any, area: AreaId | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if area is None else [column == area]
    if scope.areas is not None:
        found.append(column.in_(sorted(scope.areas)))
    return found


def _message(row: Any) -> Message:
    return Message(**dict(row))
