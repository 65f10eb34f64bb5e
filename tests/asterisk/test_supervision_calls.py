"""Supervision on a real Asterisk: rows before acts, and who hears whom at every ear."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest

from core.clock import SystemClock
from core.db import DatabaseAway, engine
from core.ids import LinkedId, SeatNumber
from seats.accounts.user import User, member
from seats.ami import AmiLogin
from seats.live.live import Live
from seats.supervision.act import CannotAct, NoSuchTarget, Refused
from seats.supervision.entry import Kind, Row
from seats.supervision.floor import LiveFloor
from seats.supervision.registrar import Registrar
from seats.supervision.room import Room
from seats.supervision.rules import Target, TargetKind, Verb
from sim.crew import Crew
from tests.asterisk.conftest import Telephony
from tests.fakes.own_postgres import migrated
from tests.fakes.supervised import CALLER, OTHER, SEAT, SUPERVISOR, Cast

HOME, SECOND, PROVINCE, PHONE = "3730001", "3730002", "3719001", "3719002"
Value = TypeVar("Value")


async def until(wanted: Callable[[], Value], seconds: float = 8) -> Value:
    """The first true value of `wanted()` before the deadline."""
    end = time.monotonic() + seconds
    while not (value := wanted()):
        assert time.monotonic() < end, f"not within {seconds} s"
        await asyncio.sleep(0.02)
    return value


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@dataclass
class Centre:
    """Everything of one test."""

    telephony: Telephony
    room: Room
    live: Live
    cast: Cast
    dsn: str

    @property
    def supervisions(self):  # type: ignore[no-untyped-def]
        return self.room.supervisions

    @property
    def wang(self) -> User:
        return member(self.telephony.tree, "wang", "province_supervisor", "henan", PHONE)

    @property
    def li(self) -> User:
        """Of another city."""
        return member(self.telephony.tree, "li", "city_supervisor", "luoyang", PHONE)

    async def talking(self) -> LinkedId:
        """A caller of 新乡 and their seat talk; the call's id."""
        await self.cast.register(HOME)
        await self.cast.register(PHONE)
        await until(lambda: LiveFloor(self.live).reachable(SeatNumber(PHONE)))
        caller = await self.cast.call()
        await self.cast.answer(HOME, SEAT)
        await self.cast.crew.until(lambda: caller.up, 5)
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

    async def kinds(self, id: str, wanted: list[str], seconds: float = 8) -> list[Row]:
        """The rows of `id` once they say `wanted` (`kind verb`)."""
        end = time.monotonic() + seconds
        while True:
            rows = await self.rows(id)
            told = [f"{row.kind} {row.verb}" for row in rows]
            if told == wanted:
                return rows
            assert time.monotonic() < end, f"{told}, expected {wanted}"
            await asyncio.sleep(0.05)


@pytest.fixture
async def centre(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    ami, sip = telephony.settings.ami, telephony.settings.sip
    reader = AmiLogin(ami.host, ami.port, "reader", telephony.secrets.ami_reader)

    async def roster() -> object:
        return telephony.seats

    async def nothing(_: object) -> tuple[()]:
        return ()

    live = Live(reader, telephony.tree, SystemClock(), roster=roster, offered=nothing)  # type: ignore[arg-type]
    pool = engine(database, application="test")
    room = Room(
        live=live,
        tree=telephony.tree,
        clock=SystemClock(),
        database=pool,
        secret="only for tests",
        home=telephony.settings.paths.home,
        reader=reader,
        commander=AmiLogin(ami.host, ami.port, "commander", telephony.secrets.ami_commander, events="off"),
        registrar=Registrar(sip.host, sip.port, telephony.secrets.seat),
    )
    await live.start()
    await room.start()
    try:
        async with Crew(tmp_path, ("X-Hotline-Call",)) as crew:
            await until(lambda: live.picture.stale_since is None and live.picture.seats)
            yield Centre(telephony, room, live, Cast(telephony, crew, tmp_path), database)
            await asyncio.to_thread(telephony.console, "channel request hangup all")
            await until(lambda: not live.picture.calls)
        await asyncio.to_thread(telephony.console, "queue unpause member PJSIP/3730001")
    finally:
        await room.close()
        await live.close()
        await pool.dispose()


def seat(number: str, area: str) -> Target:
    return Target(TargetKind.SEAT, number, frozenset({area}))  # type: ignore[arg-type]


def call(linkedid: str, *areas: str) -> Target:
    return Target(TargetKind.CALL, linkedid, frozenset(areas))  # type: ignore[arg-type]


async def test_listen_whisper_barge_and_take_over_at_every_ear(centre: Centre) -> None:
    cast, supervisions = centre.cast, centre.supervisions
    linkedid = await centre.talking()
    done = await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="抽查", source="10.1.1.1")
    asked = (await centre.rows(done.id))[0]
    assert (asked.kind, asked.user_name, asked.reason, asked.source) == (Kind.ASKED, "wang", "抽查", "10.1.1.1")
    assert (asked.call, asked.seat, asked.target_id) == (linkedid, HOME, HOME)
    phone = await cast.answer(PHONE, SUPERVISOR)
    assert phone.name_shown == f"监听 {HOME}"
    assert (phone.header("X-Hotline-Call"), phone.header("X-Hotline-Area")) == (linkedid, "新乡")
    listening = {CALLER: {SEAT}, SEAT: {CALLER}, SUPERVISOR: {CALLER, SEAT}}
    await cast.hears(listening)
    told = ["asked listen", "started listen"]
    await centre.kinds(done.id, told)
    for mode, ears in (
        (Verb.WHISPER, {**listening, SEAT: {CALLER, SUPERVISOR}}),
        (Verb.BARGE, {CALLER: {SEAT, SUPERVISOR}, SEAT: {CALLER, SUPERVISOR}, SUPERVISOR: {CALLER, SEAT}}),
        (Verb.LISTEN, listening),
    ):
        before = told[-1].partition(" ")[2]
        await supervisions.switch(centre.wang, done.id, mode, source="10.1.1.1")
        told += [f"asked {mode}", f"stopped {before}", f"started {mode}"]
        await centre.kinds(done.id, told)
        await cast.hears(ears)
    since = time.monotonic()
    await supervisions.switch(centre.wang, done.id, Verb.TAKEOVER, source="10.1.1.1")
    await cast.crew.until(lambda: cast.legs[SEAT].over, 5)
    assert cast.legs[SEAT].over
    await cast.hears({CALLER: {SUPERVISOR}, SUPERVISOR: {CALLER}})
    assert cast.gap(CALLER, since, since + 3) < 0.5
    assert cast.legs[CALLER].up
    await cast.legs[SUPERVISOR].hang_up()
    rows = await centre.kinds(
        done.id, [*told, "asked takeover", "stopped listen", "started takeover", "ended takeover"]
    )
    assert await cast.crew.until(lambda: cast.legs[CALLER].over, 5)
    for row in rows:
        # An act's own row is there before Asterisk did it; a fact's true time is Asterisk's.
        assert (row.happened_at is None) == (row.kind is Kind.ASKED)
    for first, second in zip(rows, rows[1:], strict=False):
        if first.kind is Kind.ASKED and second.kind is Kind.STARTED:
            assert first.at <= second.happened_at  # type: ignore[operator]
    proof = await supervisions.verify()
    assert proof.intact
    seen = await supervisions.of_seat(SeatNumber(HOME), limit=5)
    assert (seen[0].user, seen[0].modes) == ("wang", ("listen", "whisper", "barge", "takeover"))
    assert seen[0].ended is not None
