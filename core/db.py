"""Postgres, the same way in every room: one schema per package, one naming of constraints, a deadline on everything.

Tables are SQLAlchemy Core definitions in each package's `schema.py`, on the MetaData that `metadata(schema)` makes;
migrations/ imports them all. Reading goes through `engine`; the shipper, which needs COPY, through `connect`.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.errors import MissingComponent

SCHEMAS = ("core", "knowledge", "routing", "seats")
"""Postgres schemas there are: one per package that stores anything."""

DEADLINE = 5.0
"""Seconds one connection attempt or one statement may take."""

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

AWAY: tuple[type[Exception], ...] = (
    OSError,  # refused, reset, no such socket; TimeoutError is one too
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,  # starting up, shutting down
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,  # past its deadline
    asyncpg.InterfaceError,  # used after the server had gone
    asyncpg.DiskFullError,
)
"""What a Postgres that is away raises. Trying again later can help; nothing else about the statement is wrong."""


class DatabaseAway(MissingComponent):
    """Postgres did not answer within its deadline. Calls go on; records wait in their files."""


def metadata(schema: str) -> MetaData:
    """The MetaData of one package: `metadata("routing")` in routing/schema.py."""
    return MetaData(schema=schema, naming_convention=_NAMES)


async def connect(dsn: str, *, application: str, deadline: float = DEADLINE) -> asyncpg.Connection:
    """One bare connection, jsonb as Python values. Raises one of `AWAY`."""
    connection = await asyncpg.connect(
        dsn,
        timeout=deadline,
        command_timeout=deadline,
        server_settings={"application_name": application, "statement_timeout": str(int(deadline * 1000))},
    )
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_json, decoder=json.loads)
    return connection


def engine(dsn: str, *, application: str, deadline: float = DEADLINE) -> AsyncEngine:
    """A pool of connections for SQLAlchemy Core. Connects on first use; `postgresql://…` in any form asyncpg reads."""

    async def creator() -> asyncpg.Connection:
        return await asyncpg.connect(
            dsn,
            timeout=deadline,
            command_timeout=deadline,
            server_settings={"application_name": application, "statement_timeout": str(int(deadline * 1000))},
        )

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=creator, pool_pre_ping=True, pool_size=4, pool_timeout=deadline
    )


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Turn whatever an absent Postgres raises inside the block into `DatabaseAway`."""
    try:
        yield
    except AWAY as error:
        raise DatabaseAway(_away_text(error)) from error
    except NoneFree as error:
        # Every connection of the pool waits for a Postgres that does not answer.
        raise DatabaseAway(_away_text(error)) from error
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        if error.connection_invalidated or isinstance(cause, AWAY):
            raise DatabaseAway(_away_text(cause or error)) from error
        raise


def _away_text(error: BaseException) -> str:
    if isinstance(error, asyncpg.ClientConfigurationError):
        # Never the text itself: a password may be in it.
        return "db.dsn (HOTLINE_DB_DSN) is no address of a Postgres, such as postgresql://user:password@host/name"
    return f"Postgres does not answer ({type(error).__name__}); start it, or see `hotline doctor`"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
