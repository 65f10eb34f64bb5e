"""Reading and writing the seats table."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.db import answering, engine
from core.ids import AreaId, SeatNumber
from seats.roster.schema import seats
from seats.roster.seat import Seat

_APPLICATION = "hotline-roster"


async def all_seats(dsn: str) -> tuple[Seat, ...]:
    """Every seat, enabled or not, by number. Raises `DatabaseAway`."""
    wanted = select(seats.c.number, seats.c.area, seats.c.name, seats.c.enabled).order_by(seats.c.number)
    database = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), database.connect() as connection:
            rows = (await connection.execute(wanted)).all()
    finally:
        await database.dispose()
    return tuple(Seat(SeatNumber(row.number), AreaId(row.area), row.name, row.enabled) for row in rows)


async def seed(dsn: str, first: Iterable[Seat]) -> int:
    """Put `first` into a table that has no seat at all; one that has any is left alone, so that a seat once removed
    stays removed. Answers how many were added. Raises `DatabaseAway`."""
    rows = [_row(seat) for seat in first]
    database = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), database.begin() as connection:
            if not rows or (await connection.execute(select(seats.c.number).limit(1))).first() is not None:
                return 0
            done = await connection.execute(insert(seats).on_conflict_do_nothing(), rows)
    finally:
        await database.dispose()
    return done.rowcount if done.rowcount >= 0 else len(rows)


async def put(dsn: str, seat: Seat) -> None:
    """Add `seat`, or change the seat of that number. Raises `DatabaseAway`."""
    row = _row(seat)
    changed = insert(seats).values(row).on_conflict_do_update(index_elements=[seats.c.number], set_=row)
    database = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), database.begin() as connection:
            await connection.execute(changed)
    finally:
        await database.dispose()


async def remove(dsn: str, number: SeatNumber) -> bool:
    """Take the seat out of the table; answers whether it was there. Raises `DatabaseAway`."""
    database = engine(dsn, application=_APPLICATION)
    try:
        async with answering(), database.begin() as connection:
            done = await connection.execute(delete(seats).where(seats.c.number == number))
    finally:
        await database.dispose()
    return done.rowcount > 0


def _row(seat: Seat) -> dict[str, object]:
    return {"number": seat.number, "area": seat.area, "name": seat.name, "enabled": seat.enabled}
