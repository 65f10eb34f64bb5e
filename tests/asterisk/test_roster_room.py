"""Seats on real phones with the service running: followed, written up, lost, not answering, at home."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.ids import AreaId, SeatNumber
from core.journal import Journal
from core.settings import SeatsSettings
from seats.accounts.user import member
from seats.ami import AmiLogin
from seats.live.live import Live
from seats.live.model import SeatState
from seats.roster.acts import SeatActs
from seats.roster.kept import KNOWS
from seats.roster.plans import StoredPlans
from seats.roster.room import Roster
from seats.supervision.act import CannotAct
from seats.supervision.rules import Target, TargetKind, Verb
from sim.handset import LegView
from tests.asterisk.conftest import Telephony
from tests.fakes.centre import Centre, opened
from tests.fakes.own_postgres import migrated
from tests.fakes.supervised import CALLER, OTHER, SEAT, Cast

ONE, TWO = "3730001", "3730002"
LUOYANG = "3790001"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@dataclass
class House:
    """A centre whose seats are looked after."""

    centre: Centre
    roster: Roster
    folder: Path

    @property
    def cast(self) -> Cast:
        return self.centre.cast

    @property
    def live(self) -> Live:
        return self.centre.live

    def state(self, seat: str) -> tuple[str, str | None]:
        found = self.live.picture.seats[SeatNumber(seat)]
        return found.state, found.reason

    async def until(self, wanted: Callable[[], object], within: float = 30) -> None:
        end = time.monotonic() + within
        while not wanted():
            assert time.monotonic() < end, f"not within {within} s: {self.live.picture.seats[SeatNumber(ONE)]}"
            await asyncio.sleep(0.02)

    async def stands(self, seat: str, state: SeatState, reason: str | None = None, within: float = 30) -> None:
        await self.until(lambda: self.state(seat)[0] is state and reason in (None, self.state(seat)[1]), within)

    def steps(self, seat: str) -> list[str]:
        """`move by` of each fact about the seat, oldest first."""
        lines = [line for file in sorted(self.folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
        facts = [json.loads(line) for line in lines]
        told = [f["fields"] for f in facts if f["kind"] == "seat_state" and f["fields"]["seat"] == seat]
        return [f"{step['move']} {step['by']}" for step in told if step["move"]]

    async def stepped(self, seat: str, *wanted: str) -> None:
        """The last of its facts come to be these."""
        await self.until(lambda: tuple(self.steps(seat)[-len(wanted) :]) == wanted)

    async def code(self, seat: str, code: str, keys: str = "") -> None:
        """The seat dials a code."""
        leg = await self.cast.phone(seat).dial(code)
        if keys:
            assert await self.cast.crew.until(lambda: leg.up, 30)
            await leg.do("keys", keys=keys, gap_ms=120)
        assert await self.cast.crew.until(lambda: leg.over, 40), f"{code} does not end"


@pytest.fixture
async def house(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(telephony, database, tmp_path) as centre:
        ami = telephony.settings.ami
        plans = StoredPlans(centre.pool)
        roster = Roster(
            centre.live,
            reader=AmiLogin(ami.host, ami.port, "reader", telephony.secrets.ami_reader),
            commander=AmiLogin(ami.host, ami.port, "commander", telephony.secrets.ami_commander, events="off"),
            journal=Journal(tmp_path / "journal", SystemClock()),
            plans=plans,
            settings=SeatsSettings(wrap_up=2, lost_after=1, qualify=2),
            clock=SystemClock(),
        )
        centre.supervisions.learn(SeatActs(centre.supervisions.books, centre.live, roster, plans).steps)
        await roster.start()
        try:
            made = House(centre, roster, tmp_path / "journal")
            await made.until(lambda: telephony.console("dialplan show globals").count("HOTLINE_BEAT=1"))
            await made.until(lambda: roster.watch in centre.live.watchers)
            yield made
        finally:
            await asyncio.to_thread(telephony.console, "channel request hangup all")
            for seat in (ONE, TWO, LUOYANG):
                await roster.commands.ready(SeatNumber(seat), AreaId("luoyang" if seat == LUOYANG else "xinxiang"))
                telephony.console(f"queue unpause member PJSIP/{seat}")
            await roster.close()


async def test_a_day_of_a_seat_is_followed_step_by_step(house: House) -> None:
    cast = house.cast
    await cast.register(ONE)
    await house.stands(ONE, SeatState.READY)
    await house.code(ONE, "*131")
    await house.stands(ONE, SeatState.PAUSED, "lunch")
    await house.code(ONE, "*14")
    await house.stands(ONE, SeatState.READY)
    await cast.call()
    seat = await cast.answer(ONE, SEAT)
    await house.stands(ONE, SeatState.TALKING)
    await seat.do("hold")
    await house.stands(ONE, SeatState.HELD)
    await seat.do("resume")
    await house.stands(ONE, SeatState.TALKING)
    await seat.hang_up()
    await house.stands(ONE, SeatState.WRAP_UP, "wrap_up")
    await house.code(ONE, "*16")
    await house.stands(ONE, SeatState.WRAP_UP, "wrap_up_more")
    await house.stands(ONE, SeatState.READY)
    await house.stepped(
        ONE, "pause seat", "ready seat", "ring platform", "answer seat", "hold seat", "unhold seat",
        "write_up platform", "more_time seat", "wrap_up_over platform",
    )  # fmt: skip
    target = Target(TargetKind.SEAT, ONE, frozenset({AreaId("xinxiang")}))  # type: ignore[arg-type]
    with pytest.raises(CannotAct, match="a seat that is ready cannot more_time"):
        await house.centre.supervisions.act(house.centre.wang, Verb.WRAP_UP, target, reason="", source="s")
    await house.centre.supervisions.act(house.centre.wang, Verb.LOG_OUT, target, reason="", source="s")
    await house.stands(ONE, SeatState.LOGGED_OUT)
    await house.stepped(ONE, "log_out wang")


async def test_an_asterisk_started_anew_is_told_what_seats_had_said(house: House, telephony: Telephony) -> None:
    cast = house.cast
    for seat, code, state in ((ONE, "*131", SeatState.PAUSED), (TWO, "*12", SeatState.LOGGED_OUT)):
        await cast.register(seat)
        await house.stands(seat, SeatState.READY)
        await house.code(seat, code)
        await house.stands(seat, state)
    await house.until(lambda: house.roster.kept.current)
    # As Asterisk is after a start: it knows nothing, and the link to it was lost meanwhile.
    house.roster.kept.lost()
    telephony.console(f'dialplan set global {KNOWS} ""')
    for seat in (ONE, TWO):
        telephony.console(f"queue unpause member PJSIP/{seat}")
    await house.until(lambda: house.roster.kept.current)
    await house.stands(ONE, SeatState.PAUSED, "lunch")
    await house.stands(TWO, SeatState.LOGGED_OUT)
    assert house.steps(ONE)[-1:] == ["pause seat"]  # nobody has come back in between
    assert house.steps(TWO)[-1:] == ["log_out seat"]
    await house.code(TWO, "*11")
    await house.stands(TWO, SeatState.READY)


async def test_a_phone_that_dies_loses_no_caller(house: House) -> None:
    cast = house.cast
    await cast.register(ONE, alone=True)
    await house.stands(ONE, SeatState.READY)
    caller = await cast.call()
    assert await cast.crew.until(lambda: cast.rings(ONE), 30)
    await cast.register(TWO, alone=True)
    # Rings, and dies.
    died = time.monotonic()
    await cast.phone(ONE).die()
    await cast.answer(TWO, SEAT)
    assert time.monotonic() - died < 10
    # It rings for two seconds here: Asterisk may find the phone dead between two of its rings.
    await house.until(lambda: house.steps(ONE)[-1] in {"lost phone", "unregister phone"})
    # Talks, and dies.
    await cast.register(ONE, alone=True)
    await house.stands(TWO, SeatState.TALKING)
    await cast.talk(CALLER)
    await cast.phone(TWO).die()
    await cast.answer(ONE, OTHER)
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})
    assert not caller.over
    await house.until(lambda: [(alert.kind, alert.seat) for alert in house.live.picture.alerts] == [("lost", TWO)])
    await house.stepped(TWO, "lost phone")


async def test_a_call_a_supervisor_moved_to_a_seat_is_that_seats_call(house: House, telephony: Telephony) -> None:
    cast, acts = house.cast, house.centre.supervisions
    await cast.register(ONE)
    await house.stands(ONE, SeatState.READY)
    caller = await cast.call()
    await cast.answer(ONE, SEAT)
    await cast.talk(CALLER)
    await house.stands(ONE, SeatState.TALKING)

    async def moved_to_two() -> LegView:
        await cast.register(TWO, alone=True)
        await house.stands(TWO, SeatState.READY)
        (linkedid,) = (call.linkedid for call in house.live.picture.calls.values() if call.seat == ONE)
        call = Target(TargetKind.CALL, linkedid, frozenset({AreaId("xinxiang")}))
        await acts.act(house.centre.wang, Verb.MOVE, call, reason="", source="s", to=TWO)
        return await cast.answer(TWO, OTHER)

    await moved_to_two()
    await house.stands(TWO, SeatState.TALKING)
    await house.stands(ONE, SeatState.WRAP_UP)
    await house.stands(ONE, SeatState.READY)
    await cast.phone(TWO).die()
    await cast.answer(ONE, SEAT)
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}})
    await house.until(lambda: [(alert.kind, alert.seat) for alert in house.live.picture.alerts] == [("lost", TWO)])
    before = len(telephony.told("AFTER_SEAT"))
    await (await moved_to_two()).hang_up()
    await house.stands(TWO, SeatState.WRAP_UP, "wrap_up")
    await house.until(lambda: [told["lost"] for told in telephony.told("AFTER_SEAT")[before:]] == [False])
    assert await cast.crew.until(lambda: caller.over, 40)


async def test_who_lets_it_ring_twice_is_paused_until_they_come_back(house: House) -> None:
    cast = house.cast
    await cast.register(ONE)
    await house.stands(ONE, SeatState.READY)
    await cast.call()
    await house.stands(ONE, SeatState.PAUSED, "no_answer", 40)
    await house.stepped(ONE, "no_answer platform")
    await house.until(lambda: [alert.kind for alert in house.live.picture.alerts] == ["no_answer"])
    await cast.unregister(ONE)
    await house.stands(ONE, SeatState.OFFLINE)
    await cast.register(ONE)
    await house.stands(ONE, SeatState.READY)


async def test_a_city_goes_home_in_one_act_and_answers_there(house: House, telephony: Telephony) -> None:
    cast, wang = house.cast, house.centre.wang
    await cast.register(LUOYANG)
    await house.stands(LUOYANG, SeatState.READY)
    city = Target(TargetKind.AREA, "luoyang", frozenset({AreaId("luoyang")}))
    await house.centre.supervisions.act(wang, Verb.HOME, city, reason="暴雪", source="s", to="drill")
    await house.stands(LUOYANG, SeatState.PAUSED, "home")
    pin = telephony.secrets.pin(LUOYANG)
    await house.code(LUOYANG, "*11", "".join(str((int(digit) + 1) % 10) for digit in pin) + pin)
    await house.stands(LUOYANG, SeatState.READY)
    homes = len(telephony.told("HOME"))
    await cast.call("03791234567")
    seat = await cast.answer(LUOYANG, SEAT)
    await house.stands(LUOYANG, SeatState.TALKING)
    assert telephony.told("HOME")[homes:] == [{"area": "luoyang", "mode": "drill"}]
    assert telephony.told("SEAT_PIN_WRONG")[-1] == {"seat": LUOYANG}
    await seat.hang_up()
    await house.until(lambda: "write_up platform" in house.steps(LUOYANG))
    await house.centre.supervisions.act(wang, Verb.HOME, city, reason="", source="s", to="off")
    await house.until(lambda: not house.roster.plans.homes)
    await house.until(lambda: house.steps(LUOYANG)[-1] in {"write_up platform", "wrap_up_over platform"})
    kept = await StoredPlans(house.centre.pool).homes()
    assert [(home.area, home.drill, home.on_by, home.off_by) for home in kept] == [("luoyang", True, "wang", "wang")]


async def test_a_phone_that_dies_while_it_asks_another_loses_no_caller(house: House, telephony: Telephony) -> None:
    cast = house.cast
    own = member(telephony.tree, "ding", "seat", "xinxiang", ONE)
    await cast.register(ONE, alone=True)
    await house.stands(ONE, SeatState.READY)
    await cast.register(LUOYANG)
    caller = await cast.call()
    await cast.answer(ONE, SEAT)
    await cast.talk(CALLER)
    await house.stands(ONE, SeatState.TALKING)
    target = Target(TargetKind.SEAT, ONE, frozenset({AreaId("xinxiang")}))
    acts = house.centre.supervisions
    await house.centre.again(acts.act, own, Verb.CONSULT, target, reason="", source="s", to=LUOYANG)
    asked = await cast.answer(LUOYANG, OTHER)
    await cast.register(TWO)
    await cast.phone(ONE).die()
    await cast.answer(TWO, SEAT)
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}})
    assert asked.over
    assert not caller.over
