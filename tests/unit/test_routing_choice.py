"""The keypad question: every state with every kind of input."""

import pytest

from core.errors import BadInput
from core.ids import AreaId
from routing.choice import TRIES, Move, Question, answer, ask_for, question_of
from routing.lookup import decide
from tests.fakes.henan import henan_tables

TABLES = henan_tables()
TREE = TABLES.tree

TOKENS = [*(f"region/{n}" for n in (1, 2, 3)), *(f"shared/{code}/{n}" for code in ("0371", "0391") for n in (1, 2, 3))]

ANYWHERE = {
    # keyed: city (an area code settles either question)
    **{"0379": "luoyang", "379": "luoyang", "379#": "luoyang", "0370": "shangqiu", "0398": "sanmenxia"},
    **{"0378": "kaifeng", "390": "jiyuan", "0397": "xinyang"},
}
MENUS = {"0371": {"1": "zhengzhou", "2": "kaifeng"}, "0391": {"1": "jiaozuo", "2": "jiyuan"}}
NOTHING = [
    "",
    "#",
    "9",
    "3",
    "00",
    "000",
    "010",
    "0999",
    "37",
    "03799",
    "12366",
    "*",
    "1*",
    "abc",
    "\x00",
    "０",
    "1" * 9999,
]


def at(token: str) -> Question:
    return question_of(token, TREE)


@pytest.mark.parametrize("token", TOKENS)
def test_token_round_trip(token: str) -> None:
    assert at(token).token == token


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(("digits", "city"), ANYWHERE.items())
def test_an_area_code_is_an_answer_everywhere(token: str, digits: str, city: str) -> None:
    choice = answer(at(token), digits, TREE)
    assert (choice.move, choice.area, choice.question) == (Move.AREA, city, None)


@pytest.mark.parametrize("token", [token for token in TOKENS if token.startswith("shared")])
@pytest.mark.parametrize("key", ["1", "2", "1#", " 2"])
def test_menu_keys(token: str, key: str) -> None:
    choice = answer(at(token), key, TREE)
    assert (choice.move, choice.area) == (Move.AREA, MENUS[token.split("/")[1]][key.strip(" #")])


@pytest.mark.parametrize("token", ["region/1", "region/3"])
def test_menu_keys_mean_nothing_to_the_region_question(token: str) -> None:
    assert answer(at(token), "1", TREE).move in (Move.ASK_AGAIN, Move.PROVINCE)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("key", ["0", "0#"])
def test_zero_is_a_person_at_once(token: str, key: str) -> None:
    choice = answer(at(token), key, TREE)
    assert (choice.move, choice.area, choice.question, choice.wanted_human) == (Move.PROVINCE, "henan", None, True)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("digits", NOTHING)
def test_anything_else_is_asked_three_times(token: str, digits: str) -> None:
    question = at(token)
    choice = answer(question, digits, TREE)
    if question.attempt < TRIES:
        assert choice.move is Move.ASK_AGAIN
        assert choice.question is not None
        assert choice.question.attempt == question.attempt + 1
        assert (choice.question.kind, choice.question.code, choice.area) == (question.kind, question.code, None)
    else:
        assert (choice.move, choice.area, choice.question, choice.wanted_human) == (Move.PROVINCE, "henan", None, False)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("code", ["0371", "0391"])
def test_a_shared_code_leads_to_its_question(token: str, code: str) -> None:
    question = at(token)
    choice = answer(question, code, TREE)
    if question.code == code:
        # Keying the code that is being asked about answers nothing.
        assert choice.move in (Move.ASK_AGAIN, Move.PROVINCE)
    else:
        assert choice.move is Move.ASK_NEXT
        assert choice.question is not None
        assert (choice.question.token, choice.question.prompt) == (f"shared/{code}/1", f"ask_shared_{code}")
        assert choice.question.menu == {key: AreaId(city) for key, city in MENUS[code].items()}


@pytest.mark.parametrize(
    ("raw", "token"),
    [
        ("", "region/1"),
        ("+12125550123", "region/1"),
        ("13800138000", "region/1"),  # Beijing: may well live here
        ("12366", "region/1"),
        ("16800001234", "region/1"),
        ("13903910001", "shared/0391/1"),
        ("03913912345", "shared/0391/1"),
        ("15503901234", None),  # an override is certain
        ("03916612345", None),
        ("13803710000", None),
        ("037155012345", None),
        ("037112345", None),
        ("03783912345", None),
    ],
)
def test_who_is_asked(raw: str, token: str | None) -> None:
    question = ask_for(decide(raw, "0371", TABLES), TREE)
    assert (question.token if question else None) == token
    if question is not None:
        assert question.digits == (4 if question.kind == "region" else 1)


def test_a_silent_caller_reaches_the_province() -> None:
    question: Question | None = Question("region", "", {})
    asked = 0
    while question is not None:
        asked += 1
        choice = answer(question, "", TREE)
        question = choice.question
    assert (asked, choice.area) == (TRIES, "henan")


@pytest.mark.parametrize(
    "token", ["", "region", "region/0", "region/4", "region/x", "shared/1", "shared/0379/1", "shared/0999/1", "a/b/c/d"]
)
def test_a_token_we_did_not_write_is_refused(token: str) -> None:
    with pytest.raises(BadInput, match="no question"):
        question_of(token, TREE)
