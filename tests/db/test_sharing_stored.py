"""Why a seat was rung, through the shipper into its table and back; what is no such fact stores nothing."""

from datetime import UTC, datetime

import asyncpg

from core.clock import SystemClock
from core.db import engine
from core.ids import AreaId, LinkedId, SeatNumber
from core.journal import Fact
from seats.sharing.choice import AreaNow, Idle, next_seat
from seats.sharing.chosen import CHOSEN, chosen, fields
from seats.sharing.plan import default
from seats.sharing.projection import store
from seats.sharing.rings import rings_of
from tests.fakes.henan_tree import TREE

LUOYANG, SANMENXIA = AreaId("luoyang"), AreaId("sanmenxia")
SEAT = SeatNumber("3980001")


async def test_a_ring_is_stored_once_and_read_back(dsn: str) -> None:
    view = {SANMENXIA: AreaNow(2, 2, 0, (Idle(1.0, SEAT), Idle(2.0, SeatNumber("3980002"))))}
    ring = chosen(SystemClock().now(), LUOYANG, SEAT, next_seat(LUOYANG, view, default(TREE)))
    call = LinkedId("900.1")
    good = Fact("share-1", CHOSEN, ring.at, call, fields(ring))
    bad = [
        Fact("share-2", CHOSEN, ring.at, None, fields(ring)),
        Fact("share-3", CHOSEN, ring.at, call, {**fields(ring), "why": 7}),
        Fact("share-4", CHOSEN, datetime(2026, 1, 1, tzinfo=UTC), LinkedId("901.1"), {}),
    ]
    connection = await asyncpg.connect(dsn)
    try:
        for _ in range(2):
            await store(connection, [good, *bad])
        assert await connection.fetchval("SELECT count(*) FROM seats.seat_rings WHERE id LIKE 'share-%'") == 1
    finally:
        await connection.close()
    database = engine(dsn, application="test-sharing")
    async with database.connect() as reading:
        (found,) = (await rings_of(reading, [call, "901.1"]))[call]
    await database.dispose()
    assert found.why == "洛阳无空闲座席，结对的三门峡可支援 1 席（空闲 2，保留 1）"
    assert (found.seat, found.area, found.rule) == (SEAT, SANMENXIA, "pair")
    assert [each["area"] for each in found.candidates] == ["luoyang", "sanmenxia"]
