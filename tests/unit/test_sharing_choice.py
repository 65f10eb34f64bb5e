"""Who answers next, and why: every rule of sharing, and that no reserve is ever offered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from seats.sharing.choice import AreaNow, Idle, next_seat, room
from seats.sharing.offers import offers
from seats.sharing.plan import Plan, Reserve, Rule, default, parse
from seats.sharing.store import shipped
from seats.sharing.wait import estimated_wait, smoothed
from tests.fakes.henan_tree import TREE

PLAN = default(TREE)
LUOYANG, SANMENXIA, HENAN = AreaId("luoyang"), AreaId("sanmenxia"), AreaId("henan")


def now(area: str, *idle: float, busy: int = 0, waiting: int = 0) -> AreaNow:
    """An area whose free seats are idle since those seconds."""
    seats = tuple(Idle(since, SeatNumber(f"{area}{number}")) for number, since in enumerate(sorted(idle)))
    return AreaNow(len(idle), len(idle) + busy, waiting, seats, float(waiting))


def test_a_free_seat_of_the_callers_own_city_comes_first_the_one_longest_idle() -> None:
    view = {LUOYANG: now("l", 20, 10), SANMENXIA: now("s", 1, 2, 3, 4)}
    choice = next_seat(LUOYANG, view, PLAN)
    assert (choice.seat, choice.area, choice.rule) == ("l0", LUOYANG, Rule.HOME)
    assert choice.why == "洛阳本地座席空闲"


def test_without_one_the_pair_lends_above_its_reserve() -> None:
    view = {LUOYANG: now("l", busy=2), SANMENXIA: now("s", 5, 7), HENAN: now("h", 1, 2, 3, 4)}
    choice = next_seat(LUOYANG, view, PLAN)
    assert (choice.seat, choice.rule) == ("s0", Rule.PAIR)
    assert choice.why == "洛阳无空闲座席，结对的三门峡可支援 1 席（空闲 2，保留 1）"


def test_the_pairs_last_free_seat_is_its_own_then_the_province_helps() -> None:
    view = {LUOYANG: now("l", busy=2), SANMENXIA: now("s", 5, busy=1), HENAN: now("h", 1, 2, busy=2)}
    choice = next_seat(LUOYANG, view, PLAN)
    assert (choice.seat, choice.rule) == ("h0", Rule.PROVINCE)
    assert [(each.area, each.room) for each in choice.candidates] == [(LUOYANG, 0), (SANMENXIA, 0), (HENAN, 1)]


def test_an_area_with_waiting_callers_lends_only_what_they_leave() -> None:
    view = {LUOYANG: now("l", busy=2), SANMENXIA: now("s", 5, 6, 7, 8, waiting=3)}
    choice = next_seat(LUOYANG, view, PLAN)
    assert choice.rule is Rule.NOBODY
    assert choice.why == "洛阳无空闲座席；三门峡有 3 人在等；河南也无空闲"


def test_nobody_is_an_answer_that_says_what_was_looked_at() -> None:
    choice = next_seat(LUOYANG, {SANMENXIA: now("s", 5, busy=1)}, PLAN)
    assert choice.seat is None
    assert choice.why == "洛阳无空闲座席；三门峡空闲 1 席留给本地；河南也无空闲"


def test_a_county_falls_to_its_city_then_the_citys_pair_then_the_province() -> None:
    county, city, pair = AreaId("gongyi"), AreaId("zhengzhou"), AreaId("kaifeng")
    view = {county: now("g", busy=1), city: now("z", 9, 8, 7), pair: now("k", 1, 2, 3), HENAN: now("h", 1, 2, 3)}
    assert next_seat(county, view, PLAN).rule is Rule.PARENT
    assert next_seat(county, view | {city: now("z", 9, busy=2)}, PLAN).area == pair
    empty = {city: now("z", busy=3), pair: now("k", busy=3)}
    assert next_seat(county, view | empty, PLAN).rule is Rule.PROVINCE


def test_of_several_pairs_the_one_with_most_room_then_longest_idle() -> None:
    plan = parse('[area.luoyang]\npairs = ["sanmenxia", "jiaozuo", "jiyuan"]', TREE)
    view = {
        LUOYANG: now("l"),
        SANMENXIA: now("s", 1, 2),
        AreaId("jiaozuo"): now("a", 9, 8, 7),
        AreaId("jiyuan"): now("b", 5, 6, 7),
    }
    assert next_seat(LUOYANG, view, plan).area == "jiyuan"
    assert next_seat(LUOYANG, view | {AreaId("jiaozuo"): now("a", 9, 8, 7, 6)}, plan).area == "jiaozuo"


@pytest.mark.parametrize(("staffed", "kept"), [(0, 0), (1, 0), (2, 1), (4, 1), (6, 2), (10, 3), (100, 25)])
def test_the_usual_reserve(staffed: int, kept: int) -> None:
    assert Reserve().of(staffed) == kept


def test_the_plan_of_henan_that_is_shipped_covers_everybody() -> None:
    plan = shipped("henan", TREE)
    assert {each.area for each in plan} == {area.id for area in TREE}
    assert plan[HENAN].steps == ()
    assert list(plan[AreaId("zhongmu")].penalties.values()) == [0, 1, 2, 2, 2, 3]
    assert all(plan[near].lends for each in plan for near in each.penalties if near != each.area)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[reserve", "not TOML"),
        ("[reserves]", "unknown 'reserves'"),
        ("[area.beijing]", "beijing is no area of henan"),
        ("[area.luoyang]\npair = []", "unknown 'pair'"),
        ('[area.luoyang]\npairs = "kaifeng"', "a list of area ids"),
        ('[area.luoyang]\npairs = ["luoyang"]', "luoyang is not another city"),
        ('[area.luoyang]\npairs = ["gongyi"]', "gongyi is not another city"),
        ('[area.gongyi]\npairs = ["zhengzhou"]', "zhengzhou is not another city"),
        ('[area.luoyang]\npairs = ["kaifeng", "kaifeng"]', "twice"),
        ("[area.luoyang]\nlends = 1", "true or false"),
        ("[reserve]\nshare = 1.5", "from 0 to 1"),
        ("[reserve]\ncount = -1", "whole number"),
        ("[reserve]\ncount = 1\nshare = 0.5", "not both"),
        ("[area]\nluoyang = 3", "is a table"),
    ],
)
def test_a_wrong_plan_is_refused_and_says_where(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse(text, TREE)


def test_a_county_follows_the_pairs_of_its_city() -> None:
    plan = parse('[area.zhengzhou]\npairs = ["luoyang"]', TREE)
    assert [step.areas for step in plan[AreaId("gongyi")].steps] == [("zhengzhou",), ("luoyang",), ("henan",)]


def test_who_waits_gets_a_seat_of_their_own_and_the_next_one_is_offered_ahead() -> None:
    view = {LUOYANG: now("l", busy=2, waiting=1), HENAN: now("h", 1, 2, 3, 4), SANMENXIA: now("s", busy=2)}
    given = offers(view, PLAN)
    assert {pair for pair in given if pair[0] == LUOYANG} == {(LUOYANG, "h0"), (LUOYANG, "h1")}
    # The areas that have nobody are all offered the same seat ahead.
    assert {seat for area, seat in given if area != LUOYANG} == {"h1"}


def test_two_areas_that_wait_never_get_the_same_seat() -> None:
    view = {
        LUOYANG: now("l", busy=1, waiting=1),
        SANMENXIA: now("s", busy=1, waiting=2),
        HENAN: now("h", 1, 2, busy=2),
    }
    given = offers(view, PLAN)
    assert set(given) == {(LUOYANG, "h0")}  # who waits longest; the province keeps its other one


_AREAS = st.builds(
    lambda free, busy, waiting: (free, busy, waiting), st.integers(0, 6), st.integers(0, 6), st.integers(0, 4)
)


@settings(max_examples=150)
@given(st.lists(_AREAS, min_size=len(TREE.areas), max_size=len(TREE.areas)), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_never_more_seats_are_offered_than_there_is_room(areas: list[tuple[int, int, int]], share: float) -> None:
    plan: Plan = parse(f"[reserve]\nshare = {share}", TREE)
    view = {
        area.id: now(area.id, *range(free), busy=busy, waiting=waiting)
        for area, (free, busy, waiting) in zip(TREE, areas, strict=True)
    }
    given = offers(view, plan)
    for lender in plan:
        lent = {seat for _, seat in given if seat.rstrip("0123456789") == lender.area}
        assert len(lent) <= room(lender, view[lender.area])
    for (area, seat), choice in given.items():
        assert choice.seat == seat
        assert choice.area in plan[area].penalties
        assert choice.rule is not Rule.HOME


@pytest.mark.parametrize(
    ("waiting", "free", "serving", "wait"), [(0, 2, 4, 0), (0, 0, 4, 45), (3, 0, 4, 180), (3, 4, 9, 0), (1, 0, 0, None)]
)
def test_estimated_wait(waiting: int, free: int, serving: int, wait: int | None) -> None:
    assert estimated_wait(waiting, free, serving, 180.0) == wait


def test_handling_times_are_smoothed() -> None:
    assert smoothed(None, 100.0) == 100.0
    assert smoothed(100.0, 200.0) == pytest.approx(110.0)
