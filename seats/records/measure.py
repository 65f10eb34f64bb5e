"""What became of recordings: the files of calls that are over, measured once, beside their records."""

import logging
from datetime import datetime, timedelta

import asyncpg

from seats.records.record import RecordingState
from seats.records.recording import BYTES_PER_MS, RecordingFiles, state_of
from seats.records.schema import recordings

GRACE = timedelta(seconds=2)
"""After the end of a call, until Asterisk has surely closed the file."""
_AT_ONCE = 500
_PENDING = (
    f"SELECT id, expected_ms FROM {recordings.fullname} "  # noqa: S608 - table names of ours
    "WHERE state = 'pending' AND ended_at < $1 ORDER BY ended_at LIMIT $2"
)
_MEASURED = (
    f"UPDATE {recordings.fullname} SET state = $2, bytes = $3, duration_ms = $4, measured_at = $5 "  # noqa: S608
    "WHERE id = $1"
)

_log = logging.getLogger("seats.records")


async def measure(connection: asyncpg.Connection, files: RecordingFiles, now: datetime) -> list[RecordingState]:
    """Measure the recordings of calls that ended a moment ago, and delete those in which nobody spoke to anybody.

    Answers the state of each; those a disk says nothing about are left for the next time. Raises what asyncpg raises.
    """
    rows = []
    for found in await connection.fetch(_PENDING, now - GRACE, _AT_ONCE):
        try:
            size = files.size(found["id"])
            state = state_of(size, found["expected_ms"])
            if state is RecordingState.EMPTY:
                files.remove(found["id"])
        except OSError as error:
            _log.warning("recordings cannot be measured now: %s", error)
            break
        rows.append((found["id"], state.value, size, None if size is None else size // BYTES_PER_MS, now))
    await connection.executemany(_MEASURED, rows)
    return [RecordingState(row[1]) for row in rows]
