"""Who may do what to whom: roles × areas × verbs, every cell written out."""

import itertools

import pytest

from core.ids import AreaId, SeatNumber
from routing.areas import AreaTree
from seats.accounts.user import Role, User, member
from seats.supervision.rules import (
    COMMANDS,
    JOINS,
    NO_TARGET,
    READS,
    Target,
    TargetKind,
    Verb,
    may,
    may_send,
    role_may,
)
from tests.fakes.henan_tree import TREE

_READ = {"own", "see", "history", "recording", "audit", "story", "supervised", "figures", "callbacks", "tasks"}
_NUMBERS = {"numbers", "card"}
_JOIN = {"listen", "whisper", "barge", "takeover"}
_PASS = {"transfer", "consult", "threeway", "hold", "unhold", "complete", "cancel", "adviser", "third"}
_ACT = {"hangup", "move", "unpause", "logout", "home", "hours", "follow_up"}
_DESK = {"log-in", "log-out", "pause", "ready", "wrap-up"}
_MOVES = {"transfer", "consult", "threeway", "hold", "unhold", "complete", "cancel", "adviser", "third"}
_SEATS_OWN = {"supervised", "story", "card", "tasks", "follow_up"} | _DESK | _MOVES
"""What a seat may at its own number."""
ALL = _READ | _NUMBERS | _JOIN | _PASS | _ACT | _DESK | _MOVES

AREAS: dict[str, frozenset[AreaId | None]] = {
    "own city": frozenset({AreaId("zhengzhou")}),
    "own county": frozenset({AreaId("gongyi")}),
    "city and county": frozenset({AreaId("zhengzhou"), AreaId("gongyi")}),
    "another city": frozenset({AreaId("luoyang")}),
    "another's county": frozenset({AreaId("xiangcheng")}),
    "province": frozenset({AreaId("henan")}),
    "own and another": frozenset({AreaId("zhengzhou"), AreaId("luoyang")}),
    "own and undecided": frozenset({AreaId("zhengzhou"), None}),
    "undecided": frozenset({None}),
    "none at all": frozenset(),
    "no such area": frozenset({AreaId("atlantis")}),
}
_OWN = ("own city", "own county", "city and county")
_PARTLY = ("own and another", "own and undecided")

TABLE: dict[str, dict[str, set[str]]] = {
    "province_supervisor": dict.fromkeys(AREAS, ALL),
    "city_supervisor": {
        **{key: set() for key in AREAS},
        **dict.fromkeys(_OWN, ALL),
        **dict.fromkeys(_PARTLY, _READ | _NUMBERS),
    },
    "auditor of the province": dict.fromkeys(AREAS, _READ),
    "seat": {key: set() for key in AREAS},
    "auditor of the city": {**{key: set() for key in AREAS}, **dict.fromkeys((*_OWN, *_PARTLY), _READ)},
}
"""Who × which areas -> the verbs allowed. Whoever changes a cell changes what people may do."""


@pytest.fixture(scope="module")
def tree() -> AreaTree:
    return TREE


@pytest.fixture(scope="module")
def people(tree: AreaTree) -> dict[str, User]:
    return {
        "province_supervisor": member(tree, "wang", "province_supervisor", "henan", "3719002"),
        "city_supervisor": member(tree, "li", "city_supervisor", "zhengzhou", "3710002"),
        "auditor of the province": member(tree, "zhao", "auditor", "henan", "3719003"),
        "seat": member(tree, "ding", "seat", "zhengzhou", "3710004"),
        "auditor of the city": member(tree, "qian", "auditor", "zhengzhou", "3710003"),
    }


CELLS = list(itertools.product(TABLE, AREAS, Verb, (TargetKind.AREA, TargetKind.CALL, TargetKind.SEAT)))


def test_every_cell_of_the_table(people: dict[str, User]) -> None:
    assert {str(verb) for verb in Verb} == ALL
    wrong = [
        (who, where, str(verb), str(kind))
        for who, where, verb, kind in CELLS
        if may(people[who], verb, Target(kind, "x", AREAS[where])).allowed != (verb in TABLE[who][where])
    ]
    assert wrong == []
    assert len(CELLS) == 5 * 11 * len(Verb) * 3


OWN_SEAT = list(itertools.product(("3710004", "3710001", "371000", "", "x"), AREAS, Verb, TargetKind))


def test_a_seat_has_its_own_number_whatever_the_area_and_nothing_else(people: dict[str, User]) -> None:
    wrong = [
        (number, where, str(verb), str(kind))
        for number, where, verb, kind in OWN_SEAT
        if kind is not TargetKind.NONE
        and may(people["seat"], verb, Target(kind, number, AREAS[where])).allowed
        != ((number, kind) == ("3710004", TargetKind.SEAT) and verb in _SEATS_OWN)
    ]
    assert wrong == []
    assert {verb for verb in Verb if role_may(people["seat"], verb).allowed} == {Verb.OWN} | _SEATS_OWN
    other = may(people["seat"], Verb.SUPERVISED, Target(TargetKind.SEAT, "3710001", AREAS["own city"]))
    assert (other.why, other.code) == ("seat 3710001 is not seat 3710004", "seat")


def test_without_a_target_only_reading(people: dict[str, User]) -> None:
    for who, verb in itertools.product(people, Verb):
        reads = verb in _READ or (verb in _NUMBERS and "supervisor" in who)
        if who == "seat":
            reads = verb is Verb.OWN
        assert may(people[who], verb, NO_TARGET).allowed == reads, (who, verb)


def test_every_role_is_in_the_table(people: dict[str, User]) -> None:
    assert {user.role for user in people.values()} == set(Role)
    assert frozenset(Verb) == READS | COMMANDS
    assert not READS & COMMANDS
    assert JOINS < COMMANDS


def test_who_has_no_phone_joins_nothing_and_does_the_rest(tree: AreaTree) -> None:
    user = member(tree, "sun", "province_supervisor", "henan")
    target = Target(TargetKind.SEAT, "3710001", AREAS["own city"])
    for verb in COMMANDS:
        verdict = may(user, verb, target)
        assert verdict.allowed == (verb not in JOINS)
        assert verdict.allowed or verdict.code == "phone"


def test_a_refusal_says_why(people: dict[str, User]) -> None:
    luoyang = Target(TargetKind.SEAT, "3790001", AREAS["another city"])
    assert may(people["city_supervisor"], Verb.LISTEN, luoyang).why == "seat 3790001 is not of zhengzhou"
    assert may(people["city_supervisor"], Verb.LISTEN, luoyang).code == "area"
    verdict = role_may(people["auditor of the city"], Verb.HANGUP)
    assert (verdict.why, verdict.code) == ("an auditor may not hangup", "role")


@pytest.mark.parametrize(
    ("who", "to", "allowed"),
    [
        ("province_supervisor", "luoyang", True),
        ("province_supervisor", "henan", True),
        ("province_supervisor", None, True),
        ("city_supervisor", "zhengzhou", True),
        ("city_supervisor", "gongyi", True),
        ("city_supervisor", "henan", True),
        ("city_supervisor", "luoyang", False),
        ("city_supervisor", "xiangcheng", False),
        ("city_supervisor", None, False),
    ],
)
def test_a_city_sends_calls_to_itself_or_to_the_province(
    people: dict[str, User], tree: AreaTree, who: str, to: str | None, allowed: bool
) -> None:
    assert may_send(people[who], AreaId(to) if to else None, tree.root.id).allowed is allowed


def test_the_phone_is_a_seat_number(people: dict[str, User]) -> None:
    assert people["city_supervisor"].phone == SeatNumber("3710002")
