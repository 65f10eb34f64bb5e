"""Facts of seats become rows once, a day is shown from them, plans are kept."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from core.clock import CHINA
from core.db import engine
from core.ids import AreaId, SeatNumber
from core.journal import Fact
from core.settings import DbSettings, PlatformSettings, Settings, environment_of
from ops import seats as command
from routing.tables import province_tree
from seats.roster import store
from seats.roster.follow import Step
from seats.roster.plans import StoredPlans
from seats.roster.projection import KIND, fields
from seats.roster.projection import store as project
from seats.roster.seat import demonstration_seats
from seats.roster.states import Move, State

ONE, LUOYANG = SeatNumber("3790001"), AreaId("luoyang")
NOW = datetime.now(UTC) - timedelta(minutes=5)


def fact(number: int, before: State | None, after: State, move: Move | None, reason: str = "") -> Fact:
    at = NOW + timedelta(seconds=number)
    step = Step(ONE, LUOYANG, before, after, move, reason, at, "seat", None)
    return Fact(f"f-{number}", KIND, at, None, json.loads(json.dumps(fields(step, "drill"))))


@pytest.fixture
def told() -> list[Fact]:
    bad = [Fact("f-8", KIND, NOW, None, {"seat": "x"}), Fact("f-9", KIND, NOW, None, {})]
    return [
        fact(0, None, State.READY, None),
        fact(1, State.READY, State.PAUSED, Move.PAUSE, "lunch"),
        fact(2, State.PAUSED, State.READY, Move.READY),
        *bad,
    ]


async def test_a_fact_is_a_row_once_and_the_last_one_is_where_the_seat_is(dsn: str, told: list[Fact]) -> None:
    connection = await asyncpg.connect(dsn)
    await project(connection, told)
    await project(connection, told)
    rows = await connection.fetch("SELECT * FROM seats.seat_states ORDER BY at")
    await connection.close()
    assert [(row["from_state"], row["to_state"], row["move"], row["reason"], row["mode"]) for row in rows] == [
        (None, "ready", None, "", "drill"), ("ready", "paused", "pause", "lunch", "drill"),
        ("paused", "ready", "ready", "", "drill"),
    ]  # fmt: skip
    pool = engine(dsn, application="test")
    seen = await StoredPlans(pool).last_seen()
    await pool.dispose()
    assert {number: standing.state for number, standing in seen.items()} == {ONE: State.READY}


async def test_of_two_steps_at_one_moment_the_one_written_later_is_later(dsn: str) -> None:
    steps = [fact(1, None, State.OFFLINE, None), fact(1, State.OFFLINE, State.READY, Move.REGISTER)]
    steps.append(fact(1, State.READY, State.PAUSED, Move.PAUSE, "home"))
    connection = await asyncpg.connect(dsn)
    await project(connection, [replace(step, id=f"f-{number}") for number, step in enumerate(steps, 8)])
    await connection.close()
    pool = engine(dsn, application="test")
    plans = StoredPlans(pool)
    hour = timedelta(hours=1)
    day = [row.to_state for row in await plans.of_seat(ONE, NOW - hour, NOW + hour)]
    before = [row.to_state for row in await plans.of_seat(ONE, NOW + hour, NOW + hour)]
    seen = await plans.last_seen()
    await pool.dispose()
    assert day == ["offline", "ready", "paused"]
    assert before == ["paused"]
    assert seen[ONE].state is State.PAUSED


async def test_home_is_on_once_and_kept(dsn: str) -> None:
    pool = engine(dsn, application="test")
    plans = StoredPlans(pool)
    assert await plans.set_home(LUOYANG, on=True, drill=True, by="wang")
    assert not await plans.set_home(LUOYANG, on=True, drill=False, by="li")
    assert (await plans.read()).homes == {"luoyang": "drill"}
    assert await plans.set_home(LUOYANG, on=False, drill=False, by="li")
    assert not await plans.set_home(LUOYANG, on=False, drill=False, by="li")
    assert await plans.set_home(LUOYANG, on=True, drill=False, by="li")
    assert (await plans.read()).homes == {"luoyang": "home"}
    assert [(home.drill, home.on_by, home.off_by) for home in await plans.homes()] == [
        (False, "li", None), (True, "wang", "li")
    ]  # fmt: skip
    await pool.dispose()


def test_the_command_shows_a_day_and_keeps_shifts_and_limits(
    dsn: str, told: list[Fact], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def prepare() -> None:
        connection = await asyncpg.connect(dsn)
        await project(connection, told)
        await connection.close()
        await store.seed(dsn, demonstration_seats(province_tree("henan")))

    asyncio.run(prepare())
    settings = Settings(platform=PlatformSettings(home=tmp_path), db=DbSettings(dsn=dsn))
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    assert command.main(["day", ONE, "--json", "--date", f"{NOW.astimezone(CHINA):%Y-%m-%d}"]) == 0
    day = json.loads(capsys.readouterr().out)
    assert [span["state"] for span in day["spans"]] == ["ready", "paused", "ready"]
    assert day["seconds"]["paused lunch"] == 1
    table = tmp_path / "shifts.csv"
    table.write_text("seat,days,from,to,lunch_from,lunch_to\n3790001,1-5,08:30,17:30,12:00,13:00\n", encoding="utf-8")
    assert command.main(["shifts", "import", str(table), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 5
    assert command.main(["wrap-up", "洛阳", "30"]) == 0
    assert command.main(["wrap-up", ONE, "10", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"all": 0, "luoyang": 30, "3790001": 10}
    assert command.main(["wrap-up", "洛阳", "off", "--json"]) == 0
