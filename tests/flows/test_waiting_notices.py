"""Announcements to whoever waits already: to whom, how often, and until when. Asterisk is a list of actions."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.clock import TurnedClock
from core.ids import AreaId, LinkedId, UniqueId
from routing.hours import ALL, Calendar, Notice
from routing.hours_file import HoursFile, change
from seats.ami import AmiLogin
from seats.ami.protocol import AmiResponse
from seats.live.model import CallState, LiveCall, LiveChannel, Picture
from seats.opening.waiting import WaitingNotices, owed
from seats.opening.whisper import TOLD, Whisper

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ROOT, CITY = AreaId("henan"), AreaId("xinxiang")
ONE, TWO = "notices/0123456789abcdef", "notices/fedcba9876543210"


def waits(number: str, joined: float, **changes: Any) -> LiveCall:
    """A caller who rang two seconds before they joined the queue, so many seconds ago."""
    since = NOW - timedelta(seconds=joined)
    leg = LiveChannel(UniqueId(number), f"PJSIP/trunk-in-{number}", None, True, None, False)
    call = LiveCall(
        LinkedId(number), "03735123456", "", CITY, "area-code", CallState.WAITING, since, CITY, since, None,
        since - timedelta(seconds=2), (leg,), (CITY,),
    )  # fmt: skip
    return replace(call, **changes)


def notice(area: str, sound: str, ago: float = 1.0) -> Notice:
    return Notice(area, "系统升级", sound, None, "cli", NOW - timedelta(seconds=ago))


def told(call: LiveCall, *notices: Notice) -> list[tuple[str, ...]]:
    calendar = Calendar(root=ROOT, notices={it.area: it for it in notices})
    return [each.sounds for each in owed([call], calendar, ROOT, NOW)]


def test_who_rang_before_it_was_set_is_told_what_concerns_their_area() -> None:
    waiting = waits("1.1", 30)
    assert told(waiting, notice(CITY, ONE)) == [(ONE,)]
    assert told(waiting, notice(ALL, TWO), notice(CITY, ONE)) == [(TWO, ONE)]
    assert told(waiting, notice("luoyang", ONE)) == []
    assert told(replace(waiting, area=None, queue=ROOT), notice(ROOT, ONE)) == [(ONE,)]
    assert told(waiting, notice(CITY, ONE, ago=60)) == []


@pytest.mark.parametrize(
    "call",
    [
        waits("1.1", 5),  # the words of the beginning are being said
        waits("1.1", 30, state=CallState.TALKING),
        waits("1.1", 30, state=CallState.MENU, waiting_since=None),
        waits("1.1", 30, channels=(LiveChannel(UniqueId("cb-1"), "Local/s@callback", None, True, None, False),)),
    ],
)
def test_nobody_else_is(call: LiveCall) -> None:
    assert told(call, notice(CITY, ONE)) == []


@dataclass
class Commander:
    """Remembers what it was asked, and the variables of channels."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    heard: dict[str, str] = field(default_factory=dict)

    async def action(self, name: str, fields: Any = None, *, deadline: float | None = None) -> AmiResponse:
        self.asked.append((name, dict(fields)))
        if name == "Setvar":
            self.heard[fields["Channel"]] = fields["Value"]
        return AmiResponse("Success", {"Value": self.heard.get(fields["Channel"], "")} if name == "Getvar" else {})

    def acts(self, name: str) -> list[dict[str, Any]]:
        return [fields for act, fields in self.asked if act == name]


@dataclass
class House:
    room: WaitingNotices
    commander: Commander
    live: SimpleNamespace
    clock: TurnedClock
    hours: Path

    def waiting(self, *calls: LiveCall) -> None:
        self.live.picture = Picture(calls={call.linkedid: call for call in calls})

    def announce(self, *notices: Notice) -> None:
        change(self.hours, lambda calendar: replace(calendar, notices={it.area: it for it in notices}))

    async def rounds(self, count: int = 3) -> None:
        for _ in range(count):
            await self.room.step()
            self.clock.turn(0.3)

    def again(self) -> None:
        """The process dies, and the next one knows nothing."""
        self.room = WaitingNotices(self.live, HoursFile(self.hours), AmiLogin("", 0, "", ""), ROOT, self.clock)
        self.room.whisper = Whisper(self.commander)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock, live = TurnedClock(NOW), SimpleNamespace(picture=Picture())
    nobody: Any = None
    made = House(nobody, Commander(), live, clock, tmp_path / "hours.json")
    made.again()
    yield made


async def test_each_is_told_once_whoever_asks_again(house: House) -> None:
    house.waiting(waits("1.1", 30), waits("1.2", 20))
    house.announce(notice(CITY, ONE))
    await house.rounds()
    said = house.commander.acts("Originate")
    assert [each["Variable"][:2] for each in said] == [
        ("NOTICE_CHANNEL=1.1", "NOTICE_CALL=1.1"),
        ("NOTICE_CHANNEL=1.2", "NOTICE_CALL=1.2"),
    ]
    assert {each["Variable"][2] for each in said} == {f"NOTICE_SOUNDS=hotline/{ONE}"}
    house.again()
    await house.rounds()
    assert len(house.commander.acts("Originate")) == 2
    # Another one, for all, is new to everybody, and alone is said.
    house.announce(notice(CITY, ONE), notice(ALL, TWO))
    house.again()
    await house.rounds()
    assert {each["Variable"][2] for each in house.commander.acts("Originate")[2:]} == {f"NOTICE_SOUNDS=hotline/{TWO}"}
    assert house.commander.heard["1.1"] == f"hotline/{ONE}&hotline/{TWO}"


async def test_who_heard_it_on_arriving_does_not_hear_it_again(house: House) -> None:
    house.commander.heard["1.1"] = f"hotline/{ONE}"
    house.waiting(waits("1.1", 30))
    house.announce(notice(CITY, ONE))
    await house.rounds()
    assert house.commander.acts("Originate") == []


async def test_it_ends_when_a_seat_answers_or_the_caller_goes(house: House) -> None:
    house.waiting(waits("1.1", 30), waits("1.2", 30))
    house.announce(notice(CITY, ONE))
    await house.rounds()
    assert house.commander.acts("Hangup") == []
    house.waiting(waits("1.1", 30, state=CallState.TALKING))
    await house.rounds()
    ended = [each["Channel"] for each in house.commander.acts("Hangup")]
    assert ended == [each["ChannelId"] for each in house.commander.acts("Originate")]


@pytest.mark.parametrize("sound", ["../../etc/passwd", "notices/x&hotline/beep", "", f"{ONE}\n"])
async def test_only_a_sound_that_was_spoken_for_it_is_played(sound: str) -> None:
    commander = Commander()
    assert await Whisper(commander).say("nt-0", UniqueId("1.1"), LinkedId("1.1"), (sound,)) == ()
    assert await Whisper(commander).say("nt-0", UniqueId("1.1,q)"), LinkedId("1.1"), (ONE,)) == ()
    assert commander.acts("Originate") == []
    assert all(each["Variable"] == TOLD for each in commander.acts("Getvar"))
