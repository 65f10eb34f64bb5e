"""Moved calls in Postgres: one record whatever the shipments, and the figures that count them."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import connect, engine
from core.ids import AreaId, SeatNumber
from routing.tables import province_tree
from seats.accounts.scope import EVERYWHERE
from seats.records.cel import CelEvent
from seats.records.figures.store import StoredFigures
from seats.records.record import MoveHow, Role
from seats.records.store import call_record
from seats.records.writer import PlacedEvent, Shipment, store
from seats.roster import store as roster
from seats.roster.seat import Seat
from tests.fakes.cel_calls import caught

SEATS = {"3730001": "xinxiang", "3790001": "luoyang", "3719003": "henan"}


async def ship(dsn: str, name: str, events: Sequence[CelEvent], step: int) -> None:
    """Events of a file in shipments of `step`."""
    connection = await connect(dsn, application="test")
    try:
        for first in range(0, len(events), step):
            placed = [PlacedEvent(name, first + nth, event) for nth, event in enumerate(events[first : first + step])]
            await store(connection, Shipment(events=tuple(placed)))
    finally:
        await connection.close()


async def rows(dsn: str, question: str) -> list[tuple[object, ...]]:
    connection = await connect(dsn, application="test")
    try:
        return [tuple(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("name", ["refer_attended", "consult_refused", "api_raised_hand", "api_threeway"])
async def test_calls_made_on_its_behalf_are_told_with_it(dsn: str, name: str, step: int) -> None:
    events = caught(name)
    await ship(dsn, name, events, step)
    call = events[0].linkedid
    assert await rows(dsn, "SELECT linkedid FROM seats.calls") == [(call,)]
    assert await rows(dsn, "SELECT * FROM seats.open_calls") == []
    others = {event.linkedid for event in events} - {call}
    assert {row[0] for row in await rows(dsn, "SELECT linkedid FROM seats.made_for")} >= others
    record = await call_record(dsn, call)
    assert {leg.uniqueid for leg in record.legs} == {event.uniqueid for event in events}
    assert [leg.role for leg in record.legs].count(Role.CALLER) == 1
    assert len(record.moves) == 1


async def test_moves_to_other_cities_and_the_province_are_counted(dsn: str) -> None:
    await roster.seed(dsn, [Seat(SeatNumber(number), AreaId(area), number) for number, area in SEATS.items()])
    for name in ("refer_blind", "refer_attended", "consult_refused", "api_raised_hand", "refer_back"):
        await ship(dsn, name, caught(name), 1000)
    first = caught("refer_blind")[0].at
    database: AsyncEngine = engine(dsn, application="test")
    try:
        stored = StoredFigures(database, province_tree("henan"))
        asked = {"since": first - timedelta(days=1), "until": first + timedelta(days=1), "by": "area", "area": None}
        (row, whole) = await stored.figures(EVERYWHERE, **asked)  # type: ignore[arg-type]
    finally:
        await database.dispose()
    for figures in (row, whole):
        assert (figures.offered, figures.answered) == (5, 5)
        assert (figures.moved, figures.brought_in_city, figures.brought_in_province) == (2, 2, 1)
        assert (figures.hands_raised, figures.hands_taken) == (1, 1)
        assert figures.help_mean_ms is not None
        assert 0 < figures.help_mean_ms < 5000
    hows = {row[0] for row in await rows(dsn, "SELECT DISTINCT how FROM seats.moves")}
    assert hows == {str(how) for how in (MoveHow.BLIND, MoveHow.ATTENDED, MoveHow.CONSULT, MoveHow.ADVISER)} | {"back"}
