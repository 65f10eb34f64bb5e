"""Stories found: first in the journal's own files, where they are at once, then in Postgres."""

import asyncio
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import answering
from core.ids import LinkedId
from core.journal import JournalReader, fact_from
from seats.stories.projection import STORY
from seats.stories.schema import conversations
from seats.stories.story import Story, story_of


class Stories:
    """Of one copy."""

    def __init__(self, journal: Path, database: AsyncEngine) -> None:
        self._journal = journal
        self._database = database

    async def story(self, linkedid: LinkedId) -> Story | None:
        """The story of a call; None when it has none. Raises `DatabaseAway` when only Postgres could say."""
        found = await asyncio.to_thread(noted, self._journal, linkedid)
        if found is not None:
            return found
        wanted = select(conversations).where(conversations.c.linkedid == linkedid)
        async with answering(), self._database.connect() as connection:
            row = (await connection.execute(wanted)).mappings().one_or_none()
        return story_of(linkedid, row["at"], dict(row)) if row is not None else None


def noted(journal: Path, linkedid: LinkedId) -> Story | None:
    """The latest story of the call in the journal: what is not shipped yet, or written by a process that still runs."""
    # Lines are looked at as bytes: a busy day's segment has a hundred thousand, and one of them is wanted.
    wanted = (f'"kind":"{STORY}"'.encode(), f'"call":"{linkedid}"'.encode())
    for segment in reversed(JournalReader(journal).segments()):
        try:
            content = (journal / segment).read_bytes()
        except FileNotFoundError:
            continue  # shipped and removed in between: Postgres has it
        for line in reversed(content[: content.rfind(b"\n") + 1].splitlines()):
            if all(mark in line[:400] for mark in wanted):
                try:
                    fact = fact_from(line)
                except ValueError:
                    continue
                return story_of(linkedid, fact.at, fact.fields)
    return None
