"""Doors `callback`, `appointment` over real FastAGI: a promise is on disk before it is heard, or not made."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agi_scripts import variables as v
from agi_scripts.bookings import Bookings
from agi_scripts.callback import FIRST, PRIORITY
from agi_scripts.doors import doors
from agi_scripts.steps import Bearings
from agi_scripts.switchboard import Switchboard
from core.clock import TurnedClock
from core.journal import Journal
from core.settings import CallbacksSettings, PlatformSettings, Settings, SipSettings
from ivr.fastagi.server import Server, serve
from routing.hours_file import HoursFile
from routing.remember import RememberedAreas
from seats.callbacks.book import Book
from seats.callbacks.tail import Tail
from tests.fakes.henan import henan_tables
from tests.flows.test_doors_served import LANDLINE, knock

NUMBER = "03735123456"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CALLER = {
    v.QUEUE: "xinxiang",
    v.SHOWN_NUMBER: NUMBER,
    v.QUEUED_AT: str(int((NOON - timedelta(seconds=90)).timestamp())),
}


@dataclass
class House:
    """One process of doors after another, over the same folder."""

    settings: Settings
    clock: TurnedClock
    server: Server
    journal: Journal
    remembered: RememberedAreas

    async def again(self) -> None:
        """The process dies, and the next one knows nothing but what is on disk."""
        await self.close()
        self.server, self.journal, self.remembered = await opened(self.settings, self.clock)

    async def close(self) -> None:
        await self.server.close(0)
        self.journal.close()
        self.remembered.close()

    async def keyed(self, door: str, *keys: str, **more: str) -> dict[str, str]:
        """What the door says last, after those keys."""
        told = await knock(self.server.port, door, {**CALLER, **more})
        for each in keys:
            heard = {**CALLER, **more, v.STAGE: told[v.STAGE], v.KEYS: each}
            told = await knock(self.server.port, door, heard)
        return told

    def facts(self, kind: str) -> list[dict[str, object]]:
        lines = [line for file in self.settings.paths.journal.glob("*.jsonl") for line in file.read_text().splitlines()]
        return [fact["fields"] for fact in map(json.loads, lines) if fact["kind"] == kind]


async def opened(settings: Settings, clock: TurnedClock) -> tuple[Server, Journal, RememberedAreas]:
    remembered, journal = RememberedAreas(settings.paths.remembered, clock), Journal(settings.paths.journal, clock)
    bearings = Bearings(henan_tables(), "0371", "12366", "service", remembered.area)
    bookings = Bookings(settings, clock, HoursFile(settings.paths.hours))
    board = Switchboard(bearings, remembered, journal, bookings)
    return await serve("127.0.0.1", 0, doors(board), deadline=10.0, clock=clock), journal, remembered


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(
        platform=PlatformSettings(home=tmp_path),
        sip=SipSettings(trunk_out="192.0.2.1:5060"),
        callbacks=CallbacksSettings(slot_capacity=1),
    )
    clock = TurnedClock(NOON)
    running = House(settings, clock, *await opened(settings, clock))
    yield running
    await running.close()


async def test_a_booked_place_is_on_disk_and_the_next_call_has_it_back(house: House) -> None:
    told = await house.keyed("callback", "1", **{"GLOBAL(HOTLINE_WAIT_xinxiang)": "420"})
    assert (told[v.NEXT], told[v.SAY]) == ("booked", "hotline/callback_booked")
    (asked,) = house.facts("callback_asked")
    assert (asked["number"], asked["area"]) == (NUMBER, "xinxiang")
    assert asked["joined_at"] == (NOON - timedelta(seconds=90)).isoformat()
    assert json.loads(told[v.BOOKED])["id"] == asked["id"]
    await house.again()
    told = await knock(house.server.port, "incoming", LANDLINE)
    assert (told[v.NEXT], told[PRIORITY]) == ("queue", FIRST)
    assert [(fact["id"], fact["move"]) for fact in house.facts("callback_moved")] == [(asked["id"], "returned")]


async def test_the_file_of_the_service_is_enough(house: House) -> None:
    await house.keyed("callback", "1")
    paths = house.settings.paths
    service = Tail(paths.journal, paths.callbacks, Book())
    service.catch_up()
    service.keep()
    for segment in paths.journal.glob("*.jsonl"):
        segment.unlink()
    await house.again()
    assert PRIORITY in await knock(house.server.port, "incoming", LANDLINE)


async def test_the_estimated_wait_is_said(house: House) -> None:
    """The desks write seconds; callers hear begun minutes."""
    for seconds, said in (("361", "wait_10"), ("180", "wait_3"), ("1", "wait_1"), ("7200", "wait_longer")):
        told = await house.keyed("callback", **{"GLOBAL(HOTLINE_WAIT_xinxiang)": seconds})
        assert told[v.SAY].startswith(f"hotline/callback_offer&hotline/{said}&hotline/callback_to&hotline/digit_0")
    told = await house.keyed("callback", **{"GLOBAL(HOTLINE_WAIT_xinxiang)": "7;x"})
    assert "wait_" not in told[v.SAY]


async def test_a_promise_that_cannot_be_written_is_not_made(house: House) -> None:
    folder = house.settings.paths.journal
    folder.write_text("a file where the folder should be")
    assert (await house.keyed("callback", "1"))[v.NEXT] == "back"
    assert (await house.keyed("appointment", "2", "1430", "1"))[v.NEXT] == "back"
    folder.unlink()
    assert (await house.keyed("callback", "1"))[v.NEXT] == "booked"


@pytest.mark.parametrize(
    "keys", ["500&PJSIP/3710001", "${SHELL(id)}", "1,2)", "12366", "\u0661\u0662", "1" * 400, "#*#"]
)
async def test_hostile_keys_are_inert(house: House, keys: str) -> None:
    told = await house.keyed("callback", "2", keys)
    assert told[v.NEXT] == "read"
    assert not house.facts("callback_asked")
    assert set(told[v.SAY]) <= set("abcdefghijklmnopqrstuvwxyz_0123456789/&")


@pytest.mark.parametrize("stage", ["confirm:12366:1", "confirm:500&PJSIP/1:1", "nowhere", "confirm"])
async def test_a_stage_nobody_set_promises_nothing(house: House, stage: str) -> None:
    told = await knock(house.server.port, "callback", {**CALLER, v.STAGE: stage, v.KEYS: "1"})
    assert told.get(v.NEXT) != "booked"
    assert not house.facts("callback_asked")


async def test_an_hour_is_promised_as_often_as_there_is_room(house: House) -> None:
    told = await house.keyed("appointment", "2", "1430", "1")
    assert (told[v.NEXT], told[v.SAY]) == ("booked", "hotline/appointment_booked")
    other = {v.SHOWN_NUMBER: "13803730001"}
    assert "appointment_full" in (await house.keyed("appointment", "2", "1430", **other))[v.SAY]
    assert (await house.keyed("appointment", "2"))[v.SAY] == "hotline/appointment_cancelled"
    assert "appointment_is" in (await house.keyed("appointment", "2", "1430", **other))[v.SAY]


async def test_without_a_carrier_the_doors_say_nothing(house: House) -> None:
    house.settings = replace(house.settings, sip=replace(house.settings.sip, trunk_out=""))
    await house.again()
    assert await house.keyed("callback") == {}
    assert await house.keyed("appointment") == {}
    assert PRIORITY not in await knock(house.server.port, "incoming", LANDLINE)


async def test_a_place_kept_for_one_city_is_not_taken_in_another(house: House) -> None:
    told = await house.keyed("callback", "1", **{v.QUEUE: "zhengzhou"})
    kept = json.loads(told[v.BOOKED])["id"]
    told = await knock(house.server.port, "incoming", LANDLINE)
    assert (told[v.QUEUE], PRIORITY in told) == ("xinxiang", False)
    # ... and they are on the line all the same: nobody calls them meanwhile.
    assert [(fact["id"], fact["move"]) for fact in house.facts("callback_moved")] == [(kept, "returned")]


async def test_of_two_who_want_the_last_half_hour_at_the_same_instant_one_has_it(house: House) -> None:
    numbers = [f"1380373000{n}" for n in range(6)]
    asked = [await house.keyed("appointment", "2", "1430", **{v.SHOWN_NUMBER: number}) for number in numbers]
    assert all("appointment_is" in each[v.SAY] for each in asked)
    steps = [
        knock(house.server.port, "appointment", {**CALLER, v.SHOWN_NUMBER: number, v.STAGE: each[v.STAGE], v.KEYS: "1"})
        for number, each in zip(numbers, asked, strict=True)
    ]
    told = await asyncio.gather(*steps)
    assert sorted(each[v.NEXT] for each in told) == ["booked", *["read"] * 5]
    assert sum("appointment_full" in each[v.SAY] for each in told) == 5
    assert len(house.facts("callback_asked")) == 1
