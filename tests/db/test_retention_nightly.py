"""Once a night, unasked: what is older than its purpose goes; a night without Postgres is made up for."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from core.clock import CHINA, TurnedClock
from core.settings import RetentionSettings
from seats.records.nightly import next_night, prune_nightly
from seats.records.recording import RecordingFiles

EVENING = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class _Nights:
    """Sleeps by turning the clock; ends after so many."""

    def __init__(self, clock: TurnedClock, count: int) -> None:
        self._clock = clock
        self._left = count
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        if not self._left:
            raise asyncio.CancelledError
        self._left -= 1
        self.slept.append(seconds)
        self._clock.turn(seconds)


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-22T03:29", "2026-11-22T03:30"),
        ("2026-11-22T03:30", "2026-11-23T03:30"),
        ("2026-12-31T20:00", "2027-01-01T03:30"),
    ],
)
def test_a_night_is_the_next_half_past_three(now: str, night: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=CHINA)
    assert next_night(moment) == datetime.fromisoformat(night).replace(tzinfo=CHINA)


async def test_old_facts_go_at_night(dsn: str, tmp_path: Path) -> None:
    clock = TurnedClock(EVENING)
    connection = await asyncpg.connect(dsn)
    try:
        for id, days in (("old", 500), ("young", 3)):
            await connection.execute(
                "INSERT INTO core.facts (id, kind, at, fields) VALUES ($1, 'seen', $2, '{}')",
                id,
                EVENING - timedelta(days=days),
            )
        nights = _Nights(clock, 1)
        with pytest.raises(asyncio.CancelledError):
            await prune_nightly(dsn, RecordingFiles(tmp_path), RetentionSettings(), clock, nights)
        assert [row["id"] for row in await connection.fetch("SELECT id FROM core.facts")] == ["young"]
    finally:
        await connection.close()
    assert nights.slept == [7.5 * 3600]


async def test_a_night_without_postgres_is_made_up_for(tmp_path: Path) -> None:
    clock = TurnedClock(EVENING)
    nights = _Nights(clock, 2)
    nobody = f"postgresql://hotline:none@/hotline?host={tmp_path}"
    with pytest.raises(asyncio.CancelledError):
        await prune_nightly(nobody, RecordingFiles(tmp_path), RetentionSettings(), clock, nights)
    assert nights.slept == [7.5 * 3600, 3600.0]
