"""Whatever becomes of the door, the caller is answered: by the script, else by the province centre."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import environment_of
from tests.asterisk.conftest import Telephony, until
from tests.fakes import scripted_doors
from tests.fakes.scripted_doors import Behaviour, ScriptedDoors
from tests.fakes.sipp import Player, Stage

CALLER = '"caller" <sip:13803710000@127.0.0.2>'
LANDLINE = "<sip:03735123456@127.0.0.2>"
"""新乡, whose seats begin with 373."""
HOME_SEAT = "3730001"
PROVINCE_SEAT = "3719001"
MOST = 30.0
"""Seconds until a seat rings, whatever fails: a door that is not left would hold the caller for ever.

How long callers wait at most is in the deadlines of the dialplan, and those are held in test_render_asterisk; a slow
machine is not a slow dialplan.
"""


@pytest.fixture
def seats(telephony: Telephony, stage: Stage) -> dict[str, Player]:
    return {number: stage.seat(number, telephony.secrets.seat(number)) for number in (HOME_SEAT, PROVINCE_SEAT)}


@pytest.fixture
def service(telephony: Telephony) -> Iterator[subprocess.Popen[bytes]]:
    """The doors' own process, listening."""
    environment = {**os.environ, **environment_of(telephony.settings), "HOTLINE_SPEECH_AREAS": ""}
    log = (telephony.settings.paths.home / "doors.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "agi_scripts"], env=environment, stderr=log)
    try:
        until(lambda: b"doors open" in Path(log.name).read_bytes(), 60)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        log.close()


def rings(seat: Player) -> None:
    """The seat rang in time."""
    until(lambda: seat.rang, MOST)


@pytest.mark.parametrize(
    "behaviour",
    [scripted_doors.silent, scripted_doors.slow, scripted_doors.garbage, scripted_doors.hanging_up],
    ids=["silent", "slow", "garbage", "hanging-up"],
)
def test_a_bad_door_falls_to_the_script_in_time(
    telephony: Telephony, stage: Stage, seats: dict[str, Player], behaviour: Behaviour
) -> None:
    with ScriptedDoors(telephony.settings.agi.port, behaviour) as doors:
        caller = stage.call(LANDLINE)
        rings(seats[HOME_SEAT])
        assert doors.asked == ["incoming"]
        assert caller.wait() == 0
    assert telephony.told("ROUTED")[-1]["decided_by"] == "script"


def test_a_refused_door_falls_to_the_script_at_once(
    telephony: Telephony, stage: Stage, seats: dict[str, Player]
) -> None:
    caller = stage.call(LANDLINE)
    rings(seats[HOME_SEAT])
    assert caller.wait() == 0
    routed = telephony.told("ROUTED")[-1]
    assert (routed["queue"], routed["decided_by"], routed["reason"]) == ("xinxiang", "script", "area-code")


def test_the_service_decides_while_it_is_there(
    telephony: Telephony, stage: Stage, seats: dict[str, Player], service: subprocess.Popen[bytes]
) -> None:
    caller = stage.call(LANDLINE)
    rings(seats[HOME_SEAT])
    assert caller.wait() == 0
    assert telephony.told("ROUTED")[-1]["decided_by"] == "service"


def test_a_stopped_service_is_passed_over(
    telephony: Telephony, stage: Stage, seats: dict[str, Player], service: subprocess.Popen[bytes]
) -> None:
    service.send_signal(signal.SIGSTOP)
    caller = stage.call(LANDLINE)
    rings(seats[HOME_SEAT])
    assert caller.wait() == 0
    assert telephony.told("ROUTED")[-1]["decided_by"] == "script"


def test_a_service_killed_during_a_call_does_not_touch_it(
    telephony: Telephony, stage: Stage, seats: dict[str, Player], service: subprocess.Popen[bytes]
) -> None:
    caller = stage.call(LANDLINE, stay=2.0)
    rings(seats[HOME_SEAT])
    service.kill()
    assert caller.wait() == 0
    assert time.monotonic() - caller.started > 2.0


@pytest.mark.parametrize("how", ["no tables", "hangs", "crashes"])
def test_without_service_and_script_the_province_answers(
    telephony: Telephony, stage: Stage, seats: dict[str, Player], how: str
) -> None:
    launcher = telephony.settings.paths.asterisk / "agi-bin/incoming"
    tables = telephony.settings.paths.tables
    good = launcher.read_text(encoding="utf-8")
    if how == "no tables":
        tables.rename(tables.with_name("away"))
    else:
        launcher.write_text({"hangs": "#!/bin/sh\nexec sleep 30\n", "crashes": "#!/bin/sh\nkill -9 $$\n"}[how])
    try:
        caller = stage.call(LANDLINE)
        rings(seats[PROVINCE_SEAT])
        assert caller.wait() == 0
    finally:
        launcher.write_text(good, encoding="utf-8")
        if how == "no tables":
            tables.with_name("away").rename(tables)
    routed = telephony.told("ROUTED")[-1]
    assert (routed["queue"], routed["decided_by"]) == ("henan", "default")


def test_a_door_hung_and_a_script_hung_still_stay_within_the_limit(
    telephony: Telephony, stage: Stage, seats: dict[str, Player]
) -> None:
    launcher = telephony.settings.paths.asterisk / "agi-bin/incoming"
    good = launcher.read_text(encoding="utf-8")
    launcher.write_text("#!/bin/sh\nexec sleep 30\n")
    try:
        with ScriptedDoors(telephony.settings.agi.port, scripted_doors.silent):
            caller = stage.call(LANDLINE)
            rings(seats[PROVINCE_SEAT])
            assert caller.wait() == 0
    finally:
        launcher.write_text(good, encoding="utf-8")
