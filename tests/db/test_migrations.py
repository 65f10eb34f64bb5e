"""Migrations and table definitions say the same, and every step can be undone."""

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from core.db import SCHEMAS, engine
from migrations import METADATA
from migrations.compare import same_schema
from migrations.run import downgrade, upgrade


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
