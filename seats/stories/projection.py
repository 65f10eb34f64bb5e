"""Facts of conversations → their tables, inside the shipper's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from core.journal import Fact
from seats.records.insertion import insert
from seats.stories.schema import conversations, questions

STORY: Final = "story"
QUESTION: Final = "question_answered"
KINDS: Final = frozenset({STORY, QUESTION})
_CONVERSATION: Final = tuple(column.name for column in conversations.columns)
_QUESTION: Final = tuple(column.name for column in questions.columns)
_STORE: Final = {
    STORY: insert(conversations, _CONVERSATION, update=True),
    QUESTION: insert(questions, _QUESTION),
}
_LONGEST: Final = 4_000
_INTEGER: Final = 2**31 - 1


async def store(connection: asyncpg.Connection, facts: Sequence[Fact]) -> None:
    """A row each; a fact that belongs to no call, or is none of ours, is left out."""
    rows: dict[str, list[tuple[Any, ...]]] = {STORY: [], QUESTION: []}
    for fact in facts:
        if fact.call is not None:
            told = _conversation(fact) if fact.kind == STORY else _question(fact)
            names = _CONVERSATION if fact.kind == STORY else _QUESTION
            rows[fact.kind].append(tuple(told[name] for name in names))
    for kind, found in rows.items():
        if found:
            await connection.executemany(_STORE[kind], found)


def _conversation(fact: Fact) -> Mapping[str, Any]:
    fields = fact.fields
    return {
        "linkedid": fact.call,
        "at": fact.at,
        "ended": _text(fields.get("ended")),
        "resolved": fields.get("resolved") is True,
        "human": fields.get("human") is True,
        "topic": _text(fields.get("topic")),
        "area": _text(fields.get("area")),
        "misses": _count(fields.get("misses")) or 0,
        "summary": _text(fields.get("summary")),
        "questions": _list(fields.get("questions")),
        "transcript": _list(fields.get("transcript")),
    }


def _question(fact: Fact) -> Mapping[str, Any]:
    fields = fact.fields
    score = fields.get("score")
    return {
        "id": fact.id,
        "linkedid": fact.call,
        "at": fact.at,
        "question": _text(fields.get("question")),
        "action": _text(fields.get("action")),
        "entry": fields.get("entry") if isinstance(fields.get("entry"), str) else None,
        "scope": fields.get("scope") if isinstance(fields.get("scope"), str) else None,
        "version": _count(fields.get("version")),
        "score": float(score) if isinstance(score, int | float) else 0.0,
        "told": fields.get("told") is True,
        "whole": fields.get("whole") is True,
        "again": fields.get("again") is True,
    }


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _INTEGER else None


def _list(value: object) -> Any:
    return value if isinstance(value, list) else []
