"""Migrations and table definitions say the same, and every step can be undone."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from core.db import SCHEMAS, engine
from migrations import METADATA
from migrations.compare import same_schema
from migrations.run import downgrade, upgrade

ROOT = Path(__file__).parents[2]


def _differences(connection: Connection) -> list[object]:
    options = {
        "include_schemas": True,
        "include_name": same_schema,
        "compare_type": True,
        "compare_server_default": True,
        "target_metadata": list(METADATA),
    }
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, list(METADATA)))  # type: ignore[arg-type]


async def _tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables "
            "WHERE table_schema = ANY($1) AND table_name <> 'alembic_version'",
            list(SCHEMAS),
        )
        return {row["name"] for row in rows}
    finally:
        await connection.close()


async def test_a_migrated_database_is_what_the_tables_say(empty_dsn: str) -> None:
    await upgrade(empty_dsn)
    database = engine(empty_dsn, application="test")
    async with database.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await database.dispose()
    assert await _tables(empty_dsn) == {str(table) for each in METADATA for table in each.sorted_tables}


async def test_alembics_own_command_does_the_same(empty_dsn: str, tmp_path: Path) -> None:
    settings = {"HOTLINE_DB_DSN": empty_dsn, "HOTLINE_PLATFORM_HOME": str(tmp_path)}
    for words in (("upgrade", "head"), ("check",), ("downgrade", "base")):
        command = [sys.executable, "-m", "alembic", "-c", str(ROOT / "alembic.ini"), *words]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert bool(await _tables(empty_dsn)) == (words[0] != "downgrade")


async def test_the_drift_check_sees_a_missing_column(empty_dsn: str) -> None:
    await upgrade(empty_dsn)
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute("ALTER TABLE seats.calls DROP COLUMN cause")
    await connection.close()
    database = engine(empty_dsn, application="test")
    async with database.connect() as plain:
        assert await plain.run_sync(_differences)
    await database.dispose()


async def test_migrating_again_changes_nothing_and_base_leaves_nothing(empty_dsn: str) -> None:
    await upgrade(empty_dsn)
    await upgrade(empty_dsn)
    await downgrade(empty_dsn)
    assert await _tables(empty_dsn) == set()
    await upgrade(empty_dsn)
    assert "seats.calls" in await _tables(empty_dsn)
