"""What one caller is told: answers, choices to pick from, related questions, menus; and what is left of each. Pure."""

from collections.abc import Sequence
from typing import Final

from ivr.session import saying, story
from ivr.session.house import House
from ivr.session.ports import Part, Prompt
from ivr.session.saying import Saying
from ivr.session.story import Question
from ivr.session.whereabouts import Whereabouts
from knowledge.entry import Entry
from knowledge.verdict import Verdict

OFFERED: Final = 2
"""Choices of a confirmation, and related questions, at most."""


class Telling:
    """The questions of one call and what was said to them."""

    def __init__(self, house: House, where: Whereabouts) -> None:
        self._house = house
        self._where = where
        self.questions: list[Question] = []
        self.slow = False
        """The mode for older callers."""
        self.deaf = False
        """Recognition is lost: the caller has keys alone."""
        self.served = False
        """An answer was heard whole."""
        self.rest = ""
        """Second half of the answer told last."""
        self.offered: tuple[Entry, ...] = ()
        """What the caller may pick by its place."""
        self.menu: tuple[str, ...] = ()
        """Groups, or topics of one, by key."""
        self._refused: set[str] = set()

    def asked(self, verdict: Verdict) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Note a question: what was offered before it, and what it may mean, without what the caller refused."""
        offered, self.offered = self.offered, ()
        self.questions.append(Question(verdict, verdict.action.value))
        return offered, tuple(found.entry for found in verdict.candidates if found.entry.id not in self._refused)

    def heard(self, said: Saying, whole: bool) -> None:
        """The answer of `said` was begun; `whole`: and heard to its end."""
        if said.entry is not None and self.questions:
            question = self.questions[-1]
            question.told, question.whole = True, whole
            self.served = self.served or whole

    def tell(self, entry: Entry, whole: bool = False) -> Saying:
        """The answer and what may be asked after it; in two parts for older callers, unless `whole`."""
        question = self.questions[-1]
        question.again = any(other.entry == entry and other.told for other in self.questions[:-1])
        question.entry = entry
        self._refused.clear()
        head, self.rest = saying.halves(entry.answer) if self.slow and not whole else (entry.answer, "")
        return self._answer(entry, head)

    def again(self, entry: Entry, whole: bool = False) -> Saying:
        """What was told last, asked for once more."""
        self.questions.append(Question(self.questions[-1].verdict, self.questions[-1].how))
        return self.tell(entry, whole)

    def second_half(self, entry: Entry) -> Saying:
        """The rest of the answer told last."""
        rest, self.rest = self.rest, ""
        return self._answer(entry, rest)

    def choose(self, choices: tuple[Entry, ...]) -> Saying:
        """「您是想问甲,还是乙?」"""
        self.offered = choices
        return saying.choice([entry.label for entry in choices], hint=self.slow or self.deaf)

    def taken(self, place: int, picked: bool) -> Entry | None:
        """What stands at `place` of what was offered; `picked`: as a question of its own."""
        if place >= len(self.offered):
            return None
        entry, self.offered = self.offered[place], ()
        if picked:
            self.questions.append(story.picked(entry))
        return entry

    def refuse(self) -> None:
        """None of what was offered is meant."""
        self._refused |= {entry.id for entry in self.offered}

    def invitation(self) -> Saying:
        """For another question, in words or by keys."""
        self._refused.clear()
        return self.groups() if self.deaf else saying.asking(Prompt("talk_go_on"))

    def groups(self, *before: Part) -> Saying:
        """The menu of topics, from its beginning."""
        self.menu = tuple(group.name for group in self._house.topics)
        return saying.menu(self.menu, *before)

    def line(self, line: str) -> Saying | None:
        """What follows a line of the menu, a group or a topic; None for a topic not told here and today."""
        group = next((group for group in self._house.topics if group.name == line), None)
        if group is not None:
            found = self._spoken(group.entries)
            self.menu = tuple(entry.id for entry in found)
            return saying.menu([entry.label for entry in found])
        entry = next(iter(self._spoken((line,))), None)
        if entry is None:
            return None
        self.questions.append(story.picked(entry))
        return self.tell(entry)

    def _answer(self, entry: Entry, text: str) -> Saying:
        told = {question.entry.id for question in self.questions if question.entry is not None}
        self.offered = tuple(other for other in self._spoken(entry.related) if other.id not in told)[:OFFERED]
        return saying.answer(
            entry,
            text,
            more=bool(self.rest),
            closed=self._where.closed,
            related=[other.label for other in self.offered],
            keys=self.deaf or self.slow or not self.served,
        )

    def _spoken(self, topics: Sequence[str]) -> list[Entry]:
        day, scopes = self._house.today(), self._where.scopes
        found = (self._house.answers.spoken(topic, day, scopes) for topic in topics)
        return [entry for entry in found if entry is not None]
