"""A house for conversations: real entries, areas and words, answers by script instead of an index, facts in a list."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

from core.clock import TurnedClock
from core.ids import LinkedId
from core.journal import JSON
from ivr.prompts import texts
from ivr.session import topics
from ivr.session.house import House
from ivr.session.places import Places
from knowledge import files, syllables
from knowledge.entry import COUNTRY, Entry, Library, spoken_for
from knowledge.guard import Guard
from knowledge.normalize import normalize
from knowledge.verdict import Action, Candidate, Verdict
from tests.fakes.henan_tree import TREE

LIBRARY: Final[Library] = files.load()
_TOPICS: Final = LIBRARY.topics()

PASSENGER, LOST, RENT, QUOTA = "invoice.passenger", "invoice.lost_paper", "iit.deduct_rent", "invoice.quota_raise"
SCRIPT: Final[Mapping[str, tuple[Action, tuple[str, ...]]]] = {
    "机票能不能抵扣": (Action.ANSWER, (PASSENGER,)),
    "发票丢了怎么办": (Action.ANSWER, (LOST,)),
    "租房能抵多少": (Action.ANSWER, (RENT,)),
    "开票额度的事": (Action.CONFIRM, (QUOTA, "invoice.quota_what")),
    "抵扣的事": (Action.CONFIRM, (PASSENGER,)),
    "额度不够用": (Action.CONFIRM, (QUOTA, LOST)),
}


class ScriptedAnswers:
    """`Answers` of `SCRIPT`; wishes for a person by the real rules; anything else is unsure."""

    def __init__(self) -> None:
        self._guard = _guard()
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def ask(self, question: str, day: date, scopes: Sequence[str] = (COUNTRY,)) -> Verdict:
        self.asked.append((question, tuple(scopes)))
        action, names = SCRIPT.get(question, (Action.UNSURE, ()))
        if self._guard.wants_person(normalize(question)):
            action, names = Action.HUMAN, ()
        found = [entry for name in names if (entry := self.spoken(name, day, scopes)) is not None]
        choices = len(found) if action is Action.CONFIRM else 0
        candidates = tuple(Candidate(entry, 0.9) for entry in found)
        return Verdict(question, question, action, candidates, 0.9, choices, "scripted")

    def spoken(self, topic: str, day: date, scopes: Sequence[str] = (COUNTRY,)) -> Entry | None:
        return spoken_for(_TOPICS.get(topic, ()), day, tuple(scopes))


class Notes(list[tuple[str, Mapping[str, Any]]]):
    """Facts noted: (kind, fields)."""

    def note(self, kind: str, call: LinkedId | None, fields: Mapping[str, JSON]) -> None:
        if call is None:
            raise AssertionError("a fact of no call")
        self.append((kind, fields))

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [fields for noted, fields in self if noted == kind]


def scripted_house(clock: TurnedClock | None = None) -> tuple[House, ScriptedAnswers, Notes]:
    """A house, what was asked of it, and what was noted there."""
    answers, notes = ScriptedAnswers(), Notes()
    clock = clock or TurnedClock(datetime(2027, 3, 1, 2, tzinfo=UTC))
    prompts = {key: prompt.text for key, prompt in texts.load().items()}
    return House(answers, TREE, _places(), topics.load(), prompts, clock, notes.note), answers, notes


def entry(name: str, scope: str = COUNTRY) -> Entry:
    """A real entry, by its id; of several scopes the one asked for, else the first."""
    found = _TOPICS[name]
    return next((one for one in found if one.scope == scope), found[0])


@cache
def _guard() -> Guard:
    return Guard(LIBRARY)


@cache
def _places() -> Places:
    return Places(TREE, syllables.build())
