"""The real shipper process, to be killed and started again, and the real Postgres it ships to, to be killed as well."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from core.db import AWAY
from core.settings import Settings, environment_of
from ops.runtime.postgres import EmbeddedPostgres

DEADLINE = 60.0
_ROOT = Path(__file__).parents[2]


@dataclass
class ShipperProcess:
    """A shipper process that is killed and started again, and what it must have stored in the end."""

    settings: Settings
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        environment = {**os.environ, **environment_of(self.settings), "PYTHONPATH": str(_ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "seats.records"], env=environment, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    async def stored(self, question: str) -> int:
        """Answer to a SQL question; -1 while Postgres is away."""
        try:
            connection = await asyncpg.connect(self.settings.db.dsn, timeout=5)
        except AWAY:
            return -1
        try:
            return int(await connection.fetchval(question))
        except AWAY:
            return -1
        finally:
            connection.terminate()

    async def until(self, question: str, least: int) -> None:
        """Wait until `question` answers `least` or more."""
        async with asyncio.timeout(DEADLINE):
            while await self.stored(question) < least:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def until_told(self, linkedids: Collection[str]) -> None:
        """Wait until each of these calls has its record."""
        names = ", ".join(f"'{name}'" for name in linkedids)
        await self.until(f"SELECT count(*) FROM seats.calls WHERE linkedid IN ({names})", len(linkedids))  # noqa: S608


def kill_postgres(server: EmbeddedPostgres) -> None:
    """SIGKILL to the server and everything it started, as the kernel does when memory runs out."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    tree = [postmaster, *postmaster.children(recursive=True)]
    for process in tree:
        process.kill()
    psutil.wait_procs(tree, timeout=10)
