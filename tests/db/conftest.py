"""A real Postgres for the session, and an empty, migrated database for each test that asks for one."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from migrations.run import upgrade
from ops.runtime.postgres import EmbeddedPostgres
from tests.fakes.own_postgres import started

PASSWORD = "only-for-tests"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """DSN of a server of this session's own, database `hotline`."""
    with tempfile.TemporaryDirectory(prefix="hl-") as short:
        folder = Path(short)
        server = EmbeddedPostgres(folder / "data", folder / "run", PASSWORD, folder / "postgres.log")
        process = started(server)
        yield f"postgresql://hotline:{PASSWORD}@/hotline?host={server.run}"
        # At once: what it holds is thrown away, a clean end would only write it to disk first.
        process.send_signal(signal.SIGQUIT)
        process.wait(20)


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """DSN of a template database, migrated once."""
    asyncio.run(_create(postgres, "template_hotline", "template1"))
    dsn = postgres.replace("/hotline?", "/template_hotline?")
    asyncio.run(upgrade(dsn))
    return dsn


@pytest.fixture
async def dsn(postgres: str, migrated: str) -> AsyncIterator[str]:
    """DSN of an empty database with every table, this test's alone."""
    name = f"t_{id(object()):x}"
    await _create(postgres, name, "template_hotline")
    yield postgres.replace("/hotline?", f"/{name}?")
    connection = await asyncpg.connect(postgres)
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


@pytest.fixture
async def empty_dsn(postgres: str) -> AsyncIterator[str]:
    """DSN of a database without any table of ours."""
    name = f"e_{id(object()):x}"
    await _create(postgres, name, "template1")
    yield postgres.replace("/hotline?", f"/{name}?")
    connection = await asyncpg.connect(postgres)
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


async def _create(server: str, name: str, template: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    await connection.close()
