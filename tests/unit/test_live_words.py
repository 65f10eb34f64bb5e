"""Events into changes, today's figures, and what a scope sees."""

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from agi_scripts.variables import ROUTED
from asterisk_conf.render import _LIVE_EVENTS
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.accounts.scope import EVERYWHERE, scope_of
from seats.live import change as c
from seats.live.today import Offered, Today, midnight
from seats.live.translate import DECISION, NAME_LIMIT, WANTED, changes_of, decision_of, shown
from seats.live.view import view
from tests.fakes.live_story import TREE, board, exchange, fold, moment, settled

HEAD = {
    "Timestamp": "1795319066.5", "Channel": "PJSIP/trunk-00000000", "ChannelState": "6", "CallerIDNum": "13803710000",
    "CallerIDName": "<unknown>", "Uniqueid": "1795319066.0", "Linkedid": "1795319066.0",
}  # fmt: skip
ONE = UniqueId("1795319066.0")
SEEN = c.ChannelSeen(ONE, LinkedId(ONE), "PJSIP/trunk-00000000", 6, "13803710000", "", 1795319066.5)
AT = 1795319066.5
SPYER = {f"Spyer{name}": value for name, value in HEAD.items() if name != "Timestamp"}
EVENTS = [
    ("Newchannel", {}, (SEEN,)),
    ("Newstate", {}, (SEEN,)),
    ("Hangup", {}, (c.ChannelGone(ONE, LinkedId(ONE), "PJSIP/trunk-00000000", AT),)),
    ("BridgeEnter", {"BridgeUniqueid": "b"}, (SEEN, c.BridgeEntered(ONE, LinkedId(ONE), "b", AT))),
    ("BridgeLeave", {"BridgeUniqueid": "b"}, (SEEN, c.BridgeLeft(ONE, AT))),
    ("BridgeDestroy", {"BridgeUniqueid": "b"}, (c.BridgeGone("b", AT),)),
    ("Hold", {}, (SEEN, c.HoldSet(ONE, True, AT))),
    ("Unhold", {}, (SEEN, c.HoldSet(ONE, False, AT))),
    ("QueueCallerJoin", {"Queue": "henan"}, (SEEN, c.QueueJoined(ONE, AreaId("henan"), AT))),
    ("QueueCallerLeave", {"Queue": "henan"}, (SEEN, c.QueueLeft(ONE, AT))),
    ("AgentConnect", {"Interface": "PJSIP/3710001"}, (SEEN, c.Answered(ONE, AT))),
    ("AgentCalled", {"Interface": "PJSIP/3710001", "Queue": "henan"},
     (SEEN, c.SeatCalled(ONE, LinkedId(ONE), AreaId("henan"), SeatNumber("3710001"), AT))),
    ("AgentCalled", {"Interface": "Local/7@x", "Queue": "henan"}, (SEEN,)),
    ("AgentComplete", {"Interface": "PJSIP/3710001"}, (c.WorkEnded(SeatNumber("3710001"), AT),)),
    ("AgentComplete", {"Interface": "Local/7@x"}, ()),
    ("VarSet", {"Variable": "HOTLINE_ROUTED", "Value": '{\\"area_id\\":\\"luoyang\\",\\"reason\\":\\"keyed\\"}'},
     (SEEN, c.Decided(ONE, AreaId("luoyang"), "keyed", AT))),
    ("VarSet", {"Variable": "HOTLINE_ROUTED", "Value": '{"area_id":null,"reason":"mobile"}'},
     (SEEN, c.Decided(ONE, None, "mobile", AT))),
    ("VarSet", {"Variable": "HOTLINE_ROUTED", "Value": "not json"}, (SEEN,)),
    ("VarSet", {"Variable": "HOTLINE_PART_OF", "Value": "1795316598.0"},
     (SEEN, c.PartOf(ONE, LinkedId(ONE), LinkedId("1795316598.0"), AT))),
    ("VarSet", {"Variable": "HOTLINE_PART_OF", "Value": "x; rm"}, (SEEN,)),
    ("VarSet", {"Variable": "HOTLINE_NEXT", "Value": "queue"}, ()),
    ("ChanSpyStart", SPYER, (SEEN, c.SpySet(ONE, True, AT))),
    ("ChanSpyStop", SPYER, (SEEN, c.SpySet(ONE, False, AT))),
    ("DeviceStateChange", {"Device": "PJSIP/3710001", "State": "UNAVAILABLE"},
     (c.DeviceSet(SeatNumber("3710001"), True, AT),)),
    ("DeviceStateChange", {"Device": "PJSIP/3710001", "State": "INUSE"},
     (c.DeviceSet(SeatNumber("3710001"), False, AT),)),
    ("DeviceStateChange", {"Device": "PJSIP/trunk", "State": "INUSE"}, ()),
    ("DeviceStateChange", {"Device": "Queue:henan", "State": "INUSE"}, ()),
    ("QueueMemberPause",
     {"Interface": "PJSIP/3710001", "Queue": "zhengzhou", "Paused": "1", "PausedReason": "午餐\x1b[2J"},
     (c.PauseSet(SeatNumber("3710001"), AreaId("zhengzhou"), True, "午餐[2J", AT),)),
    ("Newexten", {}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "more", "changes"), EVENTS)
def test_every_event_means_these_changes(name: str, more: dict[str, str], changes: tuple[c.Change, ...]) -> None:
    assert changes_of(name, {**HEAD, **more}, 0.0) == changes


def test_every_event_that_means_anything_is_in_the_table_and_asterisk_sends_it() -> None:
    assert {name for name, _, changes in EVENTS if changes} == WANTED
    assert {*_LIVE_EVENTS, "VarSet"} >= WANTED
    assert DECISION == ROUTED


@pytest.mark.parametrize("name", sorted(WANTED))
@pytest.mark.parametrize("wrong", [{}, {**HEAD, "ChannelState": "up"}, {"Timestamp": "late", "Device": "PJSIP/"}])
def test_what_cannot_be_read_changes_nothing_and_stops_nothing(name: str, wrong: dict[str, str]) -> None:
    assert all(type(change) is c.ChannelGone for change in changes_of(name, wrong, 0.0))


def test_an_event_without_a_time_is_of_now() -> None:
    fields = {"Device": "PJSIP/3710001", "State": "INUSE"}
    assert changes_of("DeviceStateChange", fields, 7.5) == (c.DeviceSet(SeatNumber("3710001"), False, 7.5),)


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("王女士", "王女士"),
        ("<unknown>", ""),
        ("\x1b[31m\u202e\u2066x\x00\r\n", "[31mx"),
        ("a" * 100, "a" * NAME_LIMIT),
    ],
)
def test_a_name_steers_no_terminal(sent: str, seen: str) -> None:
    assert shown(sent) == seen


@pytest.mark.parametrize("value", ["", "[]", "7", '{"area_id": 7, "reason": {}}', "{", '{\\"a'])
def test_a_decision_that_is_none_decides_nothing(value: str) -> None:
    assert decision_of(value) in (None, (None, None))


# Today

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ZHENGZHOU, KAIFENG = AreaId("zhengzhou"), AreaId("kaifeng")


def figures(today: Today, area: AreaId) -> tuple[int, int, int]:
    count = today.counts[area]
    return count.offered, count.answered, count.in_time


def test_a_day_is_chinas() -> None:
    assert midnight(NOON).astimezone(UTC) == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    assert midnight(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)).astimezone(UTC).day == 22


@pytest.mark.parametrize(("after", "in_time"), [(0.0, 1), (15.0, 1), (15.001, 0)])
def test_in_time_is_fifteen_seconds_from_the_first_queue(after: float, in_time: int) -> None:
    today, at = Today(NOON), NOON.timestamp()
    today.decided(ONE, ZHENGZHOU, at - 1)
    today.joined(ONE, ZHENGZHOU, at)
    today.joined(ONE, AreaId("henan"), at + after)
    today.answered(ONE, at + after)
    assert figures(today, ZHENGZHOU) == (1, 1, in_time)


def test_a_call_told_by_event_and_by_record_counts_once_and_for_its_own_area() -> None:
    today, at = Today(NOON), NOON.timestamp()
    today.joined(ONE, ZHENGZHOU, at)
    for _ in range(2):
        today.stored(Offered(ONE, KAIFENG, ZHENGZHOU, at - 1, at, at + 3, self_served=False))
    today.answered(ONE, at + 3)
    assert figures(today, KAIFENG) == (1, 1, 1)
    assert figures(today, ZHENGZHOU) == (0, 0, 0)


def test_whoever_gives_up_in_the_menu_counts_and_whoever_needs_no_seat_does_not() -> None:
    today, at = Today(NOON), NOON.timestamp()
    for name in ("1.1", "1.2", "1.3"):
        today.began(UniqueId(name), at)
        today.decided(UniqueId(name), ZHENGZHOU, at + 1)
    assert (today.counts[ZHENGZHOU].offered, today.counts[ZHENGZHOU].decided) == (3, 0)
    today.ended(UniqueId("1.1"))
    today.ended(UniqueId("1.2"))
    today.stored(Offered(UniqueId("1.2"), ZHENGZHOU, None, at, None, None, self_served=True))
    assert (today.counts[ZHENGZHOU].offered, today.counts[ZHENGZHOU].decided) == (3, 1)


def test_midnight_begins_anew_and_yesterdays_calls_do_not_come_back() -> None:
    today, at = Today(NOON), NOON.timestamp()
    today.joined(ONE, ZHENGZHOU, at)
    assert not today.turn(NOON)
    tomorrow = datetime(2026, 11, 22, 16, 0, 1, tzinfo=UTC)
    assert today.turn(tomorrow)
    assert ZHENGZHOU in today.changed
    assert ZHENGZHOU not in today.counts
    today.answered(ONE, tomorrow.timestamp())
    today.joined(ONE, ZHENGZHOU, at)
    assert ZHENGZHOU not in today.counts
    today.joined(UniqueId("2.2"), ZHENGZHOU, tomorrow.timestamp())
    assert figures(today, ZHENGZHOU) == (1, 0, 0)


def test_a_call_that_joined_at_midnight_before_we_noticed_is_of_the_new_day() -> None:
    today = Today(NOON)
    today.joined(ONE, ZHENGZHOU, datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC).timestamp())
    today.turn(datetime(2026, 11, 22, 16, 0, 1, tzinfo=UTC))
    assert figures(today, ZHENGZHOU) == (1, 0, 0)


# What a scope sees


def test_a_city_sees_the_calls_that_touch_it_and_nothing_else() -> None:
    on = exchange()
    for area, seat in (("zhengzhou", "3710001"), ("kaifeng", "3712001"), ("gongyi", "3719001"), ("kaifeng", "3710002")):
        party = on.arrive("13803710000")
        on.decide(party, area, "segment")
        on.join(party, "henan")
        on.ring(party, seat)
        on.answer(party)
    on.arrive("undecided")
    picture = settled(fold(board(), on.told), on.now)
    city = view(picture, scope_of(TREE, ZHENGZHOU))
    assert {(call.area, call.seat) for call in city.calls.values()} == {
        ("zhengzhou", "3710001"), ("gongyi", "3719001"), ("kaifeng", "3710002"),
    }  # fmt: skip
    assert {seat.area for seat in city.seats.values()} == {"zhengzhou"}
    assert set(city.areas) == {area.id for area in TREE if "zhengzhou" in (area.id, area.parent)}
    assert all(picture.calls[key] is call for key, call in city.calls.items())
    assert view(picture, EVERYWHERE) is picture
    assert isinstance(city.calls, MappingProxyType)
    assert city.version == picture.version
    assert moment(on.now) > city.seats[SeatNumber("3710001")].since
