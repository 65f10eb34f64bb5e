"""The entries in force are indexed and stored beside a copy that starts, once; with Postgres away nothing breaks."""

import os
from dataclasses import replace
from pathlib import Path

import asyncpg

from core import settings as settings_file
from core.settings import DbSettings, Settings
from knowledge import files, shelf
from knowledge.installed import installed


def of(dsn: str, home: Path) -> Settings:
    current = settings_file.load(os.environ)
    return replace(current, db=DbSettings(dsn=dsn), platform=replace(current.platform, home=home))


async def test_entries_are_stored_with_their_certificate_once(dsn: str, tmp_path: Path) -> None:
    settings = of(dsn, tmp_path)
    assert await installed(settings)
    assert await installed(settings)
    assert shelf.is_kept(settings.paths.cache)
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM knowledge.publishings WHERE certificate IS NOT NULL") == 1
    assert await connection.fetchval("SELECT count(*) FROM knowledge.entries") == len(files.load().entries)
    await connection.close()


async def test_with_postgres_away_the_index_is_there_all_the_same(tmp_path: Path) -> None:
    settings = of("postgresql://nobody@127.0.0.1:1/none", tmp_path)
    assert not await installed(settings)
    assert shelf.is_kept(settings.paths.cache)
