"""The projection of `seat_state`: every change of every seat becomes a row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from core.journal import JSON, Fact
from seats.records.insertion import insert
from seats.roster.follow import Step
from seats.roster.schema import seat_states

KIND: Final = "seat_state"
KINDS: Final = frozenset({KIND})
_COLUMNS: Final = ("id", "seat", "area", "from_state", "to_state", "move", "reason", "at", "by", "call", "mode")
_INSERT: Final = insert(seat_states, _COLUMNS)


def fields(step: Step, mode: str) -> dict[str, JSON]:
    """What the fact says; `mode` is `home`, `drill` or empty."""
    return {
        "seat": step.seat,
        "area": step.area or "",
        "from": step.before,
        "to": step.after,
        "move": step.move,
        "reason": step.reason,
        "at": step.at.isoformat(),
        "by": step.by,
        "mode": mode,
    }


async def store(connection: asyncpg.Connection, facts: Sequence[Fact]) -> None:
    """A row each; what cannot be read is left out."""
    rows = [row for fact in facts if (row := _row(fact)) is not None]
    await connection.executemany(_INSERT, rows)


def _row(fact: Fact) -> tuple[Any, ...] | None:
    said: Mapping[str, Any] = fact.fields
    try:
        at = datetime.fromisoformat(said["at"])
        words = [said["seat"], said["area"], said["from"], said["to"], said["move"], said["reason"]]
        if at.tzinfo is None or not said["seat"] or not said["to"]:
            return None
        return (fact.id, *words, at, said["by"], fact.call, said["mode"])
    except (KeyError, TypeError, ValueError):
        return None
