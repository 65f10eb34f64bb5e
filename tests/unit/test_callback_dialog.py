"""What is asked before somebody is promised a call: by keys alone, whatever the keys."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import CHINA
from core.errors import BadInput
from core.ids import AreaId
from core.journal import Fact
from routing.numbers import Form
from seats.callbacks.appointing import Agenda, appointment
from seats.callbacks.book import Book
from seats.callbacks.dialog import Asking, Reply, callback, waiting
from seats.callbacks.request import ASKED
from seats.callbacks.times import Window, first_free, keyed_time, spoken, window
from tests.fakes.henan import henan_tables

NOW = datetime(2026, 11, 20, 10, 10, tzinfo=CHINA).astimezone(UTC)
NUMBER = "13803710000"
DAY = Window(8 * 60 + 30, 20 * 60)
PLAN = henan_tables().plan


def normalise(keys: str) -> str:
    found = PLAN.normalise(keys, "0371")
    return found.normalized if found.form in (Form.MOBILE, Form.LANDLINE) and found.fits else ""


def asking(book: Book | None = None, number: str = NUMBER) -> Asking:
    return Asking(
        "",
        "",
        number,
        AreaId("xinxiang"),
        NOW,
        NOW - timedelta(seconds=40),
        4,
        book or Book(),
        normalise,
        "cb-000000000001",
    )


def agenda(capacity: int = 2, *, open_: bool = True) -> Agenda:
    return Agenda(DAY, lambda _: open_, capacity)


def keyed(asked: Asking, *keys: str) -> list[Reply]:
    """The replies of a callback's dialog to those keys, the first before any."""
    replies = [callback(asked)]
    for each in keys:
        replies.append(callback(replace(asked, stage=replies[-1].stage, keys=each)))
    return replies


def appointed(asked: Asking, plan: Agenda, *keys: str) -> list[Reply]:
    replies = [appointment(asked, plan)]
    for each in keys:
        replies.append(appointment(replace(asked, stage=replies[-1].stage, keys=each), plan))
    return replies


def facts(reply: Reply, n: int = 0) -> list[Fact]:
    return [Fact(f"f-{n}-{place}", kind, NOW, None, fields) for place, (kind, fields) in enumerate(reply.facts)]


def test_the_number_shown_is_read_out_confirmed_and_the_place_counts_from_the_joining() -> None:
    first, booked = keyed(asking(), "1")
    assert first.say[:3] == ("callback_offer", "wait_5", "callback_to")
    assert first.say[3:14] == tuple(f"digit_{each}" for each in NUMBER)
    ((kind, fields),) = booked.facts
    assert (kind, booked.next, booked.say) == (ASKED, "booked", ("callback_booked",))
    assert fields["joined_at"] == (NOW - timedelta(seconds=40)).isoformat()
    assert booked.booked["number"] == NUMBER


def test_another_number_is_keyed_and_a_withheld_one_must_be() -> None:
    *_, confirm, booked = keyed(asking(), "2", "03735123456", "1")
    assert confirm.say[0] == "callback_to_keyed"
    assert booked.facts[0][1]["number"] == "03735123456"
    first, *_, booked = keyed(asking(number=""), "13903710001", "1")
    assert first.say[-1] == "callback_number"
    assert booked.facts[0][1]["number"] == "13903710001"


HOSTILE = (
    "",
    "12366",
    "110",
    "0",
    "*",
    "500*7",
    "9" * 16,
    "0000000000",
    "4008888888",
    "0085212345678",
    "1380371",
    "##",
)


@pytest.mark.parametrize("keys", HOSTILE)
def test_what_is_no_number_is_asked_again_and_never_called(keys: str) -> None:
    replies = keyed(asking(number=""), keys, keys, keys)
    assert not any(reply.facts for reply in replies)
    assert replies[-1].next == "back"


def test_any_keys_end_within_a_few_rounds_and_promise_only_what_was_confirmed() -> None:
    for keys in itertools.product(("1", "2", "0", "", "9", "13903710001"), repeat=4):
        asked, stage = asking(), ""
        for each in ("", *keys):
            reply = callback(replace(asked, stage=stage, keys=each))
            stage = reply.stage
            if reply.next != "read":
                break
            assert reply.say
            assert reply.keys in (1, 16)
        assert all(fields.get("number") in (NUMBER, "13903710001") for _, fields in reply.facts)


def test_who_has_a_callback_keeps_the_place_they_have() -> None:
    book = Book()
    (fact,) = facts(keyed(asking(), "1")[-1])
    book.apply(fact)
    reply = callback(asking(book))
    assert (reply.next, reply.say) == ("booked", ("callback_already",))
    assert reply.facts[0][1]["move"] == "left"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(None, ()), (0, "wait_1"), (4, "wait_5"), (46, "wait_60"), (60, "wait_60"), (600, "wait_longer")],
)
def test_the_wait_is_rounded_up(minutes: int | None, said: object) -> None:
    assert waiting(minutes) == (said if said == () else (said,))


def test_a_half_hour_is_chosen_read_back_and_booked() -> None:
    *_, read_back, booked = appointed(asking(), agenda(), "2", "1445", "1")
    assert read_back.say == ("appointment_is", "day_1", "hour_14", "half_30", "appointment_confirm")
    slot = datetime(2026, 11, 21, 14, 30, tzinfo=CHINA)
    assert booked.facts[0][1]["slot"] == slot.astimezone(UTC).isoformat()
    assert booked.facts[0][1]["not_before"] == booked.facts[0][1]["slot"]


def test_a_full_half_hour_is_not_given_again() -> None:
    book = Book()
    for n in range(2):
        for fact in facts(
            appointed(replace(asking(book, f"1380371000{n}"), new_id=f"cb-00000000000{n}"), agenda(), "1", "1500", "1")[
                -1
            ],
            n,
        ):
            book.apply(fact)
    *_, offer, booked = appointed(asking(book, "13903710009"), agenda(), "1", "1500", "1")
    assert offer.say[:2] == ("appointment_full", "appointment_nearest")
    assert offer.say[2:5] == ("day_0", "hour_15", "half_30")
    assert booked.facts[0][1]["slot"] == datetime(2026, 11, 20, 15, 30, tzinfo=CHINA).astimezone(UTC).isoformat()


@pytest.mark.parametrize(
    ("day", "keys", "first"), [("1", "0900", (20, 10, 30)), ("1", "2330", (21, 8, 30)), ("3", "0100", (22, 8, 30))]
)
def test_what_is_past_or_outside_becomes_the_next_time_there_is(
    day: str, keys: str, first: tuple[int, int, int]
) -> None:
    offer = appointed(asking(), agenda(), day, keys)[-1]
    assert offer.say[0] == "appointment_bad"
    local = datetime(2026, 11, first[0], *first[1:], tzinfo=CHINA)
    assert offer.say[2:5] == spoken(local.astimezone(UTC), NOW)


def test_before_a_long_holiday_the_first_half_hour_after_it_is_offered() -> None:
    back = datetime(2026, 12, 1, 9, 0, tzinfo=CHINA)
    plan = Agenda(DAY, lambda at: at >= back, 1)
    offer, later, booked = appointed(asking(), plan, "2", "1")
    said = ("month_12", "date_1", "weekday_2", "hour_09")
    assert offer.say == ("appointment_nearest", *said, "half_00", "appointment_confirm")
    assert later.say == ("appointment_nearest", *said, "half_30", "appointment_confirm")
    assert booked.facts[0][1]["slot"] == (back + timedelta(minutes=30)).astimezone(UTC).isoformat()


def test_closed_days_leave_no_appointment() -> None:
    assert appointed(asking(), agenda(open_=False))[-1].say == ("appointment_none",)
    assert appointed(asking(), agenda(open_=False))[-1].next == "back"


def test_who_has_one_keeps_cancels_or_changes_it() -> None:
    book = Book()
    (fact,) = facts(appointed(asking(), agenda(), "1", "1500", "1")[-1])
    book.apply(fact)
    have, kept = appointed(asking(book), agenda(), "1")
    assert have.say == ("appointment_have", "day_0", "hour_15", "half_00", "appointment_keep")
    assert kept.next == "booked"
    cancelled = appointed(asking(book), agenda(), "2")[-1]
    assert (cancelled.next, cancelled.facts[0][1]["move"]) == ("told", "cancelled")
    again = replace(asking(book), new_id="cb-000000000002")
    changed = appointed(again, agenda(), "3")[-1]
    assert (changed.say, changed.facts) == (("appointment_day",), ())  # who hangs up now has the old one still
    for fact in facts(appointed(again, agenda(), "3", "2", "0900", "1")[-1], 9):
        book.apply(fact)
    held = book.of(NUMBER, appointment=True)
    assert held is not None
    assert (held.id, [one.id for one in book.open()]) == ("cb-000000000002", ["cb-000000000002"])


def test_nobody_learns_of_somebody_elses_appointment() -> None:
    book = Book()
    book.apply(facts(appointed(asking(), agenda(), "1", "1500", "1")[-1])[0])
    assert appointed(asking(book, ""), agenda(), NUMBER)[-1].next == "back"


@pytest.mark.parametrize("keys", ["", "*", "2500", "0960", "99999", "1*30"])
def test_keys_that_are_no_time(keys: str) -> None:
    assert keyed_time(NOW.date(), keys) is None
    replies = appointed(asking(), agenda(), "1", keys, keys, keys)
    assert replies[-1].next == "back"


@pytest.mark.parametrize(("keys", "local"), [("9", (9, 0)), ("14", (14, 0)), ("930", (9, 30)), ("1459", (14, 30))])
def test_short_times(keys: str, local: tuple[int, int]) -> None:
    found = keyed_time(NOW.date(), keys)
    assert found is not None
    assert (found.astimezone(CHINA).hour, found.astimezone(CHINA).minute) == local


def test_calling_time() -> None:
    assert window("08:30", "20:00") == DAY
    assert not DAY.holds(datetime(2026, 11, 20, 8, 29, 59, tzinfo=CHINA))
    assert DAY.holds(datetime(2026, 11, 20, 8, 30, tzinfo=CHINA))
    assert not DAY.holds(datetime(2026, 11, 20, 20, 0, tzinfo=CHINA))
    night = datetime(2026, 11, 20, 21, 0, tzinfo=CHINA)
    assert DAY.next(night) == datetime(2026, 11, 21, 8, 30, tzinfo=CHINA)
    assert DAY.time_in(night - timedelta(hours=2), night + timedelta(hours=12)) == timedelta(minutes=90)
    assert first_free(NOW, NOW, DAY, lambda _: False) is None


@pytest.mark.parametrize(("begins", "ends"), [("8", "20:00"), ("20:00", "08:30"), ("08:30", "25:00"), ("", "")])
def test_calling_time_that_is_none(begins: str, ends: str) -> None:
    with pytest.raises(BadInput, match=r"callbacks\.begins"):
        window(begins, ends)


def test_tomorrow_is_the_day_the_caller_heard_also_past_midnight() -> None:
    before = datetime(2026, 11, 20, 23, 59, 50, tzinfo=CHINA).astimezone(UTC)
    after = before + timedelta(seconds=20)
    asked = replace(asking(), now=before)
    day = appointment(asked, agenda())
    hour = appointment(replace(asked, now=after, stage=day.stage, keys="2"), agenda())
    offered = appointment(replace(asked, now=after, stage=hour.stage, keys="1430"), agenda())
    assert offered.say[:4] == ("appointment_is", "day_0", "hour_14", "half_30")
    booked = appointment(replace(asked, now=after, stage=offered.stage, keys="1"), agenda())
    assert datetime.fromisoformat(booked.booked["slot"]).astimezone(CHINA).isoformat() == "2026-11-21T14:30:00+08:00"
