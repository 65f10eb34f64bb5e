"""A real Postgres, migrated, for tests outside tests/db."""

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

from migrations.run import upgrade
from ops.runtime.postgres import EmbeddedPostgres

_PASSWORD = "only-for-tests"


@contextlib.contextmanager
def migrated() -> Iterator[tuple[str, EmbeddedPostgres]]:
    """(DSN, server), up until the block ends."""
    with tempfile.TemporaryDirectory(prefix="hl-") as short:
        folder = Path(short)
        server = EmbeddedPostgres(folder / "data", folder / "run", _PASSWORD, folder / "postgres.log")
        process = server.start()
        try:
            dsn = f"postgresql://hotline:{_PASSWORD}@/hotline?host={server.run}"
            asyncio.run(upgrade(dsn))
            yield dsn, server
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)
