"""Expectations about what the platform stored: rows read from its database with the profile's own query."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import asyncpg

from sim.finding import Finding, Look
from sim.landing import landings, linkedid_of
from sim.profile import RecordsAccess
from sim.stage import Stage

_POLL_SECONDS = 0.2
_OWN = ("record_of", "within")


async def record_of(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The stored record of the caller's call has these values."""
    access = stage.profile.records
    if access is None:
        return Finding(False, "the profile names no records (dsn, query)")
    wanted = {name: str(value) for name, value in options.items() if name not in _OWN}
    end = time.monotonic() + options["within"]
    caller = stage.actors[options["record_of"]]
    row: dict[str, str] | None = None
    while True:
        call = linkedid_of(stage, caller) or next(
            (found.leg.header(stage.profile.call_header) for found in landings(stage, caller)), ""
        )
        if call:
            row = await _row(access, call)
            if row is not None and not _wrong(row, wanted):
                return Finding(True, f"record of {call}: {_shown(row, wanted)}")
        if time.monotonic() >= end:
            break
        await asyncio.sleep(_POLL_SECONDS)
    if not call:
        return Finding(False, "the call has no id: no manager interface saw it and no seat was told")
    if row is None:
        return Finding(False, f"no record of {call} within {options['within']:g} s")
    return Finding(False, f"record of {call}: {'; '.join(_wrong(row, wanted))}")


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


def _wrong(row: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is {row[name]!r} instead of {value!r}"
        if name in row
        else f"there is no {name}; there are {', '.join(row)}"
        for name, value in wanted.items()
        if row.get(name) != value
    ]


def _shown(row: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {row[name]}" for name in wanted)


CHECKS: dict[str, Look] = {"record_of": record_of}
