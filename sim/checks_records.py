"""The stored record of a call: read from the database with the profile's own query, or through the API."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import asyncpg

from sim.checks_api import rows_of
from sim.finding import Finding, Look
from sim.landing import call_of
from sim.profile import RecordsAccess
from sim.rows import differences, shown
from sim.stage import Stage

_POLL_SECONDS = 0.2
_OWN = ("record_of", "within")


async def record_of(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The stored record of the caller's call has these values."""
    access = stage.profile.records
    if access is None and "record_of" in stage.profile.rows:
        return await rows_of("record_of", stage, options)
    if access is None:
        return Finding(False, "the profile names no records (dsn, query), nor a path of the API (rows: record_of)")
    wanted = {name: str(value) for name, value in options.items() if name not in _OWN}
    end = time.monotonic() + options["within"]
    caller = stage.actors[options["record_of"]]
    row: dict[str, str] | None = None
    while True:
        call = call_of(stage, caller)
        if call:
            row = await _row(access, call)
            if row is not None and not differences(row, wanted):
                return Finding(True, f"record of {call}: {shown(row, wanted)}")
        if time.monotonic() >= end:
            break
        await asyncio.sleep(_POLL_SECONDS)
    if not call:
        return Finding(False, "the call has no id: no manager interface saw it and no seat was told")
    if row is None:
        up = "; the call is still up, and a record is written when it is over" if caller.leg else ""
        return Finding(False, f"no record of {call} within {options['within']:g} s{up}")
    return Finding(False, f"record of {call}: {'; '.join(differences(row, wanted))}")


async def _row(access: RecordsAccess, call: str) -> dict[str, str] | None:
    try:
        connection = await asyncpg.connect(access.dsn, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return None
    try:
        found = await connection.fetchrow(access.query, call)
        return None if found is None else {key: "" if value is None else str(value) for key, value in found.items()}
    finally:
        await connection.close()


CHECKS: dict[str, Look] = {"record_of": record_of}
