"""`hotline records` and `hotline`'s seats, read back from a real Postgres."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from core.console import EXIT_BAD_INPUT, run
from core.db import DatabaseAway, connect
from core.ids import AreaId, LinkedId, SeatNumber
from core.journal import Fact
from seats.records import cli
from seats.records.record import Outcome
from seats.records.store import NoSuchCall, call_record, latest
from seats.records.writer import PlacedEvent, Shipment, store
from seats.roster import store as roster
from seats.roster.seat import Seat
from tests.fakes.cel_calls import caught

NUMBER = "13803710000"


async def ship(dsn: str, *names: str) -> list[LinkedId]:
    """Store caught calls; the linkedid of each."""
    connection = await connect(dsn, application="test")
    calls = []
    for name in names:
        events = caught(name)
        calls.append(events[0].linkedid)
        placed = tuple(PlacedEvent(name, place, event) for place, event in enumerate(events))
        fact = Fact(
            f"{name}-1", "routing_decided", events[0].at, calls[-1], {"raw": NUMBER, "alternatives": ["kaifeng"]}
        )
        await store(connection, Shipment(placed, (fact,), (), (("cel", name, 1),)))
    await connection.close()
    return calls


async def test_a_record_comes_back_as_it_was_told(dsn: str) -> None:
    answered, told = await ship(dsn, "answered", "told_and_ended")
    record = await call_record(dsn, answered)
    assert (record.outcome, record.answered_by, len(record.legs)) == (Outcome.ANSWERED, "3710001", 2)
    assert record.decision is not None
    assert record.decision["normalized"] == NUMBER
    assert record.decision["alternatives"] == ["kaifeng"]
    assert [call.linkedid for call in await latest(dsn)] == [told, answered]
    assert [call.linkedid for call in await latest(dsn, 5, Outcome.TOLD_AND_ENDED)] == [told]
    with pytest.raises(NoSuchCall):
        await call_record(dsn, LinkedId("none"))


async def test_storing_the_same_again_stores_nothing_more(dsn: str) -> None:
    await ship(dsn, "answered")
    first = await latest(dsn)
    await ship(dsn, "answered")
    assert await latest(dsn) == first
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM seats.cel_events") == len(caught("answered"))
    await connection.close()


def test_the_command_masks_numbers_unless_told_otherwise(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (call,) = asyncio.run(ship(dsn, "answered"))
    monkeypatch.setenv("HOTLINE_DB_DSN", dsn)
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path))
    assert run(cli.main, ["show", call, "--json"]) == 0
    shown = capsys.readouterr().out
    assert NUMBER not in shown
    assert json.loads(shown)["decision"]["raw"] == "138****0000"
    assert run(cli.main, ["show", call, "--json", "--full"]) == 0
    assert json.loads(capsys.readouterr().out)["decision"]["raw"] == NUMBER
    for command in (["show", call], ["list"], ["list", "--json"]):
        assert run(cli.main, command) == 0
        printed = capsys.readouterr().out
        assert call.partition(".")[0] in printed  # a narrow terminal folds the rest
        assert NUMBER not in printed
    assert run(cli.main, ["show", "none"]) == EXIT_BAD_INPUT
    assert capsys.readouterr().err.count("\n") == 1


async def test_an_absent_postgres_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway):
        await latest(f"postgresql://hotline:x@/hotline?host={tmp_path}")


async def test_seats_are_seeded_once_and_changed_by_number(dsn: str) -> None:
    first = Seat(SeatNumber("3710001"), AreaId("zhengzhou"), "郑州一号")
    second = Seat(SeatNumber("3790001"), AreaId("luoyang"), "洛阳一号", enabled=False)
    assert await roster.seed(dsn, [second, first]) == 2
    assert await roster.all_seats(dsn) == (first, second)
    assert await roster.remove(dsn, second.number)
    assert not await roster.remove(dsn, second.number)
    assert await roster.seed(dsn, [first, second]) == 0, "a seat once removed stays removed"
    moved = Seat(first.number, AreaId("kaifeng"), "开封一号")
    await roster.put(dsn, moved)
    assert await roster.all_seats(dsn) == (moved,)


async def test_calls_the_platform_made_for_itself_are_listed_on_request_alone(dsn: str) -> None:
    answered, told = await ship(dsn, "answered", "told_and_ended")
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE seats.calls SET origin = 'platform' WHERE linkedid = $1", told)
    await connection.close()
    assert [call.linkedid for call in await latest(dsn, ours=False)] == [answered]
    assert [call.linkedid for call in await latest(dsn)] == [told, answered]
