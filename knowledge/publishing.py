"""`hotline knowledge publish` and `heard`: the editor's side of Postgres."""

import asyncio
import dataclasses
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from core import settings as settings_file
from core.clock import CHINA, SystemClock
from core.console import EXIT_DONE, out, print_json, print_table
from core.db import engine
from core.errors import BadInput
from core.ids import LinkedId
from core.journal import Journal
from core.secrets import database_dsn, load_or_create
from core.settings import Settings
from knowledge import files, shelf
from knowledge.entry import Entry
from knowledge.heard import Hearer, heard, mark_hearers
from knowledge.store import publish as store

Found = TypeVar("Found")


def publish(folder: Path, correcting: Sequence[str], as_json: bool) -> int:
    """Bring the entries in `folder` and their certificate into Postgres; mark who heard what is being corrected."""
    settings = settings_file.load(os.environ)
    library = files.load(folder)
    corrected = [entry for entry in library.entries if entry.id in correcting]
    if missing := set(correcting) - {entry.id for entry in corrected}:
        raise BadInput(f"publish: no entry {', '.join(sorted(missing))}")
    certificate = shelf.taken(library, settings.paths.cache, folder).certificate
    journal = Journal(settings.paths.journal, SystemClock())

    async def run(database: AsyncEngine) -> dict[str, int]:
        counts = await store(database, library.entries, files.content_hash(folder), certificate)
        for entry in corrected:
            hearers = await mark_hearers(database, entry.id, entry.scope, entry.version)
            counts[f"hearers of {entry.key}"] = len(hearers)
            counts[f"callbacks for {entry.key}"] = sum(ask_back(journal, entry, hearer) for hearer in hearers)
        return counts

    changes = _with_database(settings, run)
    if as_json:
        print_json(changes)
    else:
        out.print(", ".join(f"{name} {count}" for name, count in changes.items()))
    return EXIT_DONE


def ask_back(journal: Journal, entry: Entry, hearer: Hearer) -> bool:
    """Note that who heard a wrong answer is to be called; False for a number nobody knows, or a full disk."""
    story = f"听到的答复已更正：{entry.label}。更正后：{entry.answer}"
    fields = {"number": hearer.number, "area": hearer.area, "why": "correction", "story": story}
    return bool(hearer.number and hearer.area) and journal.note("callback_asked", LinkedId(hearer.call), fields)


def show_heard(entry_id: str, since: date, version: int | None, as_json: bool) -> int:
    """Print which calls heard an entry since that day."""
    begun = datetime.combine(since, time(), CHINA)

    async def run(database: AsyncEngine) -> list[dict[str, object]]:
        return [dataclasses.asdict(found) for found in await heard(database, entry_id, begun, version)]

    rows = _with_database(settings_file.load(os.environ), run)
    if as_json:
        print_json(rows)
    else:
        shown = [[_shown(value) for value in row.values()] for row in rows]
        titles = ("时间", "通话", "来电号码", "范围", "版本", "问题", "重问", "转人工", "两小时内再来电")
        print_table(f"{len(rows)} 次", titles, shown)
    return EXIT_DONE


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value.astimezone(CHINA):%m-%d %H:%M:%S}"
    return {True: "是", False: ""}[value] if isinstance(value, bool) else value


def _with_database(settings: Settings, run: Callable[[AsyncEngine], Awaitable[Found]]) -> Found:
    async def connected() -> Found:
        database = engine(
            database_dsn(settings, load_or_create(settings.paths.secrets)), application="hotline-knowledge"
        )
        try:
            return await run(database)
        finally:
            await database.dispose()

    return asyncio.run(connected())
