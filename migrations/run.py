"""Bring a database to the newest schema, or back to none."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from core.db import answering, engine

_HERE = Path(__file__).parent
_LOCK = 1236600
"""Advisory lock, so that two starting processes migrate one after the other."""


async def upgrade(dsn: str, revision: str = "head") -> None:
    """Apply every step up to `revision`; nothing to do is done at once. Raises `DatabaseAway`."""
    await _run(dsn, lambda config: command.upgrade(config, revision))


async def downgrade(dsn: str, revision: str = "base") -> None:
    """Undo steps down to `revision`; `base` drops every table of ours. Raises `DatabaseAway`."""
    await _run(dsn, lambda config: command.downgrade(config, revision))


async def _run(dsn: str, step: Callable[[Config], None]) -> None:
    database = engine(dsn, application="hotline-migrations", deadline=60)
    try:
        async with answering(), database.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(_with_config, step)
    finally:
        await database.dispose()


def _with_config(connection: Connection, step: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    step(config)
