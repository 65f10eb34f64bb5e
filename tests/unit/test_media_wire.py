"""What Asterisk says beside the sound, and how a conversation's ending is told."""

import json

import pytest

from agi_scripts import variables
from core.clock import SystemClock
from core.ids import AreaId, LinkedId
from ivr.fastagi.call import AgiCall
from ivr.media import conversed, wire
from ivr.media.endings import Ended, Endings, rerouted
from ivr.session.ending import Abandoned, CallbackBooked, Ending, Handover, MessageLeft, Result, SelfServed
from routing.reception import Reception
from tests.fakes.henan import henan_tables

CALL = LinkedId("1795330305.4")
MET = {
    "xinxiang": Reception(notices=("notices/all", "notices/xinxiang")),
    "luoyang": Reception(
        "holiday", ("closed_holiday", "day_1", "hour_08", "open_again"), True, ("notices/all", "notices/luoyang")
    ),
}


class Channel(AgiCall):
    """A channel's variables."""

    def __init__(self, **variables: str) -> None:
        self.variables = variables
        self.linkedid = CALL

    async def get_variable(self, name: str) -> str | None:
        return self.variables.get(name)

    async def set_variable(self, name: str, value: str) -> None:
        self.variables[name] = value


async def ended(result: Result) -> dict[str, str]:
    """What the dialplan knows after the conversation of a caller who arrived in 新乡, which is open."""
    endings = Endings(SystemClock())
    endings.put(CALL, result)
    channel = Channel(HOTLINE_QUEUE="xinxiang", HOTLINE_ROUTED='{"queue":"xinxiang"}', HOTLINE_CLOSED="")
    await conversed.doors(endings, henan_tables().tree, MET.__getitem__)["conversed"](channel)
    return channel.variables


async def test_who_names_another_city_meets_its_hours_and_what_it_announces() -> None:
    told = await ended(Result(Handover("发票"), AreaId("luoyang"), moved=True))
    assert (told["HOTLINE_QUEUE"], told["HOTLINE_AREA"], told["HOTLINE_ENDED"]) == ("luoyang", "洛阳", "human")
    assert (told["HOTLINE_CLOSED"], told["HOTLINE_PROVINCE_OPEN"]) == ("holiday", "yes")
    assert told["HOTLINE_CLOSED_SAYS"] == "hotline/closed_holiday&hotline/day_1&hotline/hour_08&hotline/open_again"
    assert told["HOTLINE_NOTICE"] == "hotline/notices/luoyang"
    assert json.loads(told["HOTLINE_ROUTED"])["closed"] == "holiday"


async def test_the_area_named_is_told_to_be_remembered_whether_the_caller_stays_or_hangs_up() -> None:
    endings = Endings(SystemClock())
    doors = conversed.doors(endings, henan_tables().tree, MET.__getitem__)
    for door in ("conversed", "left"):
        endings.put(CALL, Result(SelfServed(), AreaId("luoyang"), moved=True))
        channel = Channel(HOTLINE_QUEUE="xinxiang")
        await doors[door](channel)
        assert (channel.variables["HOTLINE_NAMED"], channel.variables["HOTLINE_ENDED"]) == ("luoyang", "served")


async def test_who_wants_the_province_because_their_city_is_closed_goes_there() -> None:
    assert (await ended(Result(Handover(province=True), AreaId("xinxiang"))))["HOTLINE_ENDED"] == "province"


async def test_who_names_none_stays_with_what_was_decided() -> None:
    told = await ended(Result(Handover(), AreaId("luoyang")))
    assert told == {
        "HOTLINE_QUEUE": "xinxiang",
        "HOTLINE_ROUTED": '{"queue":"xinxiang"}',
        "HOTLINE_CLOSED": "",
        "HOTLINE_ENDED": "human",
    }


@pytest.mark.parametrize(
    ("said", "event"),
    [
        ('{"event":"DTMF_END","channel_id":"1.2","digit":"0"}', wire.Key("0")),
        ('{"event":"DTMF_END","digit":"A"}', None),
        ('{"event":"DTMF_END","digit":"12"}', None),
        ('{"event":"MEDIA_MARK_PROCESSED","correlation_id":"7"}', wire.Marked("7")),
        ('{"event":"MEDIA_XOFF"}', wire.Flow(open=False)),
        ('{"event":"MEDIA_XON"}', wire.Flow(open=True)),
        ('{"event":"QUEUE_DRAINED"}', None),
        (
            '{"event":"MEDIA_START","channel":"WebSocket/speech/0x1","channel_variables":{"HOTLINE_QUEUE":"luoyang"}}',
            wire.Began("WebSocket/speech/0x1", {"HOTLINE_QUEUE": "luoyang"}),
        ),
        ('{"event":"MEDIA_START","channel_variables":[1]}', wire.Began("")),
        ("", None),
        ("MEDIA_START", None),
        ("[]", None),
        ('{"event":', None),
    ],
)
def test_what_asterisk_says(said: str, event: wire.Event | None) -> None:
    assert wire.event_of(said) == event


def test_commands_fit_into_what_asterisk_reads() -> None:
    assert all(len(text) <= 127 for text in (wire.mark("9" * 20), wire.FLUSH))
    assert len(wire.whole_frames(b"x" * 321)) == 640


@pytest.mark.parametrize(
    ("ending", "word"),
    [
        (Handover("发票"), "human"),
        (MessageLeft(), "message"),
        (CallbackBooked(), "callback"),
        (SelfServed(), "served"),
        (Abandoned(), ""),
    ],
)
def test_an_ending_is_told_once(ending: Ending, word: str) -> None:
    endings = Endings(SystemClock())
    endings.put(CALL, Result(ending, AreaId("luoyang"), moved=True))
    told = endings.take(CALL)
    assert told is not None
    assert (told.word, told.area) == (word, "luoyang")
    assert endings.take(CALL) is None


def test_a_lost_socket_is_told_apart_from_a_goodbye() -> None:
    endings = Endings(SystemClock())
    endings.put(CALL, Result(SelfServed(), None), lost=True)
    assert endings.take(CALL) == Ended("served", lost=True)


def test_an_area_that_is_not_the_callers_own_wish_changes_nothing() -> None:
    endings = Endings(SystemClock())
    endings.put(CALL, Result(Handover(), AreaId("luoyang")))
    assert endings.take(CALL) == Ended("human")


def test_a_city_by_name_is_a_decision_of_its_own() -> None:
    told = json.loads(rerouted('{"queue":"xinxiang","normalized":"03731"}', AreaId("luoyang"), "洛阳"))
    assert (told["queue"], told["reason"], told["normalized"]) == ("luoyang", "said", "03731")
    assert json.loads(rerouted("nonsense", AreaId("luoyang"), "洛阳"))["queue"] == "luoyang"


def test_the_door_names_the_variables_of_the_dialplan() -> None:
    named = {value for name, value in vars(variables).items() if name.isupper() and isinstance(value, str)}
    ours = {conversed.ENDED, conversed.QUEUE, conversed.AREA, conversed.ROUTED, conversed.TOPIC, conversed.CLOSED}
    ours |= {conversed.CLOSED_SAYS, conversed.PROVINCE_OPEN, conversed.NOTICE, conversed.NAMED}
    assert ours <= named
