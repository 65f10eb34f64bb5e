"""Working hours: what is open when, and when that changes."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import CHINA
from core.errors import BadInput
from core.ids import AreaId
from ivr.prompts.texts import load
from routing.days import WEEKDAYS, DayKind
from routing.hours import ALL, ALWAYS_OPEN, OPEN_REASONS, Calendar, Closure, Notice, Reason, opening
from routing.reception import reception, reopens
from routing.statutory import announced
from routing.week import Span, Week, read, written

DAYS = announced(range(2023, 2029))
OFFICE = read("mon-fri 08:30-12:00,13:30-17:30")
HENAN, ZHENGZHOU, ZHONGMU = AreaId("henan"), AreaId("zhengzhou"), AreaId("zhongmu")
CALENDAR = Calendar(root=HENAN, parents={"zhongmu": ZHENGZHOU}, hours={"zhengzhou": OFFICE}, days=DAYS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def found(text: str, calendar: Calendar = CALENDAR, area: str = "zhengzhou") -> tuple[Reason, datetime | None]:
    result = opening(area, at(text), calendar)
    assert result.open is (result.reason in OPEN_REASONS)
    return result.reason, result.next_change


@pytest.mark.parametrize(
    ("moment", "reason", "change"),
    [
        ("2026-11-23T08:29:59", Reason.OFF_HOURS, "2026-11-23T08:30"),
        ("2026-11-23T08:30", Reason.HOURS, "2026-11-23T12:00"),
        ("2026-11-23T12:00", Reason.LUNCH, "2026-11-23T13:30"),
        ("2026-11-23T17:30", Reason.OFF_HOURS, "2026-11-24T08:30"),
        ("2026-11-22T10:00", Reason.REST_DAY, "2026-11-23T08:30"),
        # Friday evening before the eight days of Spring Festival 2025: Saturday is off, Sunday is worked for it.
        ("2025-01-24T19:00", Reason.OFF_HOURS, "2025-01-26T08:30"),
        ("2025-01-25T10:00", Reason.REST_DAY, "2025-01-26T08:30"),
        ("2025-01-26T10:00", Reason.EXTRA_WORKDAY, "2025-01-26T12:00"),
        ("2025-01-27T17:30", Reason.OFF_HOURS, "2025-02-05T08:30"),
        ("2025-02-01T10:00", Reason.HOLIDAY, "2025-02-05T08:30"),
        # And before the eight days of October 2025, with the Sunday before worked too.
        ("2025-09-26T18:00", Reason.OFF_HOURS, "2025-09-28T08:30"),
        ("2025-09-28T10:00", Reason.EXTRA_WORKDAY, "2025-09-28T12:00"),
        ("2025-09-30T17:30", Reason.OFF_HOURS, "2025-10-09T08:30"),
        ("2025-10-11T09:00", Reason.EXTRA_WORKDAY, "2025-10-11T12:00"),
        # A year nobody has announced: weekdays.
        ("2028-10-02T10:00", Reason.HOURS, "2028-10-02T12:00"),
    ],
)
def test_an_office_is_open_when_its_people_are_there(moment: str, reason: Reason, change: str) -> None:
    assert found(moment) == (reason, at(change))


def test_the_package_knows_the_working_weekends() -> None:
    assert DAYS.years == (2023, 2024, 2025, 2026)
    worked = {day.isoformat() for day in DAYS.worked[2026]}
    assert worked == {"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}
    assert DAYS.kind(date(2026, 10, 4)) is DayKind.HOLIDAY
    assert DAYS.kind(date(2027, 10, 1)) is DayKind.WORKDAY


ANNOUNCED_2024 = "01-15 02-23 03-15 04-18 05-22 06-19 07-15 08-15 09-18 10-24 11-15 12-16"


def test_filing_ends_when_it_was_announced_to_end() -> None:
    ends = [DAYS.last_filing_day(2024, month) for month in range(1, 13)]
    assert " ".join(f"{day:%m-%d}" for day in ends) == ANNOUNCED_2024
    assert WEEKDAYS.last_filing_day(2028, 10) == date(2028, 10, 16)


def test_filing_days_are_longer_and_an_announced_end_wins() -> None:
    peak = replace(CALENDAR, hours={"zhengzhou": read("mon-fri 08:30-17:30; peak 08:00-20:00")})
    assert found("2026-11-16T19:00", peak) == (Reason.PEAK, at("2026-11-16T20:00"))
    assert found("2026-11-12T19:00", peak)[0] is Reason.PEAK
    assert found("2026-11-11T19:00", peak)[0] is Reason.OFF_HOURS
    assert found("2026-11-17T19:00", peak)[0] is Reason.OFF_HOURS
    moved = replace(peak, peaks={"2026-11": date(2026, 11, 20)})
    assert found("2026-11-16T19:00", moved)[0] is Reason.OFF_HOURS
    assert opening("anyang", at("2026-11-20T10:00"), moved).peak


def test_lunch_can_be_covered() -> None:
    covered = replace(CALENDAR, hours={"zhengzhou": read("mon-fri 08:30-12:00,13:30-17:30; lunch cover")})
    assert found("2026-11-23T12:30", covered) == (Reason.LUNCH_COVER, at("2026-11-23T17:30"))


def test_holidays_can_be_worked() -> None:
    duty = replace(CALENDAR, hours={"zhengzhou": read("mon-sun 09:00-17:00; holidays open")})
    assert found("2026-10-01T10:00", duty)[0] is Reason.HOURS


def test_a_county_has_its_citys_hours_a_city_what_is_set_for_all_or_the_province() -> None:
    assert found("2026-11-22T10:00", area="zhongmu")[0] is Reason.REST_DAY
    assert found("2026-11-22T10:00", area="anyang") == (Reason.ALWAYS, None)
    province = replace(CALENDAR, hours={"henan": OFFICE})
    assert found("2026-11-22T10:00", province, "anyang")[0] is Reason.REST_DAY
    both = replace(CALENDAR, hours={"henan": None, ALL: OFFICE})
    assert found("2026-11-22T10:00", both, "anyang")[0] is Reason.REST_DAY
    assert found("2026-11-22T10:00", both, "henan")[0] is Reason.ALWAYS
    own = replace(both, hours={**both.hours, "zhongmu": None})
    assert found("2026-11-22T10:00", own, "zhongmu")[0] is Reason.ALWAYS
    assert found("2026-11-22T10:00", ALWAYS_OPEN, "nowhere") == (Reason.ALWAYS, None)


def test_a_closure_wins_over_hours_and_ends_when_it_says() -> None:
    shut = Closure("zhengzhou", at("2026-11-23T10:00"), at("2026-11-24T10:00"), "停电")
    closed = replace(CALENDAR, closures=(shut,))
    assert found("2026-11-23T09:00", closed) == (Reason.HOURS, at("2026-11-23T10:00"))
    assert found("2026-11-23T11:00", closed, "zhongmu") == (Reason.CLOSURE, at("2026-11-24T10:00"))
    assert opening("zhengzhou", at("2026-11-23T11:00"), closed).why == "停电"
    always = Calendar(closures=(replace(shut, area=ALL, end=None),))
    assert found("2026-11-23T09:00", always, "anyang") == (Reason.ALWAYS, at("2026-11-23T10:00"))
    assert found("2026-11-23T11:00", always, "anyang") == (Reason.CLOSURE, None)


def test_a_closed_area_says_when_it_opens_and_offers_the_province_that_is_open() -> None:
    met = reception(ZHENGZHOU, HENAN, at("2026-11-22T22:00"), CALENDAR)
    assert met.closed == "rest_day"
    assert met.says == ("closed_rest_day", "day_1", "hour_08", "minute_30", "open_again")
    assert met.province_open
    shut = replace(CALENDAR, hours={ALL: OFFICE, "henan": OFFICE})
    assert not reception(ZHENGZHOU, HENAN, at("2026-11-22T22:00"), shut).province_open
    assert reception(HENAN, HENAN, at("2026-11-23T10:00"), shut) == reception(
        HENAN, HENAN, at("2026-11-23T10:00"), ALWAYS_OPEN
    )


def test_a_notice_is_heard_by_its_city_and_its_counties_until_it_ends() -> None:
    everybody = Notice(ALL, "全省公告", "notices/a")
    city = Notice("zhengzhou", "系统升级", "notices/b", until=at("2026-11-23T12:00"))
    noticed = replace(CALENDAR, notices={ALL: everybody, "zhengzhou": city})
    assert reception(ZHONGMU, HENAN, at("2026-11-23T11:00"), noticed).notices == ("notices/a", "notices/b")
    assert reception(ZHONGMU, HENAN, at("2026-11-23T12:00"), noticed).notices == ("notices/a",)


@pytest.mark.parametrize(
    ("opens", "said"),
    [
        ("2026-11-22T23:00", "day_0 hour_23 open_again"),
        ("2026-11-24T14:05", "day_2 hour_14 minute_5 open_again"),
        ("2026-11-25T08:30", "month_11 date_25 weekday_3 hour_08 minute_30 open_again"),
        ("2026-11-23T07:56:30", "day_1 hour_08 open_again"),
        ("2026-11-22T23:58", "day_1 hour_00 open_again"),
    ],
)
def test_a_time_is_said_in_pieces(opens: str, said: str) -> None:
    assert " ".join(reopens(at(opens), at("2026-11-22T22:00"))) == said


def test_every_piece_that_can_be_said_is_a_prompt() -> None:
    keys = set(load())
    start = at("2026-01-01T00:00")
    for step in range(0, 400 * 24 * 60, 35):
        assert set(reopens(start + timedelta(minutes=step), start)) <= keys
    assert {f"closed_{reason}" for reason in Reason if reason not in OPEN_REASONS} <= keys


@pytest.mark.parametrize(
    "text",
    ["", "mon", "mon 8-17", "mon-fri 08:30", "mon 09:00-09:00", "mon 09:00-10:00,09:30-11:00", "fri-mon 08:00-09:00",
     "mon 08:30-25:00", "mon 08:31-09:00", "mon 08:30-12:00; mon 13:00-14:00", "lunch cover", "周一 08:00-09:00",
     "mon 08:00-12:00,12:00-13:00", "mon 22:00-02:00,01:00-05:00"],
)  # fmt: skip
def test_hours_nobody_can_read_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="hours"):
        read(text)


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 288), max_size=6)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Span(start * 5, end * 5) for start, end in pairs)


weeks = st.builds(
    Week, st.tuples(*[spans()] * 7).filter(any), st.booleans(), st.booleans(), spans()
)  # fmt: skip
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1)).map(lambda moment: moment.replace(tzinfo=CHINA))  # noqa: DTZ001


@given(weeks)
def test_hours_are_read_as_they_are_written(week: Week) -> None:
    assert read(written(week)) == week


@settings(max_examples=60, deadline=None)
@given(weeks, moments, st.lists(st.tuples(moments, moments), max_size=2))
def test_nothing_changes_before_the_next_change(
    week: Week, moment: datetime, shut: list[tuple[datetime, datetime]]
) -> None:
    closures = tuple(Closure(ALL, min(pair), max(pair)) for pair in shut)
    calendar = Calendar(hours={ALL: week}, closures=closures, days=DAYS)
    now = opening("luoyang", moment, calendar)
    if now.next_change is None:
        return
    assert now.next_change > moment
    assert opening("luoyang", now.next_change, calendar).open is not now.open
    between = (now.next_change - moment) / 7
    for part in range(1, 7):
        assert opening("luoyang", moment + part * between, calendar).open is now.open
