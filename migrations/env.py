"""Alembic's entry: gives it our connection and our MetaData."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, text

from core import settings
from core.db import SCHEMAS, engine
from core.secrets import database_dsn, load_or_create
from migrations import METADATA
from migrations.compare import same_schema


def migrate(connection: Connection) -> None:
    """Run the asked-for steps on `connection`, in one transaction."""
    for schema in SCHEMAS:  # before the version table, which lives in one of them
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    context.configure(
        connection=connection,
        target_metadata=list(METADATA),
        version_table_schema="core",
        include_schemas=True,
        include_name=same_schema,  # type: ignore[arg-type]
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate() -> None:
    """For alembic's own command line: the database of the settings in force."""
    current = settings.load(os.environ)
    dsn = database_dsn(current, load_or_create(current.paths.secrets))
    database = engine(dsn, application="hotline-migrations")
    async with database.begin() as connection:
        await connection.run_sync(migrate)
    await database.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(connect_and_migrate())
