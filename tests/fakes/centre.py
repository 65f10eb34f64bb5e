"""A supervised centre: one Asterisk, one Postgres, the live picture, supervision, and people with phones."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import SystemClock
from core.db import engine
from core.errors import HotlineError
from core.ids import LinkedId, SeatNumber
from seats.accounts.user import User, member
from seats.ami import AmiLogin
from seats.live.live import Live
from seats.supervision.chain import Proof, key_of
from seats.supervision.digests import Digests, file_in
from seats.supervision.entry import Entry, Kind, Row
from seats.supervision.floor import LiveFloor
from seats.supervision.registrar import Registrar
from seats.supervision.room import Room
from seats.supervision.rules import Target, TargetKind
from seats.supervision.service import Supervisions
from seats.supervision.store import PostgresAudit
from sim.crew import Crew
from tests.asterisk.conftest import Telephony
from tests.fakes.supervised import CALLER, SEAT, Cast

HOME, SECOND, PROVINCE, PHONE = "3730001", "3730002", "3719001", "3719002"
SECRET = "only for tests"
Value = TypeVar("Value")


async def until(wanted: Callable[[], Value], seconds: float = 30) -> Value:
    """The first true value of `wanted()` before the deadline."""
    end = time.monotonic() + seconds
    while not (value := wanted()):
        assert time.monotonic() < end, f"not within {seconds} s"
        await asyncio.sleep(0.02)
    return value


@dataclass
class Centre:
    """Everything of one test."""

    telephony: Telephony
    room: Room
    live: Live
    cast: Cast
    dsn: str
    pool: AsyncEngine

    @property
    def supervisions(self) -> Supervisions:
        return self.room.supervisions

    @property
    def wang(self) -> User:
        return member(self.telephony.tree, "wang", "province_supervisor", "henan", PHONE)

    def user(self, role: str, area: str, name: str = "zhou") -> User:
        """Somebody else."""
        return member(self.telephony.tree, name, role, area, PHONE)

    @property
    def li(self) -> User:
        """Of another city."""
        return member(self.telephony.tree, "li", "city_supervisor", "luoyang", PHONE)

    async def talking(self, *, phone: bool = True, alone: bool = False) -> LinkedId:
        """A caller of 新乡 and their seat talk, and the supervisor's `phone` is registered; the call's id. `alone`: the
        seat's phone can die."""
        await self.cast.register(HOME, alone=alone)
        if phone:
            await self.cast.register(PHONE)
        await until(lambda: LiveFloor(self.live).reachable(SeatNumber(PHONE)))
        caller = await self.cast.call()
        await self.cast.answer(HOME, SEAT)
        await self.cast.crew.until(lambda: caller.up, 15)
        await self.cast.talk(CALLER)
        call = await until(lambda: LiveFloor(self.live).call_of(SeatNumber(HOME)))
        await until(lambda: (found := LiveFloor(self.live).call(call.linkedid)) and found.seat)
        return call.linkedid

    async def rows(self, id: str | None = None) -> list[Row]:
        connection = await asyncpg.connect(self.dsn)
        found = await connection.fetch(
            "SELECT * FROM seats.supervision_audit WHERE $1::text IS NULL OR supervision = $1 ORDER BY seq", id
        )
        await connection.close()
        return [Row(**{**row, "kind": Kind(row["kind"]), "areas": tuple(row["areas"])}) for row in found]

    async def verify(self) -> Proof:
        """The chain, proved."""
        return await self.supervisions.verify()

    async def append(self, kind: Kind, id: str, verb: str) -> None:
        """One row, as a process that was killed right after it leaves it."""
        audit = PostgresAudit(self.pool, key_of(SECRET), Digests(file_in(self.home)), SystemClock())
        entry = Entry(kind, verb, supervision=id, user_name="wang", role="province_supervisor")
        await audit.append(entry)

    @property
    def home(self) -> Path:
        return home_of(self.dsn)

    async def again(
        self, ask: Callable[..., Awaitable[Value]], *given: Any, seconds: float = 30, **named: Any
    ) -> Value:
        """What `ask` answers once it raises nothing of ours."""
        end = time.monotonic() + seconds
        while True:
            try:
                return await ask(*given, **named)
            except HotlineError:
                assert time.monotonic() < end
                await asyncio.sleep(0.1)

    async def cut(self) -> None:
        """Asterisk closes every link of its manager interface."""
        said = await asyncio.to_thread(self.telephony.console, "manager show connected")
        for line in said.splitlines():
            columns = line.split()
            if columns and columns[0] in {"reader", "commander"}:
                await asyncio.to_thread(self.telephony.console, f"manager kick session {columns[4]}")

    async def kinds(self, id: str, wanted: list[str], seconds: float = 30) -> list[Row]:
        """The rows of `id` once they say `wanted` (`kind verb`). Their order is not asked for: a supervisor may be sent
        on just before Asterisk says that an ear has gone."""
        end = time.monotonic() + seconds
        while True:
            rows = await self.rows(id)
            told = [f"{row.kind} {row.verb}" for row in rows]
            if sorted(told) == sorted(wanted):
                return rows
            assert time.monotonic() < end, f"{told}, expected {wanted}: {[row.detail for row in rows]}"
            await asyncio.sleep(0.05)


def home_of(dsn: str) -> Path:
    """Where the digests of that Postgres' rows are kept: they belong together."""
    return Path(dsn.partition("host=")[2])


@contextlib.asynccontextmanager
async def opened(telephony: Telephony, dsn: str, tmp_path: Path, *, supervised: bool = True) -> AsyncIterator[Centre]:
    """One, with `dsn` as its Postgres; its calls are gone when the block ends. Not `supervised`: somebody else acts."""
    ami, sip = telephony.settings.ami, telephony.settings.sip
    reader = AmiLogin(ami.host, ami.port, "reader", telephony.secrets.ami_reader)

    async def roster() -> object:
        return telephony.seats

    async def nothing(_: object) -> tuple[()]:
        return ()

    live = Live(reader, telephony.tree, SystemClock(), roster=roster, offered=nothing)  # type: ignore[arg-type]
    pool = engine(dsn, application="test")
    room = Room(
        live=live,
        tree=telephony.tree,
        clock=SystemClock(),
        database=pool,
        secret=SECRET,
        home=home_of(dsn),
        reader=reader,
        commander=AmiLogin(ami.host, ami.port, "commander", telephony.secrets.ami_commander, events="off"),
        registrar=Registrar(sip.host, sip.port, telephony.secrets.seat),
    )
    await live.start()
    if supervised:
        await room.start()
    try:
        await asyncio.to_thread(tmp_path.mkdir, exist_ok=True)
        async with Crew(tmp_path, ("X-Hotline-Call",)) as crew:
            await until(lambda: live.picture.stale_since is None and live.picture.seats)
            yield Centre(telephony, room, live, Cast(telephony, crew, tmp_path), dsn, pool)
            await asyncio.to_thread(telephony.console, "channel request hangup all")
            await until(lambda: not live.picture.calls)
    finally:
        await room.close()
        await live.close()
        await pool.dispose()


def seat(number: str, area: str) -> Target:
    return Target(TargetKind.SEAT, number, frozenset({area}))  # type: ignore[arg-type]


def call(linkedid: str, *areas: str) -> Target:
    return Target(TargetKind.CALL, linkedid, frozenset(areas))  # type: ignore[arg-type]
