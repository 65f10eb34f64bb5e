"""Calls outside working hours, announcements, another city by key, and the rating: through the whole dialplan.

The doors are closed: the stand-alone script decides, so that all of this holds without any service of ours.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from routing.hours import Closure, Notice
from routing.hours_edit import announce, close, grounded, in_turn, set_hours
from routing.hours_file import change
from routing.week import DAY_NAMES
from tests.asterisk.conftest import Telephony, until
from tests.fakes.sipp import Player, Stage

LANDLINE = "<sip:03735123456@127.0.0.2>"
MOST = 30.0
Register = Callable[..., Player]


@pytest.fixture
def seat(telephony: Telephony, stage: Stage) -> Register:
    def register(number: str, **how: float | None) -> Player:
        return stage.seat(number, telephony.secrets.seat(number), **how)

    return register


@pytest.fixture
def hours(telephony: Telephony) -> Iterator[Path]:
    """The file of hours, gone after the test."""
    path = telephony.settings.paths.hours
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def shut(telephony: Telephony, hours: Path) -> None:
    """新乡 is closed."""
    now = SystemClock().now()
    closure = Closure("xinxiang", now - timedelta(hours=1), now + timedelta(days=1), "停电")
    change(hours, in_turn((grounded(telephony.tree, now), close(closure, now))))


@pytest.mark.usefixtures("shut")
def test_a_closed_city_leads_to_the_province_that_is_open(telephony: Telephony, stage: Stage, seat: Register) -> None:
    home, province = seat("3730001"), seat("3719001")
    # Keys that mean nothing here are asked again; none of them is a way out.
    stage.call(LANDLINE, keys="90", stay=60)
    until(lambda: province.rang, MOST)
    assert not home.rang
    until(lambda: telephony.told("ASKED")[-1]["keys"] == "0")
    assert telephony.told("CLOSED")[-1] == {"reason": "closure"}
    routed = telephony.told("ROUTED")[-1]
    assert (routed["queue"], routed["closed"]) == ("xinxiang", "closure")


@pytest.mark.usefixtures("shut")
def test_who_keys_nothing_that_means_something_reaches_a_person(
    telephony: Telephony, stage: Stage, seat: Register
) -> None:
    home, province = seat("3730001"), seat("3719001")
    stage.call(LANDLINE, keys="7D", stay=60)
    until(lambda: province.rang, MOST)
    assert not home.rang
    assert [it["keys"] for it in telephony.told("ASKED")[-2:]] == ["7", "D"]


@pytest.mark.usefixtures("shut")
def test_the_hash_behind_an_area_code_does_not_end_what_is_said_next(
    telephony: Telephony, stage: Stage, seat: Register
) -> None:
    province = seat("3719001")
    before = len(telephony.told("ASKED"))
    # The first of the last keys that falls into the menu counts; what comes while the script decides is nobody's.
    stage.call("Anonymous <sip:anonymous@anonymous.invalid>", keys="0373#" + "0" * 20, stay=60)
    until(lambda: province.rang, MOST)
    assert [it["keys"] for it in telephony.told("ASKED")[before:]] == ["0373", "0"]


@pytest.mark.usefixtures("shut")
def test_a_closed_city_takes_a_message(telephony: Telephony, stage: Stage) -> None:
    before = len(telephony.told("MESSAGE_LEFT"))
    stage.call(LANDLINE, keys="1", stay=3)
    until(lambda: telephony.told("MESSAGE_LEFT")[before:], MOST)


def test_a_province_that_is_closed_too_is_not_offered(
    telephony: Telephony, stage: Stage, seat: Register, hours: Path
) -> None:
    now = SystemClock().now()
    other_day = DAY_NAMES[(now + timedelta(days=3)).weekday()]
    change(hours, in_turn((grounded(telephony.tree, now), set_hours("all", f"{other_day} 00:00-00:05"))))
    province = seat("3719001")
    before = len(telephony.told("TOLD"))
    stage.call(LANDLINE, keys="00", hang_up=False)
    told = until(lambda: telephony.told("TOLD")[before:])[0]
    assert told.pop("closed") in {"rest_day", "holiday"}
    assert told == {"prompt": "closed_goodbye", "playback": "SUCCESS"}
    until(lambda: telephony.channels() == 0)
    assert not province.rang


def test_an_announcement_is_heard_first_and_any_key_ends_it(
    telephony: Telephony, stage: Stage, seat: Register, hours: Path
) -> None:
    folder = telephony.settings.paths.asterisk / "sounds/zh/hotline/notices"
    folder.mkdir(exist_ok=True)
    (folder / "long.alaw").write_bytes(b"\xd5" * 8000 * 30)
    now = SystemClock().now()
    notice = Notice("xinxiang", "系统升级", "notices/long")
    change(hours, in_turn((grounded(telephony.tree, now), announce(notice, now))))
    home = seat("3730001")
    quiet = stage.call(LANDLINE, stay=60)
    impatient = stage.call("<sip:03735123457@127.0.0.2>", keys="5", keys_after=2.0, stay=60)
    until(lambda: home.rang, MOST)
    assert "03735123457" in home.rang[0].sender
    assert until(lambda: telephony.told("NOTICE"))[-1] == {"sounds": "hotline/notices/long"}
    assert quiet.process.poll() is None
    assert impatient.process.poll() is None


def test_an_announcement_whose_sound_is_gone_costs_nobody_their_call(
    telephony: Telephony, stage: Stage, seat: Register, hours: Path
) -> None:
    now = SystemClock().now()
    change(hours, in_turn((grounded(telephony.tree, now), announce(Notice("all", "没有", "notices/none"), now))))
    home = seat("3730001")
    stage.call(LANDLINE, stay=60)
    until(lambda: home.rang, MOST)


def test_a_star_while_waiting_leads_to_the_city_that_is_keyed(
    telephony: Telephony, stage: Stage, seat: Register
) -> None:
    seat("3730001", answer_after=None)
    luoyang = seat("3790001")
    # The player keys by the clock; a machine too slow for the first caller has time for the second.
    for after in (3.0, 12.0):
        stage.call(LANDLINE, keys="*0379#", keys_after=after, stay=60)
        with contextlib.suppress(AssertionError):
            until(lambda: luoyang.rang, after + 6)
            break
    assert luoyang.rang
    routed = until(lambda: [it for it in telephony.told("ROUTED") if it.get("reason") == "chosen"])[-1]
    assert (routed["queue"], routed["normalized"]) == ("luoyang", "03735123456")


def test_a_seat_that_hangs_up_leaves_the_caller_a_question(telephony: Telephony, stage: Stage, seat: Register) -> None:
    for number in ("3730001", "3730002"):
        seat(number, hang_up_after=1.0)
    rated, asked = len(telephony.told("RATED")), len(telephony.told("RATING_ASKED"))
    # Pressed again and again, so that one falls into the question whenever it comes.
    stage.call(LANDLINE, keys="9" * 40, hang_up=False)
    stage.call("<sip:03735123457@127.0.0.2>", keys="5" * 40, hang_up=False)
    said = until(lambda: telephony.told("RATED")[rated:], MOST)[0]
    assert said.pop("seat") in {"3730001", "3730002"}
    assert said == {"score": 5, "queue": "xinxiang", "number": "03735123457"}
    until(lambda: telephony.channels() == 0)
    assert len(telephony.told("RATING_ASKED")) == asked + 2
    assert len(telephony.told("RATED")) == rated + 1


def test_a_rating_can_be_turned_off(telephony: Telephony, stage: Stage, seat: Register) -> None:
    telephony.console("dialplan set global RATING no")
    try:
        seat("3730001", hang_up_after=0.5)
        before = len(telephony.told("RATING_ASKED"))
        assert stage.call(LANDLINE, hang_up=False).wait() == 0
        assert len(telephony.told("RATING_ASKED")) == before
    finally:
        telephony.console("dialplan set global RATING yes")


def test_every_menu_hears_keys_while_it_speaks(telephony: Telephony) -> None:
    """What asks for a key is read, never played; what is played asks for none."""
    said = telephony.console("dialplan show")
    asking = re.findall(r"Playback\(([^)]*(?:ask|menu|rate\b|offer)[^)]*)\)", said)
    assert [it for it in asking if "message_ask" not in it] == []
