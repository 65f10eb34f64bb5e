"""Seats in Postgres: read, add, enable. The rendered Asterisk configuration is made from these rows."""

from collections.abc import Iterable

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from core.db import answering, engine
from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from seats.roster.schema import seats as table
from seats.roster.seat import Seat

_APPLICATION = "hotline roster"


async def all_seats(dsn: str) -> tuple[Seat, ...]:
    """Every seat, by number. Raises `DatabaseAway`."""
    pool = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), pool.connect() as connection:
            rows = await connection.execute(select(table).order_by(table.c.number))
            return tuple(Seat(SeatNumber(r.number), AreaId(r.area), r.name, r.enabled) for r in rows)
    finally:
        await pool.dispose()


async def seed(dsn: str, seats: Iterable[Seat]) -> None:
    """Add those of `seats` whose number nobody has yet, if there is no seat at all: a new copy is not empty-handed."""
    pool = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), pool.begin() as connection:
            if (await connection.execute(select(table.c.number).limit(1))).first() is None:
                rows = [{"number": s.number, "area": s.area, "name": s.name, "enabled": s.enabled} for s in seats]
                await connection.execute(upsert(table).on_conflict_do_nothing(), rows)
    finally:
        await pool.dispose()


async def add(dsn: str, seat: Seat) -> None:
    """Add one seat. Raises `BadInput` when the number is taken, `DatabaseAway`."""
    pool = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), pool.begin() as connection:
            if (await connection.execute(select(table.c.number).where(table.c.number == seat.number))).first():
                raise BadInput(f"seat {seat.number} is there already")
            await connection.execute(
                insert(table).values(number=seat.number, area=seat.area, name=seat.name, enabled=seat.enabled)
            )
    finally:
        await pool.dispose()


async def enable(dsn: str, number: SeatNumber, enabled: bool) -> None:
    """Let a seat register, or not. Raises `BadInput` when there is none of that number, `DatabaseAway`."""
    pool = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), pool.begin() as connection:
            done = await connection.execute(update(table).where(table.c.number == number).values(enabled=enabled))
            if not done.rowcount:
                raise BadInput(f"no seat {number}; `hotline seats list` shows them")
    finally:
        await pool.dispose()
