"""Whose turn it is, and where in the line; how a call of ours ended; and that nobody but our commander dials out."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from asterisk_conf.render import AsteriskFiles, render
from core.clock import CHINA
from core.ids import AreaId, LinkedId, UniqueId
from core.secrets import Secrets
from core.settings import CallbacksSettings, PlatformSettings, Settings, SipSettings
from routing.hours import Calendar, Closure, works
from routing.hours_edit import close, grounded, set_hours
from seats.callbacks.dialler import OUTBOUND, PLACE
from seats.callbacks.line import due, expired, overdue, policy, position, turns, unseated_again
from seats.callbacks.request import Callback, Why
from seats.callbacks.states import Move, State
from seats.callbacks.truth import ending
from seats.records.cel import CelEvent
from seats.roster.seat import demonstration_seats
from tests.fakes.henan_tree import TREE

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=CHINA).astimezone(UTC)
RULES = policy(CallbacksSettings())
XINXIANG = AreaId("xinxiang")


def one(n: int = 0, *, why: Why = Why.WAITING, asked: datetime = NOON, **more: object) -> Callback:
    begun = Callback(f"cb-{n:012x}", f"1380371{n:04}", XINXIANG, why, asked, asked)
    return replace(begun, **more)  # type: ignore[arg-type]


@dataclass
class Waiting:
    queue: str
    waiting_since: datetime | None


def test_turns_go_by_places_and_not_before_their_time() -> None:
    late, early = one(1, joined_at=NOON - timedelta(minutes=1)), one(2, joined_at=NOON - timedelta(minutes=9))
    future = one(3, not_before=NOON + timedelta(minutes=5))
    assert [each.id for each in turns([late, early, future], NOON, RULES, {})] == [early.id, late.id]


def test_nobody_is_called_at_night_and_an_hour_promised_is_kept() -> None:
    night = datetime(2026, 11, 20, 20, 1, tzinfo=CHINA)
    assert not due(one(not_before=NOON), night, RULES)
    assert due(one(), night + timedelta(hours=13), RULES)
    slot = NOON + timedelta(hours=2)
    appointment = one(slot=slot, why=Why.APPOINTMENT)
    assert not due(appointment, slot - timedelta(seconds=1), RULES)
    assert due(appointment, slot, RULES)


def test_lost_callers_do_not_fill_the_line_and_promised_places_stand_beside_them() -> None:
    lost = [one(n, why=Why.ABANDONED, joined_at=NOON - timedelta(hours=1)) for n in range(10)]
    promised = [one(n + 100) for n in range(5)]
    found = list(turns([*lost, *promised], NOON, RULES, {XINXIANG: 4}))
    assert sum(each.why is Why.ABANDONED for each in found) == 2
    assert sum(each.why is Why.WAITING for each in found) == 5
    standing = [replace(each, state=State.DIALLING_SEAT) for each in found]
    rest = [each for each in lost if each.id not in {each.id for each in found}]
    assert not list(turns([*standing, *rest], NOON, RULES, {XINXIANG: 4}))


def test_a_place_is_behind_those_who_came_before_it_in_the_same_queue() -> None:
    mine = one(joined_at=NOON)
    earlier, later = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)
    line = [
        Waiting("xinxiang", earlier),
        Waiting("xinxiang", later),
        Waiting("luoyang", earlier),
        Waiting("xinxiang", None),
    ]
    assert position(mine, line) == 2
    assert position(mine, []) == 1
    standing = [one(n, state=state, joined_at=earlier) for n, state in ((1, State.DIALLING_SEAT), (2, State.TALKING))]
    behind = one(3, state=State.DIALLING_SEAT, joined_at=later)
    assert position(mine, line, [*standing, behind, mine]) == 3


def test_what_is_late_and_what_is_over() -> None:
    evening = datetime(2026, 11, 20, 19, 30, tzinfo=CHINA)
    asked = one(asked=evening)
    assert not overdue(asked, evening + timedelta(hours=13), RULES)  # 30 minutes of calling time passed
    assert overdue(asked, evening + timedelta(hours=13, minutes=40), RULES)
    assert not expired(asked, evening + timedelta(hours=71), RULES)
    assert expired(asked, evening + timedelta(hours=73), RULES)
    assert not expired(replace(asked, state=State.DONE), evening + timedelta(hours=73), RULES)


@pytest.mark.parametrize(
    ("asked", "back"),
    [
        (datetime(2025, 1, 24, 17, 20, tzinfo=CHINA), datetime(2025, 2, 5, 8, 31, tzinfo=CHINA)),
        (datetime(2026, 9, 30, 17, 20, tzinfo=CHINA), datetime(2026, 10, 8, 8, 31, tzinfo=CHINA)),
    ],
)
def test_who_rang_on_the_eve_of_a_long_holiday_is_called_after_it(asked: datetime, back: datetime) -> None:
    office = grounded(TREE, asked)(Calendar())
    calendar = set_hours("all", "mon-fri 08:30-12:00,13:30-17:30")(office)
    days = partial(working, calendar)
    promise = one(asked=asked)
    assert expired(promise, back, RULES)  # by the clock alone
    assert not expired(promise, back, RULES, days)
    rest_day = one(asked=back - timedelta(days=2))
    assert overdue(rest_day, back - timedelta(days=1), RULES)
    assert not overdue(rest_day, back - timedelta(days=1), RULES, days)
    assert expired(promise, back + timedelta(days=6), RULES, days)
    shut = close(Closure(XINXIANG, asked, None, "搬迁"), asked)(calendar)
    assert not expired(promise, asked + timedelta(days=29), RULES, partial(working, shut))
    assert expired(promise, asked + timedelta(days=31), RULES, partial(working, shut))


def working(calendar: Calendar, area: str, day: date) -> bool:
    return works(area, day, calendar)


def event(kind: str, channel: str = "Local/s@callback-place-0;1", **said: str | bool) -> CelEvent:
    """As Asterisk writes it: what the dialplan says stands as text inside JSON."""
    call, own = "cb-000000000001-1", kind if kind.startswith(("CALLBACK_", "AFTER_")) else ""
    words = ("", "", "", "", "", "", "", channel, "", "", "")
    extra = json.dumps({"extra": json.dumps(said)})
    return CelEvent(kind, NOON, *words, UniqueId(call), LinkedId(call), "", own, extra)


SEAT = event("ANSWER", "PJSIP/3730001-00000002")
DIALLED = event("CALLBACK_DIALLED")
OVER = event("LINKEDID_END")
TALKED = event("CALLBACK_TRIED", status="ANSWER")
LEFT, DIED = (event("AFTER_SEAT", "PJSIP/trunk-out-00000003", lost=lost) for lost in (False, True))


@pytest.mark.parametrize(
    ("events", "move", "result", "over"),
    [
        ([], Move.UNSEATED, "no_seat", False),
        ([SEAT, OVER], Move.UNSEATED, "no_seat", True),
        ([event("CALLBACK_UNSEATED", queue_status="JOINEMPTY"), OVER], Move.UNSEATED, "joinempty", True),
        ([SEAT, DIALLED, event("CALLBACK_TRIED", status="ANSWER"), OVER], Move.HUNG_UP, "talked", True),
        ([SEAT, DIALLED, event("CALLBACK_TRIED", status="BUSY"), OVER], Move.NOT_REACHED, "busy", True),
        ([SEAT, DIALLED, LEFT, TALKED, OVER], Move.HUNG_UP, "talked", True),
        ([SEAT, DIALLED, DIED, TALKED, OVER], Move.NOT_REACHED, "cut_off", True),
        ([SEAT, DIALLED, DIED, TALKED, SEAT, OVER], Move.HUNG_UP, "talked", True),
        ([SEAT, DIALLED, event("CALLBACK_TRIED", status="CANCEL"), OVER], Move.NOT_REACHED, "seat_hung_up", True),
        ([SEAT, event("CALLBACK_TRIED", status=""), OVER], Move.UNSEATED, "no_seat", True),
        ([SEAT, DIALLED], Move.NOT_REACHED, "interrupted", False),
        ([SEAT, DIALLED, event("ANSWER", "PJSIP/trunk-out-00000003")], Move.NOT_REACHED, "cut_off", False),
    ],
)
def test_how_a_call_of_ours_ended(events: list[CelEvent], move: Move, result: str, over: bool) -> None:
    found = ending(events)
    assert (found.move, found.result, found.over) == (move, result, over)
    assert found.seat == ("3730001" if SEAT in events else None)


@pytest.mark.parametrize(
    ("status", "cause", "move", "result"),
    [
        ("CHANUNAVAIL", 34, Move.UNSEATED, "carrier_unreachable"),
        ("CONGESTION", 34, Move.UNSEATED, "carrier_unreachable"),
        ("CHANUNAVAIL", None, Move.UNSEATED, "carrier_unreachable"),
        ("CHANUNAVAIL", 1, Move.NOT_REACHED, "refused"),  # no such number
        ("CHANUNAVAIL", 21, Move.NOT_REACHED, "refused"),  # the person's phone
        ("CONGESTION", 21, Move.NOT_REACHED, "refused"),
    ],
)
def test_a_carrier_that_takes_no_calls_costs_nobody_a_try(
    status: str, cause: int | None, move: Move, result: str
) -> None:
    person = event("HANGUP", "PJSIP/trunk-out-00000003")
    ends = [] if cause is None else [replace(person, extra=json.dumps({"hangupcause": cause}))]
    found = ending([SEAT, DIALLED, *ends, event("CALLBACK_TRIED", status=status), OVER])
    assert (found.move, found.result, found.seat) == (move, result, "3730001")


@pytest.fixture(scope="module")
def contexts() -> dict[str, str]:
    settings = Settings(
        platform=PlatformSettings(home=Path("/srv/hotline")), sip=SipSettings(trunk_out="192.0.2.1:5060")
    )
    secrets = Secrets(ami_reader="r", ami_commander="c", postgres="p", seat_key="k")
    files = render(settings, secrets, demonstration_seats(TREE), TREE, AsteriskFiles(*(Path("/x") for _ in range(4))))
    parts = re.split(r"^\[([\w-]+)\].*$", files["etc/extensions.conf"], flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: re.sub(r"^;.*$", "", text, flags=re.MULTILINE) for name, text in found.items()}


def test_from_no_call_that_comes_in_is_there_a_way_to_the_carrier(contexts: dict[str, str]) -> None:
    """Walked from where carriers and seats come in, over every context a step could lead to, named or not."""
    leads = {
        name: {other for other in contexts if re.search(rf"(?<![\w-]){re.escape(other)}(?![\w-])", text)}
        for name, text in contexts.items()
    }
    others = [name for name in contexts if name not in (OUTBOUND, PLACE)]
    assert not [name for name in others if leads[name] & {OUTBOUND, PLACE}]
    reached, todo = set[str](), {name for name in contexts if name.startswith(("from-", "supervise-", "waiting-"))}
    while todo:
        name = todo.pop()
        reached.add(name)
        todo |= leads[name] - reached
    assert "message" in reached  # the walk does walk
    assert not {OUTBOUND, PLACE} & reached
    out = {name for name, text in contexts.items() if "trunk-out" in text}
    assert out == {OUTBOUND}


def test_nothing_but_digits_reaches_the_carrier_or_another_phone(contexts: dict[str, str]) -> None:
    dialled = re.findall(r"Dial\((PJSIP/[^)]*\)?[^,]*)", "\n".join(contexts.values()))
    for each in dialled:
        assert "FILTER(0-9" in each or each.startswith(("PJSIP/${MOVE_TO}", "PJSIP/${MOVE_FROM}")), each


def test_without_a_carrier_there_is_no_way_out_at_all() -> None:
    settings = Settings(platform=PlatformSettings(home=Path("/srv/hotline")))
    secrets = Secrets(ami_reader="r", ami_commander="c", postgres="p", seat_key="k")
    files = render(settings, secrets, demonstration_seats(TREE), TREE, AsteriskFiles(*(Path("/x") for _ in range(4))))
    assert "trunk-out" not in files["etc/extensions.conf"] + files["etc/pjsip.conf"]
    assert "[outbound]" not in files["etc/extensions.conf"]


@pytest.mark.parametrize(("placed", "seconds"), [(0, 2), (1, 2), (2, 4), (3, 8), (4, 16), (5, 20), (900, 20)])
def test_a_place_for_which_no_seat_was_found_goes_back_soon_at_first(placed: int, seconds: int) -> None:
    assert unseated_again(one(placed=placed)) == timedelta(seconds=seconds)
