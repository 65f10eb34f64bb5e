"""What is planned for seats, in Postgres: limits of writing up, shifts, home, and where each seat was seen last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import answering
from core.ids import AreaId, LinkedId, SeatNumber
from seats.roster.follow import Standing
from seats.roster.schema import home_modes, seat_states, shifts, wrap_up_limits
from seats.roster.shifts import Shift
from seats.roster.states import State

_IN_TURN: Final = (seat_states.c.at, func.length(seat_states.c.id), seat_states.c.id)
"""Steps as they were written: of two at one moment the later has the higher number at the end of its id, `…-9` before
`…-10`."""


@dataclass(frozen=True, slots=True)
class Plans:
    """All of it, as read at one moment."""

    limits: Mapping[str, int] = field(default_factory=dict)
    homes: Mapping[AreaId, str] = field(default_factory=dict)
    """`home` or `drill`."""
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class HomeMode:
    """A time in which an area worked from home."""

    area: AreaId
    drill: bool
    on_at: datetime
    on_by: str
    off_at: datetime | None
    off_by: str | None


class StoredPlans:
    """Every method raises `DatabaseAway`."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def read(self) -> Plans:
        """Everything in force."""
        async with answering(), self._database.connect() as connection:
            limits = (await connection.execute(select(wrap_up_limits))).all()
            homes = (await connection.execute(select(home_modes).where(home_modes.c.off_at.is_(None)))).all()
            rows = (await connection.execute(select(shifts))).all()
        return Plans(
            limits={row.of: row.seconds for row in limits},
            homes={AreaId(row.area): "drill" if row.drill else "home" for row in homes},
            shifts=tuple(
                Shift(SeatNumber(row.seat), row.weekday, row.starts, row.ends, row.lunch_from, row.lunch_to)
                for row in rows
            ),
        )

    async def set_limit(self, of: str, seconds: int | None) -> None:
        """The limit of a seat or an area; None takes it away."""
        async with answering(), self._database.begin() as connection:
            if seconds is None:
                await connection.execute(delete(wrap_up_limits).where(wrap_up_limits.c.of == of))
                return
            row = {"of": of, "seconds": seconds}
            await connection.execute(
                upsert(wrap_up_limits).values(row).on_conflict_do_update(index_elements=["of"], set_=row)
            )

    async def set_shifts(self, wanted: Sequence[Shift]) -> None:
        """These, and no others."""
        rows = [
            {
                "seat": each.seat, "weekday": each.weekday, "starts": each.starts, "ends": each.ends,
                "lunch_from": each.lunch_from, "lunch_to": each.lunch_to,
            }
            for each in wanted
        ]  # fmt: skip
        async with answering(), self._database.begin() as connection:
            await connection.execute(delete(shifts))
            if rows:
                await connection.execute(insert(shifts), rows)

    async def set_home(self, area: AreaId, *, on: bool, drill: bool, by: str) -> bool:
        """Begin or end working from home; False when it was so already."""
        async with answering(), self._database.begin() as connection:
            if on:
                row = {"area": area, "drill": drill, "on_at": func.now(), "on_by": by}
                open_ = home_modes.c.off_at.is_(None)
                done = await connection.execute(
                    upsert(home_modes).values(row).on_conflict_do_nothing(index_elements=["area"], index_where=open_)
                )
            else:
                done = await connection.execute(
                    update(home_modes)
                    .where(home_modes.c.area == area, home_modes.c.off_at.is_(None))
                    .values(off_at=func.now(), off_by=by)
                )
        return done.rowcount > 0

    async def homes(self, limit: int = 50) -> Sequence[HomeMode]:
        """Times areas worked from home, newest first."""
        wanted = select(home_modes).order_by(home_modes.c.on_at.desc()).limit(limit)
        async with answering(), self._database.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return [HomeMode(AreaId(r.area), r.drill, r.on_at, r.on_by, r.off_at, r.off_by) for r in rows]

    async def last_seen(self, *, there: bool = False) -> dict[SeatNumber, Standing]:
        """Where each seat was seen last; `there`: before its phone went away."""
        wanted = (
            select(seat_states)
            .ext(distinct_on(seat_states.c.seat))
            .order_by(seat_states.c.seat, *(each.desc() for each in _IN_TURN))
        )
        if there:
            wanted = wanted.where(seat_states.c.to_state != State.OFFLINE)
        async with answering(), self._database.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return {
            SeatNumber(row.seat): Standing(
                State(row.to_state), row.reason, row.at, LinkedId(row.call) if row.call else None
            )
            for row in rows
        }

    async def of_seat(self, seat: SeatNumber, since: datetime, until: datetime) -> Sequence[Any]:
        """The seat's steps of that time, oldest first, and the last one before it."""
        mine = seat_states.c.seat == seat
        async with answering(), self._database.connect() as connection:
            before = select(seat_states).where(mine, seat_states.c.at < since)
            first = (await connection.execute(before.order_by(*(each.desc() for each in _IN_TURN)).limit(1))).all()
            inside = select(seat_states).where(mine, seat_states.c.at >= since, seat_states.c.at < until)
            rows = (await connection.execute(inside.order_by(*_IN_TURN))).all()
        return [*first, *rows]
