"""Reading which seats were rung for stored calls, and why. May block."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import AreaId, SeatNumber
from seats.sharing.chosen import SeatChosen
from seats.sharing.schema import seat_rings


async def rings_of(connection: AsyncConnection, calls: Sequence[str]) -> dict[str, list[SeatChosen]]:
    """Every ring of each of those calls, oldest first."""
    found: dict[str, list[SeatChosen]] = {call: [] for call in calls}
    wanted = select(seat_rings).where(seat_rings.c.linkedid.in_(calls)).order_by(seat_rings.c.at, seat_rings.c.id)
    for row in (await connection.execute(wanted)).mappings():
        found[row["linkedid"]].append(
            SeatChosen(
                at=row["at"],
                queue=AreaId(row["queue"]),
                seat=SeatNumber(row["seat"]),
                area=AreaId(row["area"]) if row["area"] is not None else None,
                rule=row["rule"],
                why=row["why"],
                candidates=tuple(row["candidates"]),
            )
        )
    return found
