"""A real Postgres, migrated, for tests outside tests/db."""

import asyncio
import contextlib
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from migrations.run import upgrade
from ops.runtime.postgres import EmbeddedPostgres

_PASSWORD = "only-for-tests"
_HURRIED = "fsync = off\nfull_page_writes = off\n"
"""What a killed server has committed is still there; after a power cut nobody asks for a test's rows."""


def started(server: EmbeddedPostgres) -> "subprocess.Popen[bytes]":
    """Start it so that nobody waits for the disk: a statement has five seconds, and a busy disk takes longer."""
    server.prepare()
    (server.data / "postgresql.auto.conf").write_text(_HURRIED)
    return server.start()


@contextlib.contextmanager
def migrated() -> Iterator[tuple[str, EmbeddedPostgres]]:
    """(DSN, server), up until the block ends."""
    with tempfile.TemporaryDirectory(prefix="hl-") as short:
        folder = Path(short)
        server = EmbeddedPostgres(folder / "data", folder / "run", _PASSWORD, folder / "postgres.log")
        process = started(server)
        try:
            dsn = f"postgresql://hotline:{_PASSWORD}@/hotline?host={server.run}"
            asyncio.run(upgrade(dsn))
            yield dsn, server
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)
