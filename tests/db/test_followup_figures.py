"""Figures of callbacks, appointments and messages: asked, done, and done in time."""

import itertools
from datetime import timedelta
from typing import Any

from core.db import connect, engine
from core.ids import LinkedId
from core.journal import Fact
from routing.tables import province_tree
from seats.accounts.scope import EVERYWHERE
from seats.callbacks.request import ASKED, MOVED
from seats.callbacks.states import Move
from seats.records.figures.store import StoredFigures
from seats.records.writer import PlacedEvent, Shipment, store
from tests.db.test_callbacks_store import AT, CALL, left

_FACTS = itertools.count()


def owed(n: int, why: str, minutes: int | None, **more: Any) -> tuple[Fact, ...]:
    """The facts of somebody who is owed a call because of call `n`, and has it after so many minutes."""
    id, call = f"cb-{n:012x}", LinkedId(f"{n}.0")
    asked = {"id": id, "number": f"1380371{n:04}", "area": "zhengzhou", "why": why, **more}
    facts = [Fact(f"d-{next(_FACTS)}", ASKED, AT, call, asked)]
    if minutes is not None:
        moves = ((Move.PLACED, AT + timedelta(minutes=minutes)), (Move.HUNG_UP, AT + timedelta(minutes=minutes + 1)))
        facts += (Fact(f"s-{next(_FACTS)}", MOVED, at, call, {"id": id, "move": str(move)}) for move, at in moves)
    return tuple(facts)


async def test_what_is_owed_what_is_done_and_what_is_done_in_time(dsn: str) -> None:
    shipper = await connect(dsn, application="test")
    for n in range(1, 9):
        await shipper.execute(CALL, f"{n}.0", "", AT, None, 20, "abandoned_in_queue")
    await shipper.execute(CALL, "7.9", "", AT, None, 1, "message_left")
    slot = {"slot": (AT + timedelta(hours=5)).isoformat()}
    facts = (
        owed(1, "waiting", 10), owed(2, "abandoned", 170), owed(3, "waiting", None), owed(4, "asterisk_died", 100),
        owed(5, "appointment", 310, **slot), owed(6, "appointment", 400, **slot), owed(7, "message", 1),
    )  # fmt: skip
    await store(shipper, Shipment((PlacedEvent("s", 1, left()),), tuple(itertools.chain(*facts))))
    database = engine(dsn, application="test")

    async def counted() -> tuple[int, ...]:
        asked = StoredFigures(database, province_tree("henan")).figures
        *rows, whole = await asked(
            EVERYWHERE, since=AT - timedelta(hours=1), until=AT + timedelta(hours=1), by="area", area=None
        )
        names = ("callbacks_owed", "callbacks_made", "callbacks_in_time", "appointments", "appointments_kept")
        kinds = (*names, "message_left", "messages_dealt", "messages_in_time")
        found = tuple(getattr(whole, name) for name in kinds)
        assert found == tuple(sum(getattr(row, name) for row in rows) for name in kinds)
        return found

    assert await counted() == (4, 3, 2, 2, 1, 1, 0, 0)
    closing = "UPDATE seats.messages SET state = 'closed', closed_at = left_at + $1::interval"
    await shipper.execute(closing, timedelta(hours=25))
    assert (await counted())[-2:] == (1, 0)
    await shipper.execute(closing, timedelta(hours=23))
    assert (await counted())[-2:] == (1, 1)
    await database.dispose()
    await shipper.close()
