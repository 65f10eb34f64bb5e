"""Calls through the whole dialplan: where they land, what the seat sees, what the caller is asked and told."""

from collections.abc import Callable, Iterator

import pytest

from agi_scripts import variables as v
from tests.asterisk.conftest import Telephony, until
from tests.fakes import scripted_doors
from tests.fakes.scripted_doors import ScriptedDoors
from tests.fakes.sipp import STRANGER_HOST, Player, Stage

LANDLINE = "<sip:03735123456@127.0.0.2>"
WITHHELD = "<sip:anonymous@anonymous.invalid>"
MOST = 30.0
"""Seconds until a seat rings that nobody has to be passed over for; a slow machine has that long."""
Register = Callable[..., Player]


@pytest.fixture
def seat(telephony: Telephony, stage: Stage) -> Register:
    """Registers a seat; `answer_after=None` lets it ring."""

    def register(number: str, answer_after: float | None = 0.0) -> Player:
        return stage.seat(number, telephony.secrets.seat(number), answer_after=answer_after)

    return register


@pytest.fixture
def quiet_log(telephony: Telephony) -> Iterator[None]:
    """No module or line of the dialplan failed during the test."""
    log = telephony.settings.paths.asterisk / "log/messages.log"
    before = len(log.read_text(encoding="utf-8"))
    yield
    assert "ERROR" not in log.read_text(encoding="utf-8")[before:]


def test_the_seat_sees_number_area_call(telephony: Telephony, stage: Stage, seat: Register, quiet_log: None) -> None:
    home = seat("3730001")
    caller = stage.call(LANDLINE)
    until(lambda: home.rang, MOST)
    assert caller.wait() == 0
    rang = home.rang[0]
    assert rang.area == "新乡"
    assert rang.sender.startswith('"新乡 03735123456" <sip:03735123456@')
    assert rang.call in {row[14] for row in telephony.events() if row[0] == "ROUTED"}


def test_a_private_number_is_routed_on_and_not_shown(telephony: Telephony, stage: Stage, seat: Register) -> None:
    home = seat("3730001")
    headers = {"P-Asserted-Identity": "<sip:03735123456@carrier>", "Privacy": "id"}
    stage.call(WITHHELD, headers=headers)
    until(lambda: home.rang, MOST)
    assert home.rang[0].sender.startswith('"新乡 保密" <sip:anonymous@')
    assert "03735123456" not in home.rang[0].sender


def test_a_stranger_is_believed_only_in_from(telephony: Telephony, stage: Stage, seat: Register) -> None:
    home, other = seat("3730001"), seat("3790001")
    headers = {"P-Asserted-Identity": "<sip:03791234567@carrier>"}
    stage.call("<sip:03735123456@127.0.0.3>", host=STRANGER_HOST, headers=headers)
    until(lambda: home.rang, MOST)
    assert not other.rang


def test_no_home_seat_free_the_paired_city_rings_at_once(telephony: Telephony, stage: Stage, seat: Register) -> None:
    area = telephony.tree.area("xinxiang")
    paired = next(found.number for found in telephony.seats if found.area == area.pair)
    home, helper, province = seat("3730001"), seat(paired), seat("3719001")
    stage.call(LANDLINE, stay=60)
    until(lambda: home.rang, MOST)
    second = stage.call("<sip:03735123457@127.0.0.2>")
    until(lambda: helper.rang, MOST)
    assert second.wait() == 0
    assert not province.rang


def test_a_seat_that_lets_it_ring_is_passed_over(telephony: Telephony, stage: Stage, seat: Register) -> None:
    home, province = seat("3730001", answer_after=None), seat("3719001")
    stage.call(LANDLINE, stay=60)
    until(lambda: home.rang, MOST)
    until(lambda: province.rang, 60)


def test_nobody_registered_the_caller_is_told(telephony: Telephony, stage: Stage) -> None:
    before = len(telephony.told("TOLD"))
    caller = stage.call(LANDLINE, hang_up=False)
    assert caller.wait() == 0
    told = until(lambda: telephony.told("TOLD")[before:])[0]
    assert told == {"prompt": "no_seat_goodbye", "playback": "SUCCESS", "queue_status": "JOINEMPTY"}


def test_nobody_answers_the_caller_is_told(telephony: Telephony, stage: Stage, seat: Register) -> None:
    seat("3719001", answer_after=None)
    before = len(telephony.told("TOLD"))
    caller = stage.call(WITHHELD, keys="0#", hang_up=False)
    assert caller.wait() == 0
    assert until(lambda: telephony.told("TOLD")[before:])[0]["queue_status"] == "TIMEOUT"


def test_a_withheld_number_is_asked_and_keys_its_city(telephony: Telephony, stage: Stage, seat: Register) -> None:
    luoyang = seat("3790001")
    caller = stage.call(WITHHELD, keys="0379#", stay=6)
    until(lambda: luoyang.rang, MOST)
    assert caller.wait() == 0
    routed = telephony.told("ROUTED")[-1]
    assert (routed["queue"], routed["reason"], routed["tries"]) == ("luoyang", "keyed", 1)
    assert telephony.told("ASKED")[-1]["keys"] == "0379"


def test_silence_three_times_leads_to_the_province(telephony: Telephony, stage: Stage, seat: Register) -> None:
    province = seat("3719001")
    stage.call(WITHHELD, stay=60)
    until(lambda: province.rang, 60)
    until(lambda: telephony.told("ROUTED")[-1].get("tries") == 3)  # a seat may ring before the event is in the file
    assert [asked["keys"] for asked in telephony.told("ASKED")[-3:]] == ["", "", ""]


def test_key_0_reaches_the_province_at_once(telephony: Telephony, stage: Stage, seat: Register) -> None:
    province = seat("3719001")
    stage.call(WITHHELD, keys="0#", stay=60)
    until(lambda: province.rang, MOST)
    until(lambda: telephony.told("ROUTED")[-1].get("tries") == 1)
    assert telephony.told("ASKED")[-1]["keys"] == "0"


def test_a_door_that_asks_for_ever_is_left(telephony: Telephony, stage: Stage, seat: Register) -> None:
    province = seat("3719001")
    ask = {v.QUESTION: "region/1", v.SAY: "hotline/ask_region", v.KEY_COUNT: "1", v.NEXT: "ask"}
    behaviour = scripted_doors.deciding({"incoming": ask, "keyed": ask})
    with ScriptedDoors(telephony.settings.agi.port, behaviour):
        stage.call(WITHHELD, keys="111111", stay=60)
        until(lambda: province.rang, 60)


@pytest.mark.parametrize("dialled", ["500%26PJSIP%2F3730001", "3730001", "s", "12366123", "00861012366", "T", "*8"])
def test_only_the_hotline_can_be_dialled(telephony: Telephony, stage: Stage, seat: Register, dialled: str) -> None:
    home = seat("3730001")
    assert stage.call(LANDLINE, dial=dialled, expect=404).wait() == 0
    assert not home.rang


HOSTILE = [
    '"${SHELL(touch /tmp/hotline-owned)}" <sip:03735123456@127.0.0.2>',
    '"$(1/0) a,b;c|d ${IF(1?x)} \\"quoted\\" \'; DROP TABLE calls; --" <sip:03735123456@127.0.0.2>',
    '"<b>x</b> \u202e\u2066 &PJSIP/3719001" <sip:03735123456@127.0.0.2>',
    '")]}${UNIQUEID}200 result=1 (x)" <sip:03735123456@127.0.0.2>',
]


@pytest.mark.parametrize("sender", HOSTILE)
def test_a_hostile_name_is_inert(telephony: Telephony, stage: Stage, seat: Register, sender: str) -> None:
    home = seat("3730001")
    headers = {"Diversion": sender, "P-Asserted-Identity": sender}
    heard: dict[str, str] = {}
    with ScriptedDoors(telephony.settings.agi.port, scripted_doors.asking((v.FROM, v.ASSERTED, "EXTEN"), heard)):
        caller = stage.call(sender, headers=headers)
        until(lambda: home.rang, MOST)
        assert caller.wait() == 0
    name = sender.partition(" <sip")[0]
    for header in (v.FROM, v.ASSERTED):
        assert heard[header].startswith(f"200 result=1 ({name}"), heard
    assert heard["EXTEN"] == "200 result=1 (s)\n"
    assert home.rang[0].sender.startswith('"新乡 03735123456" <sip:03735123456@')
