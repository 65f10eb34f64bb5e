"""The doors behind a real FastAGI server, over TCP: facts kept, full disks survived, nothing decided by halves."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from agi_scripts import variables as v
from agi_scripts.doors import doors
from agi_scripts.steps import Bearings
from agi_scripts.switchboard import Switchboard
from core.clock import SystemClock
from core.ids import AreaId
from core.journal import Journal
from ivr.fastagi.server import Server, serve
from routing.hours import Closure
from routing.hours_edit import close, reopen
from routing.hours_file import HoursFile, change
from routing.receptions import receptions
from routing.remember import RememberedAreas
from tests.fakes.becomes import becomes
from tests.fakes.henan import henan_tables

LANDLINE = {v.FROM: "<sip:03735123456@carrier>", v.TRUSTED: "1", v.DIALLED: "12366"}
SHARED = {v.FROM: "<sip:03912123456@carrier>", v.TRUSTED: "1", v.DIALLED: "12366", v.QUESTION: "shared/0391/1"}


@dataclass(frozen=True, slots=True)
class House:
    server: Server
    remembered: RememberedAreas
    journal: Path

    def facts(self) -> list[dict[str, object]]:
        lines = [
            line for file in self.journal.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()
        ]
        return [json.loads(line) for line in lines]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = SystemClock()
    remembered = RememberedAreas(tmp_path / "remembered.jsonl", clock)
    met = receptions(HoursFile(tmp_path / "hours.json"), AreaId("henan"), clock)
    bearings = Bearings(henan_tables(), "0371", "12366", "service", remembered.area, met)
    switchboard = Switchboard(bearings, remembered, Journal(tmp_path / "journal", clock))
    server = await serve("127.0.0.1", 0, doors(switchboard), deadline=10.0, clock=clock)
    yield House(server, remembered, tmp_path / "journal")
    await server.close(0)
    remembered.close()


async def knock(port: int, door: str, heard: Mapping[str, str], hang_up_at: str = "") -> dict[str, str]:
    """The variables the door set, with this test as Asterisk; gone when `hang_up_at` is asked for or set."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    url = f"agi://127.0.0.1/{door}"
    writer.write(f"agi_network: yes\nagi_network_script: {door}\nagi_request: {url}\nagi_uniqueid: 7.1\n\n".encode())
    told: dict[str, str] = {}
    async with asyncio.timeout(20):
        while line := (await reader.readline()).decode().rstrip("\n"):
            verb, _, name, *value = line.split(" ", 3)
            name = name.strip('"')
            if name == hang_up_at:
                break
            if verb == "GET":
                writer.write(f"200 result=1 ({heard[name]})\n".encode() if heard.get(name) else b"200 result=0\n")
            else:
                told[name] = json.loads(value[0]) if value[0].startswith('"') else value[0]
                writer.write(b"200 result=1\n")
    writer.close()
    return told


async def test_a_city_told_to_the_voice_is_remembered_as_a_keyed_one_is(house: House) -> None:
    stranger = {v.FROM: "<sip:13039999999@carrier>", v.TRUSTED: "1", v.DIALLED: "12366"}
    withheld = {v.FROM: "<sip:anonymous@anonymous.invalid>", v.TRUSTED: "1", v.DIALLED: "12366"}
    for caller in (stranger, SHARED, LANDLINE, withheld):
        assert await knock(house.server.port, "named", caller | {v.NAMED: "jiyuan"}) == {}
        assert await knock(house.server.port, "named", caller | {v.NAMED: "atlantis"}) == {}
    assert [house.remembered.area(number) for number in ("13039999999", "03912123456")] == ["jiyuan", "jiyuan"]
    assert len(house.remembered) == 2, "a number that says its area needs no memory, nobody's number has none"
    assert (await knock(house.server.port, "incoming", stranger))[v.QUEUE] == "jiyuan"


async def test_a_decision_is_told_and_kept(house: House) -> None:
    told = await knock(house.server.port, "incoming", LANDLINE)
    assert (told[v.QUEUE], told[v.NEXT]) == ("xinxiang", "queue")
    fact = house.facts()[0]
    assert (fact["kind"], fact["call"]) == ("routing_decided", "7.1")


async def test_hours_hold_for_the_next_call(house: House) -> None:
    hours = house.journal.parent / "hours.json"
    now = SystemClock().now()
    assert (await knock(house.server.port, "incoming", LANDLINE))[v.CLOSED] == ""
    change(hours, close(Closure("xinxiang", now, None, "停电"), now))
    assert (await knock(house.server.port, "incoming", LANDLINE))[v.CLOSED] == "closure"
    change(hours, reopen("xinxiang"))
    assert (await knock(house.server.port, "incoming", LANDLINE))[v.CLOSED] == ""


async def test_an_answer_is_remembered_for_the_next_call(house: House) -> None:
    await knock(house.server.port, "keyed", {**SHARED, v.KEYS: "2", v.TRIES: "1"})
    assert house.remembered.area("03912123456") == "jiyuan"
    assert {fact["kind"] for fact in house.facts()} == {"routing_decided", "area_remembered"}
    assert (await knock(house.server.port, "incoming", SHARED))[v.QUEUE] == "jiyuan"


async def test_a_caller_who_hangs_up_half_way_leaves_no_fact(house: House) -> None:
    await knock(house.server.port, "incoming", LANDLINE, hang_up_at=v.NEXT)
    await becomes(lambda: house.server.active == 0)
    assert not house.journal.exists() or not house.facts()


async def test_a_journal_that_cannot_be_written_costs_no_call(house: House) -> None:
    house.journal.write_text("a file where the folder should be")
    assert (await knock(house.server.port, "incoming", LANDLINE))[v.NEXT] == "queue"


async def test_a_question_nobody_asked_ends_without_a_decision(house: House) -> None:
    assert await knock(house.server.port, "keyed", {**LANDLINE, v.QUESTION: "nonsense", v.KEYS: "1"}) == {}
    assert house.server.tally["failed"] == 1
