"""Who is owed a call though no event says so by itself: parts of what Postgres is asked. Pure."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from routing.schema import routing_decisions
from seats.callbacks.request import Why
from seats.callbacks.schema import callbacks, messages
from seats.rating.rating import LOW
from seats.rating.schema import ratings
from seats.records.record import EndedBy, Outcome, Role
from seats.records.schema import calls, legs
from seats.roster.lost import CAUSES


def left_alone() -> ColumnElement[bool]:
    """A call whose seat's phone died, and whose caller waited again, was taken by nobody and left no message."""
    died, later = legs.alias(), legs.alias()
    taken = exists().where(
        later.c.linkedid == died.c.linkedid, later.c.role.in_((Role.SEAT.value, Role.THIRD.value)),
        later.c.caller_ms > 0, later.c.ended_at > died.c.ended_at,
    )  # fmt: skip
    return and_(
        calls.c.outcome == Outcome.ANSWERED.value,
        calls.c.ended_by != EndedBy.SEAT.value,
        exists().where(
            died.c.linkedid == calls.c.linkedid, died.c.role == Role.SEAT.value, died.c.cause.in_(CAUSES),
            died.c.caller_ms > 0, died.c.ended_at < calls.c.ended_at, ~taken,
        ),
        ~exists().where(messages.c.call == calls.c.linkedid),
    )  # fmt: skip


def displeased(since: datetime) -> Select[Any]:
    """Low ratings that were not followed up: the number was owed another call then (one open a number), perhaps the
    very one that was rated. A follow-up that is rated low is not followed up again."""
    number = func.coalesce(routing_decisions.c.normalized, calls.c.caller)
    followed = and_(
        callbacks.c.why == Why.LOW_RATING.value,
        or_(callbacks.c.call == ratings.c.linkedid, callbacks.c.channel == ratings.c.linkedid),
    )
    return (
        select(ratings.c.linkedid, number.label("number"), ratings.c.score, ratings.c.seat, ratings.c.area,
               ratings.c.rated_at)
        .join(calls, calls.c.linkedid == ratings.c.linkedid)
        .outerjoin(routing_decisions, routing_decisions.c.linkedid == ratings.c.linkedid)
        .where(
            ratings.c.score <= LOW, ratings.c.rated_at >= since, routing_decisions.c.private.is_not(True),
            ~exists().where(callbacks.c.number == number, or_(callbacks.c.closed_at.is_(None), followed)),
        )
        .order_by(ratings.c.rated_at)
        .limit(500)
    )  # fmt: skip
