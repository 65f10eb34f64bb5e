"""The keypad question: which calls are asked for their area, and what each answer leads to. Pure; one table of moves.

A question lives in the dialplan between two doors, as the text of `Question.token`; nothing of ours waits while a
caller thinks. After `TRIES` answers that say nothing, and at key 0, the caller goes to the province.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from core.errors import BadInput
from core.ids import AreaId
from routing.areas import AreaTree
from routing.lookup import Decision, Kind

TRIES = 3
"""How often one question is asked."""
HUMAN = "0"
"""This key alone means: a person, at once."""

QuestionKind = Literal["region", "shared"]


@dataclass(frozen=True, slots=True)
class Question:
    """What the caller is asked next."""

    kind: QuestionKind
    """`region`: key your area code; `shared`: one key for one of the cities of a code."""
    code: str
    """Area code a `shared` question is about, with its 0; empty for `region`."""
    menu: Mapping[str, AreaId]
    """Key -> city of a `shared` question; empty for `region`."""
    attempt: int = 1
    """1 to `TRIES`."""

    @property
    def prompt(self) -> str:
        """Key of the prompt that asks it: `ask_region`, `ask_shared_0391`."""
        return "ask_region" if self.kind == "region" else f"ask_shared_{self.code}"

    @property
    def digits(self) -> int:
        """How many digits to wait for at most."""
        return 4 if self.kind == "region" else 1

    @property
    def token(self) -> str:
        """The question as text for a channel variable: `region/1`, `shared/0391/2`. `question_of` reads it back."""
        return "/".join(part for part in (self.kind, self.code, str(self.attempt)) if part)


class Heard(StrEnum):
    """What a caller's digits mean to a question."""

    NOTHING = "nothing"
    """No key, or none that means something here."""
    HUMAN = "human"
    CITY = "city"
    """One city."""
    SHARED_CODE = "shared code"
    """An area code two cities share."""


class Move(StrEnum):
    """What happens next."""

    AREA = "area"
    """The area is known."""
    ASK_AGAIN = "ask again"
    ASK_NEXT = "ask next"
    """Another question, at its first attempt."""
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Choice:
    """What an answer leads to: an area to ring, or a question to ask."""

    move: Move
    area: AreaId | None
    """For `AREA` the keyed city, for `PROVINCE` the root; None while there is a question."""
    question: Question | None
    wanted_human: bool = False
    """The caller asked for a person, rather than giving no usable answer."""


_MOVES: dict[tuple[QuestionKind, bool, Heard], Move] = {
    # question, last attempt, heard: move
    ("region", False, Heard.NOTHING): Move.ASK_AGAIN,
    ("region", False, Heard.HUMAN): Move.PROVINCE,
    ("region", False, Heard.CITY): Move.AREA,
    ("region", False, Heard.SHARED_CODE): Move.ASK_NEXT,
    ("region", True, Heard.NOTHING): Move.PROVINCE,
    ("region", True, Heard.HUMAN): Move.PROVINCE,
    ("region", True, Heard.CITY): Move.AREA,
    ("region", True, Heard.SHARED_CODE): Move.ASK_NEXT,
    ("shared", False, Heard.NOTHING): Move.ASK_AGAIN,
    ("shared", False, Heard.HUMAN): Move.PROVINCE,
    ("shared", False, Heard.CITY): Move.AREA,
    ("shared", False, Heard.SHARED_CODE): Move.ASK_NEXT,
    ("shared", True, Heard.NOTHING): Move.PROVINCE,
    ("shared", True, Heard.HUMAN): Move.PROVINCE,
    ("shared", True, Heard.CITY): Move.AREA,
    ("shared", True, Heard.SHARED_CODE): Move.ASK_NEXT,
}


def ask_for(decision: Decision, tree: AreaTree) -> Question | None:
    """The question a decision leaves open; None if the call can be routed on it."""
    if decision.kind is not Kind.CITY:
        return Question("region", "", {})
    if decision.confidence != "shared" or decision.area_id is None:
        return None
    return _shared(tree.area(decision.area_id).code, tree)


def answer(question: Question, digits: str, tree: AreaTree) -> Choice:
    """What the keyed `digits` (empty after silence) lead to. Any text is an answer; none raises."""
    heard, code, city = _hear(question, digits, tree)
    move = _MOVES[question.kind, question.attempt >= TRIES, heard]
    if move is Move.AREA:
        return Choice(move, city, None)
    if move is Move.ASK_AGAIN:
        return Choice(move, None, replace(question, attempt=question.attempt + 1))
    if move is Move.ASK_NEXT:
        return Choice(move, None, _shared(code, tree))
    return Choice(move, tree.root.id, None, wanted_human=heard is Heard.HUMAN)


def question_of(token: str, tree: AreaTree) -> Question:
    """The question of a token. Raises `BadInput` for anything `Question.token` does not write."""
    match token.split("/"):
        case ["region", attempt]:
            question: Question | None = Question("region", "", {})
        case ["shared", code, attempt]:
            question = _shared(code, tree)
        case _:
            question, attempt = None, ""
    if question is None or attempt not in {str(number) for number in range(1, TRIES + 1)}:
        raise BadInput(f"no question has the token {token[:40]!r}")
    return replace(question, attempt=int(attempt))


def _shared(code: str, tree: AreaTree) -> Question | None:
    known = tree.codes.get(code)
    return Question("shared", code, known.menu) if known is not None and known.menu else None


def _hear(question: Question, digits: str, tree: AreaTree) -> tuple[Heard, str, AreaId | None]:
    """(meaning, area code keyed, city meant)."""
    keyed = digits.strip().removesuffix("#")
    if keyed == HUMAN:
        return Heard.HUMAN, "", None
    if keyed in question.menu:
        return Heard.CITY, "", question.menu[keyed]
    # An area code answers either question: a caller may have learnt it from the first one.
    code = keyed if keyed.startswith("0") else f"0{keyed}"
    known = tree.codes.get(code)
    if known is None:
        return Heard.NOTHING, "", None
    if not known.menu:
        return Heard.CITY, code, known.area
    return (Heard.NOTHING, "", None) if code == question.code else (Heard.SHARED_CODE, code, None)
