"""What is done once a night without being asked: data kept longer than `[retention]` allows are removed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

import asyncpg

from core.clock import CHINA, Clock
from core.db import AWAY, connect
from core.settings import RetentionSettings
from seats.records.recording import RecordingFiles
from seats.records.retention import prune

AT = time(3, 30)
"""China's time, when few call."""
_AGAIN = timedelta(hours=1)
"""After a night on which Postgres was away."""
_DEADLINE = 600.0

Sleep = Callable[[float], Awaitable[None]]
_log = logging.getLogger("seats.records")


def next_night(now: datetime) -> datetime:
    """The first `AT` after `now`."""
    local = now.astimezone(CHINA)
    tonight = local.replace(hour=AT.hour, minute=AT.minute, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)


async def prune_nightly(
    dsn: str, files: RecordingFiles, kept: RetentionSettings, clock: Clock, sleep: Sleep = asyncio.sleep
) -> None:
    """Prune every night, until cancelled. A night that failed is made up for an hour later."""
    due = next_night(clock.now())
    while True:
        await sleep((due - clock.now()).total_seconds())
        try:
            connection = await connect(dsn, application="hotline-retention", deadline=_DEADLINE)
            try:
                pruned = await prune(connection, files, kept, clock.now(), really=True)
            finally:
                connection.terminate()
        except (*AWAY, asyncpg.PostgresError) as error:
            _log.warning("old data could not be removed, trying again in an hour: %s", error)
            due = clock.now() + _AGAIN
            continue
        _log.info("old data removed", extra=dict(pruned.removed))
        due = next_night(clock.now())
