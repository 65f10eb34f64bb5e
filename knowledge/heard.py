"""Which caller heard which version of which answer, and whom a correction must reach.

The conversation journals one fact a question (`knowledge.told`); the shipper brings it to `core.facts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, and_, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import answering
from core.schema import facts
from knowledge.schema import corrections
from knowledge.told import FACT
from routing.schema import routing_decisions

AGAIN_WITHIN = timedelta(hours=2)
"""Whoever calls again so soon was not helped."""


@dataclass(frozen=True, slots=True)
class Hearer:
    """A call in which a wrong answer was heard."""

    call: str
    number: str
    """The caller's, normalised; empty where it was withheld or is unknown."""
    area: str
    """Whose seats call back; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One time an answer was spoken."""

    at: datetime
    call: str
    number: str
    """The caller's, normalised; empty where it was withheld or is unknown."""
    scope: str
    version: int
    question: str
    again: bool
    """The same was asked before in that call."""
    human: bool
    """The call went on to a person."""
    called_again: bool
    """The number called again within two hours; False where it is not known."""


async def heard(database: AsyncEngine, entry_id: str, since: datetime, version: int | None = None) -> Sequence[Heard]:
    """Every time `entry_id` was spoken since then, newest first. Raises `DatabaseAway`."""
    number = func.coalesce(routing_decisions.c.normalized, "")
    stories, later = facts.alias("stories"), routing_decisions.alias("later")
    human = exists().where(
        stories.c.call == facts.c.call, stories.c.kind == "story", stories.c.fields["human"].astext == "true"
    )
    called_again = exists().where(
        later.c.normalized == routing_decisions.c.normalized,
        later.c.normalized != "",
        later.c.linkedid != facts.c.call,
        later.c.decided_at > facts.c.at,
        later.c.decided_at <= facts.c.at + AGAIN_WITHIN,
    )
    wanted = (
        select(facts.c.at, facts.c.call, number.label("number"), facts.c.fields)
        .add_columns(human.label("human"), called_again.label("called_again"))
        .select_from(facts.outerjoin(routing_decisions, routing_decisions.c.linkedid == facts.c.call))
        .where(_spoken(entry_id), facts.c.at >= since)
        .order_by(facts.c.at.desc())
    )
    if version is not None:
        wanted = wanted.where(_number("version") == version)
    async with answering(), database.connect() as connection:
        rows = (await connection.execute(wanted)).mappings().all()
    return [_heard(row) for row in rows]


async def mark_hearers(database: AsyncEngine, entry_id: str, scope: str, corrected: int) -> Sequence[Hearer]:
    """Mark every call that heard a version before `corrected` for a correction callback, once; those newly marked."""
    told = select(
        facts.c.call,
        literal(entry_id, String),
        literal(scope, String),
        func.max(_number("version")),
        literal(corrected, Integer),
    ).where(
        _spoken(entry_id),
        facts.c.fields["scope"].astext == scope,
        _number("version") < corrected,
        facts.c.call.is_not(None),
    )
    names = ("call", "id", "scope", "heard_version", "corrected_version")
    statement = upsert(corrections).from_select(list(names), told.group_by(facts.c.call)).on_conflict_do_nothing()
    async with answering(), database.begin() as connection:
        made = (await connection.execute(statement.returning(corrections.c.call))).scalars().all()
        decided = (
            select(routing_decisions.c.linkedid, routing_decisions.c.normalized, routing_decisions.c.area_id)
            .add_columns(routing_decisions.c.queue)
            .where(routing_decisions.c.linkedid.in_(made))
        )
        known = {row.linkedid: row for row in await connection.execute(decided)}
    return [
        Hearer(call, known[call].normalized, known[call].area_id or known[call].queue)
        if call in known
        else Hearer(call, "", "")
        for call in sorted(made)
    ]


def _spoken(entry_id: str) -> ColumnElement[bool]:
    fields = facts.c.fields
    return and_(facts.c.kind == FACT, fields["entry"].astext == entry_id, fields["told"].astext == "true")


def _number(name: str) -> ColumnElement[int]:
    number: ColumnElement[int] = facts.c.fields[name].astext.cast(Integer)
    return number


def _heard(row: Mapping[Any, Any]) -> Heard:
    fields = row["fields"]
    return Heard(
        at=row["at"],
        call=row["call"] or "",
        number=row["number"],
        scope=fields["scope"],
        version=int(fields["version"]),
        question=fields["question"],
        again=fields.get("again") is True,
        human=row["human"],
        called_again=row["called_again"],
    )
