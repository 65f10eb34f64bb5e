"""What is kept no longer than its purpose lasts: sound, events, callers' numbers. Records stay, for figures."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

import asyncpg

from core.settings import RetentionSettings
from seats.records.recording import RecordingFiles

_SOUND = "SELECT id FROM seats.recordings WHERE state IN ('stored', 'short') AND ended_at < $1"
_SOUND_GONE = "UPDATE seats.recordings SET state = 'removed', removed_at = $2 WHERE id = $1"
_MESSAGES = "SELECT id FROM seats.messages WHERE left_at < $1"
_OLD_CALLS = "(SELECT linkedid FROM seats.calls WHERE ended_at < $1)"


@dataclass(frozen=True, slots=True)
class _Old:
    """Rows that are too old for a purpose, and what is done with them."""

    name: str
    purpose: Literal["events", "numbers"]
    table: str
    where: str
    hidden: str = ""
    """Columns as they are afterwards; empty: the rows are deleted."""

    @property
    def counting(self) -> str:
        return f"SELECT count(*) FROM {self.table} WHERE {self.where}"  # noqa: S608 - words of ours

    @property
    def change(self) -> str:
        verb = f"UPDATE {self.table} SET {self.hidden}" if self.hidden else f"DELETE FROM {self.table}"  # noqa: S608
        return f"{verb} WHERE {self.where}"


_NO_WORDS: Final = "summary = '', questions = '[]', transcript = '[]'"
_STEPS: Final = (
    _Old("events", "events", "seats.cel_events", f"linkedid IN {_OLD_CALLS}"),
    _Old("facts", "events", "core.facts", f'at < $1 AND ("call" IS NULL OR "call" IN {_OLD_CALLS})'),
    _Old("stories", "events", "seats.conversations", "at < $1 AND summary <> ''", _NO_WORDS),
    _Old("questions", "events", "seats.questions", "at < $1 AND question <> ''", "question = ''"),
    _Old("unreadable_lines", "events", "core.unreadable_lines", "seen_at < $1"),
    _Old("remembered_areas", "numbers", "routing.remembered_areas", "remembered_at < $1"),
    _Old(
        "callers",
        "numbers",
        "seats.calls",
        "ended_at < $1 AND caller <> '' AND caller NOT LIKE '%****'",
        "caller = left(caller, 3) || '****'",
    ),
    _Old(
        "callbacks",
        "numbers",
        "seats.callbacks",
        "closed_at < $1 AND number NOT LIKE '%****'",
        "number = left(number, 3) || '****', story = ''",
    ),
    _Old(
        "messages",
        "numbers",
        "seats.messages",
        "left_at < $1 AND number <> '' AND number NOT LIKE '%****'",
        "number = left(number, 3) || '****'",
    ),
    _Old(
        "decisions",
        "numbers",
        "routing.routing_decisions",
        "decided_at < $1 AND (raw IS NOT NULL OR normalized <> '')",
        "raw = NULL, normalized = ''",
    ),
)


@dataclass(slots=True)
class Pruned:
    """How much was (or would be) removed, and the moment before which it was too old; None: kept for ever."""

    recordings_before: datetime | None = None
    events_before: datetime | None = None
    numbers_before: datetime | None = None
    removed: dict[str, int] = field(default_factory=dict)


async def prune(
    connection: asyncpg.Connection, files: RecordingFiles, kept: RetentionSettings, now: datetime, *, really: bool
) -> Pruned:
    """Remove what is older than `kept` says; without `really` only count it. May be repeated after any failure.

    Raises what asyncpg raises, `OSError` from the disk.
    """
    # Events hold numbers: they go when numbers do at the latest.
    events_days = min(filter(None, (kept.events_days, kept.numbers_days)), default=0)
    pruned = Pruned(
        recordings_before=_before(now, kept.recordings_days),
        events_before=_before(now, events_days),
        numbers_before=_before(now, kept.numbers_days),
    )
    if pruned.recordings_before is not None:
        await _sound(connection, files, pruned, now, really=really)
        await _messages(connection, RecordingFiles(files.folder.with_name("messages")), pruned, really=really)
    for step in _STEPS:
        before = pruned.events_before if step.purpose == "events" else pruned.numbers_before
        if before is None:
            continue
        if really:
            answer = await connection.execute(step.change, before)
            pruned.removed[step.name] = int(answer.rpartition(" ")[2])
        else:
            pruned.removed[step.name] = await connection.fetchval(step.counting, before)
    return pruned


async def _sound(
    connection: asyncpg.Connection, files: RecordingFiles, pruned: Pruned, now: datetime, *, really: bool
) -> None:
    """The file first: a row that says `removed` never has one."""
    old = await connection.fetch(_SOUND, pruned.recordings_before)
    pruned.removed["recordings"] = len(old)
    if really:
        for row in old:
            files.remove(row["id"])
            await connection.execute(_SOUND_GONE, row["id"], now)


async def _messages(connection: asyncpg.Connection, files: RecordingFiles, pruned: Pruned, *, really: bool) -> None:
    """Messages are sound too; the rows stay."""
    old = [row["id"] for row in await connection.fetch(_MESSAGES, pruned.recordings_before)]
    kept = [id for id in old if files.size(id) is not None]
    pruned.removed["sound_of_messages"] = len(kept)
    if really:
        for id in kept:
            files.remove(id)


def _before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days else None
