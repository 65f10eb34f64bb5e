"""Entries into Postgres, versions kept. The files are the source; Postgres remembers what was in force when."""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, null, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.db import answering
from core.errors import HotlineError
from knowledge.calibrate import Certificate
from knowledge.entry import Entry
from knowledge.files import plain
from knowledge.schema import entries as entry_rows
from knowledge.schema import entry_versions, phrasings, publishings

_LOCK = 1236604
"""One publishing at a time, whatever the number of editors."""


class VersionChanged(HotlineError):
    """An entry says something else than was published under its version: callers could no longer be told apart."""


async def publish(
    database: AsyncEngine, entries: Sequence[Entry], content_hash: str, certificate: Certificate | None
) -> dict[str, int]:
    """Make `entries` the ones in force, in one transaction; counts of what changed.

    A new version joins the history; an entry gone from the files is retired, never deleted; a phrasing gone is marked.
    Publishing the same again changes nothing. Raises `VersionChanged`, `DatabaseAway`.
    """
    async with answering(), database.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        known = await _versions(connection)
        before = await _in_force(connection)
        fresh = [entry for entry in entries if _key(entry) not in known]
        for entry in entries:
            if (told := known.get(_key(entry))) is not None and told != _content(entry):
                raise VersionChanged(
                    f"{entry.key} says something else than published as version {entry.version}: raise its version"
                )
        rows = {(entry.id, entry.scope): _row(entry) for entry in entries}
        changed = [row for key, row in rows.items() if before.get(key) != row]
        gone = [key for key, row in before.items() if key not in rows and not row["retired"]]
        said = {(entry.id, entry.scope, phrasing) for entry in entries for phrasing in entry.phrasings}
        heard = await _said(connection)
        counts = {
            "versions": len(fresh),
            "entries": len(changed),
            "retired": len(gone),
            "phrasings": len(said ^ heard),
        }
        if not any(counts.values()):
            return counts
        number = await _publishing(connection, content_hash, certificate)
        if fresh:
            await connection.execute(insert(entry_versions), [_version(entry, number) for entry in fresh])
        if changed:
            await _write(connection, changed)
        if gone:
            await connection.execute(update(entry_rows).where(_any(entry_rows, gone)).values(retired=True))
        await _rephrase(connection, said - heard, heard - said, number)
        return counts


async def version(database: AsyncEngine, entry_id: str, scope: str, number: int) -> Mapping[str, Any] | None:
    """What was published under that version: the text a caller heard then. None if there never was one."""
    wanted = select(entry_versions.c.content).where(
        entry_versions.c.id == entry_id, entry_versions.c.scope == scope, entry_versions.c.version == number
    )
    async with answering(), database.connect() as connection:
        found = (await connection.execute(wanted)).scalar_one_or_none()
    return dict(found) if found is not None else None


async def _publishing(connection: AsyncConnection, content_hash: str, certificate: Certificate | None) -> int:
    values = {
        "content_hash": content_hash,
        "certificate": dataclasses.asdict(certificate) if certificate else null(),
    }
    made = await connection.execute(insert(publishings).values(values).returning(publishings.c.id))
    return int(made.scalar_one())


async def _versions(connection: AsyncConnection) -> dict[tuple[str, str, int], Any]:
    found = await connection.execute(select(entry_versions))
    return {(row["id"], row["scope"], row["version"]): row["content"] for row in found.mappings()}


async def _in_force(connection: AsyncConnection) -> dict[tuple[str, str], dict[str, Any]]:
    found = await connection.execute(select(entry_rows))
    return {(row["id"], row["scope"]): dict(row) for row in found.mappings()}


async def _said(connection: AsyncConnection) -> set[tuple[str, str, str]]:
    found = await connection.execute(
        select(phrasings.c.id, phrasings.c.scope, phrasings.c.text).where(phrasings.c.last_published_by.is_(None))
    )
    return {(row.id, row.scope, row.text) for row in found}


async def _write(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    statement = upsert(entry_rows)
    fields = {name: statement.excluded[name] for name in rows[0] if name not in ("id", "scope")}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["id", "scope"], set_=fields), [dict(row) for row in rows]
    )


async def _rephrase(
    connection: AsyncConnection,
    fresh: Iterable[tuple[str, str, str]],
    gone: Iterable[tuple[str, str, str]],
    number: int,
) -> None:
    rows = [
        {"id": entry_id, "scope": scope, "text": said, "first_published_by": number, "last_published_by": None}
        for entry_id, scope, said in sorted(fresh)
    ]
    if rows:
        statement = upsert(phrasings)
        again = statement.on_conflict_do_update(
            index_elements=["id", "scope", "text"], set_={"last_published_by": None}
        )
        await connection.execute(again, rows)
    for entry_id, scope, said in sorted(gone):
        this = and_(phrasings.c.id == entry_id, phrasings.c.scope == scope, phrasings.c.text == said)
        await connection.execute(update(phrasings).where(this).values(last_published_by=number))


def _any(table: Any, keys: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    return tuple_(table.c.id, table.c.scope).in_(list(keys))


def _key(entry: Entry) -> tuple[str, str, int]:
    return entry.id, entry.scope, entry.version


def _version(entry: Entry, number: int) -> dict[str, Any]:
    return {
        "id": entry.id,
        "scope": entry.scope,
        "version": entry.version,
        "content": _content(entry),
        "published_by": number,
    }


def _content(entry: Entry) -> Any:
    """What a version holds for ever: all a caller may have been told. Phrasings, labels, reviews may change."""
    told = ("id", "version", "question", "answer", "facts", "basis", "scope", "valid_from", "valid_until", "exact")
    item = plain(entry)
    return json.loads(json.dumps({name: item[name] for name in told}, default=str))


def _row(entry: Entry) -> dict[str, Any]:
    item = plain(entry) | {"retired": entry.retired, "topic_group": entry.group}
    return {column.name: item[column.name] for column in entry_rows.columns}
