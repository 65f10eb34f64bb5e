"""What every conversation of a process shares: the answers, the area names, the words, and where facts go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from core.clock import CHINA, Clock
from core.ids import AreaId, LinkedId
from core.journal import JSON
from ivr.session.places import Places
from ivr.session.topics import Group
from knowledge.entry import COUNTRY, Entry
from knowledge.verdict import Verdict
from routing.areas import AreaTree
from routing.reception import Reception

Note = Callable[[str, LinkedId | None, Mapping[str, JSON]], object]
"""Puts a fact into the journal; never raises (`core.journal.Journal.note`)."""


class Answers(Protocol):
    """What knows the answers: `knowledge.verdict.Answerer`."""

    def ask(self, question: str, day: date, scopes: Sequence[str] = ...) -> Verdict:
        """The verdict on a question as asked on that day by a caller of `scopes`, nearest first."""
        ...

    def spoken(self, topic: str, day: date, scopes: Sequence[str] = ...) -> Entry | None:
        """The entry of a topic that may be told then and there."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """Shared by all calls; changes nothing while they last."""

    answers: Answers
    tree: AreaTree
    places: Places
    topics: tuple[Group, ...]
    prompts: Mapping[str, str]
    """Text of each prompt, for the transcript."""
    clock: Clock
    note: Note
    met: Callable[[AreaId], Reception] | None = None
    """How an area's callers are met now; None: as the call arrived, wherever its caller belongs."""

    def scopes(self, area: str | None) -> tuple[str, ...]:
        """Scopes of a caller there, nearest first."""
        root = self.tree.root.id
        if area is None or area not in self.tree:
            return root, COUNTRY
        return (*dict.fromkeys((area, self.tree.city_of(area).id, root)), COUNTRY)

    def today(self) -> date:
        """Today in China."""
        return self.clock.now().astimezone(CHINA).date()
