"""What to do with a question: answer it, ask back, fetch a person, or admit not to know. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from knowledge.calibrate import Certificate, chance
from knowledge.entry import COUNTRY, HANDOVER, Entry, Library, spoken_for
from knowledge.features import Featurizer
from knowledge.guard import Guard
from knowledge.index import Index, by_likeness
from knowledge.normalize import normalize
from knowledge.trials import Ranking, best_first, signals


class Action(StrEnum):
    """The four ways to go on."""

    ANSWER = "answer"
    CONFIRM = "confirm"
    """「您是想问…吗?」 with the first candidates as choices."""
    HUMAN = "human"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic that may be meant, with the entry that would be spoken here and today."""

    entry: Entry
    score: float
    """The first one's is its chance to be right; the others stand to it as they were ranked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided on one question, and on what grounds."""

    question: str
    normalized: str
    action: Action
    candidates: tuple[Candidate, ...]
    """Best first, at most `SHOWN`; those to choose from when asking back are the first `choices`."""
    score: float
    """Chance that the first candidate is right; 1 for a request that a guard rule recognised."""
    choices: int
    reason: str

    @property
    def entry(self) -> Entry | None:
        """What is spoken or asked back; None for human and unsure."""
        return self.candidates[0].entry if self.action in (Action.ANSWER, Action.CONFIRM) else None


Places = NDArray[np.intp]
SHOWN = 5
LIKE_A_WISH = 0.65
"""Mixed score from which a question that no rule knows still counts as asking for a person."""
PLANS_KEPT = 64
CLOSE = 0.75
"""A second choice is offered when its mixed score reaches this share of the first's."""


class Answerer:
    """Decides questions of one library. All it needs is in memory; any number of readers may share one."""

    def __init__(
        self, library: Library, featurizer: Featurizer, index: Index, certificate: Certificate | None, guard: Guard
    ) -> None:
        self._topics = library.topics()
        self._featurizer = featurizer
        self._index = index
        self._guard = guard
        self.certificate = certificate
        """What the thresholds rest on; None: confirm only."""
        self._plans: dict[tuple[date, tuple[str, ...]], tuple[list[Entry | None], Places]] = {}

    def ask(self, question: str, day: date, scopes: Sequence[str] = (COUNTRY,)) -> Verdict:
        """The verdict on `question` as asked on `day`; `scopes` are the caller's: city, province, country."""
        text = normalize(question)
        if not text:
            return Verdict(question, text, Action.UNSURE, (), 0.0, 0, "nothing said")
        spoken, barred = self._spoken(day, tuple(scopes))
        features = self._featurizer.features(text)
        look = self._index.look(features)
        tables = (*by_likeness(look.likeness, self._index.starts, self._index.centroid_norms), look.classified)
        # Filtered before ranking: what may not be spoken here and today takes no place from what may.
        for table in tables:
            table[barred] = -1
        ranking = Ranking(*(table[None] for table in tables))
        mixed = ranking.mixed[0]
        known, length = np.array([look.known], dtype=np.float32), np.array([len(features)], dtype=np.float32)
        order = best_first(ranking, len(spoken))
        explained = self._index.explained(look.words, int(order[0, 0]))
        rows = signals(ranking, order, [explained], known, length, len(spoken))
        found = [(entry, float(mixed[place])) for place in order[0] if (entry := spoken[place]) is not None]
        stated = float(chance(rows, self.certificate.weights)[0]) if self.certificate else 0.0
        refused = mixed[len(spoken) :]
        place = int(refused.argmax()) if len(refused) else -1
        declined = (self._index.topics[len(spoken) + place], float(refused[place])) if len(refused) else ("", 0.0)
        return self._decide(question, text, found, stated, declined)

    def spoken(self, topic: str, day: date, scopes: Sequence[str] = (COUNTRY,)) -> Entry | None:
        """The entry of `topic` that may be told on `day` to a caller of `scopes`; None if there is none."""
        return spoken_for(self._topics.get(topic, ()), day, tuple(scopes))

    def _spoken(self, day: date, scopes: tuple[str, ...]) -> tuple[list[Entry | None], Places]:
        """Per topic the entry that may be spoken, and places of topics without one. Kept: days have many questions."""
        if (day, scopes) not in self._plans:
            if len(self._plans) >= PLANS_KEPT:
                self._plans.clear()
            spoken = [spoken_for(entries, day, scopes) for entries in self._topics.values()]
            barred = np.array([place for place, entry in enumerate(spoken) if entry is None], dtype=np.intp)
            self._plans[day, scopes] = spoken, barred
        return self._plans[day, scopes]

    def _decide(
        self, question: str, text: str, found: list[tuple[Entry, float]], stated: float, declined: tuple[str, float]
    ) -> Verdict:
        candidates = _candidates(found, stated)
        choices = 1 + (len(found) > 1 and found[1][1] >= CLOSE * found[0][1])

        def verdict(action: Action, reason: str, score: float = stated) -> Verdict:
            return Verdict(
                question, text, action, candidates, round(score, 4), choices if action is Action.CONFIRM else 0, reason
            )

        if wish := self._guard.wants_person(text):
            return verdict(Action.HUMAN, wish, 1.0)
        if not found:
            return verdict(Action.UNSURE, "nothing may be spoken here and today")
        entry, best = found[0]
        if best <= 0:
            return verdict(Action.UNSURE, "no word of it is known")
        nearer, how_near = declined
        if how_near > max(best, LIKE_A_WISH) and nearer == HANDOVER and not self._guard.about_a_matter(text):
            return verdict(Action.HUMAN, "sounds like asking for a person", min(how_near, 1.0))
        if how_near > best:
            return verdict(Action.UNSURE, "nearer to what we do not cover")
        if self.certificate is None:
            return verdict(Action.CONFIRM, "no certificate: confirm only")
        foreign = self._guard.foreign_term(text, entry)
        needed = self.certificate.exact_from if entry.exact else self.certificate.answer_from
        if stated >= needed and not foreign and choices == 1:
            return verdict(Action.ANSWER, f"chance {stated:.3f} of {needed:.3f} needed")
        if foreign:
            return verdict(Action.UNSURE, f"about {foreign}, which we do not cover")
        if stated >= self.certificate.confirm_from:
            why = f"chance {stated:.3f} below {needed:.3f}" if stated < needed else "two topics are as near"
            return verdict(Action.CONFIRM, why)
        return verdict(Action.UNSURE, f"chance {stated:.3f} below {self.certificate.confirm_from:.3f}")


def _candidates(found: list[tuple[Entry, float]], stated: float) -> tuple[Candidate, ...]:
    first = max(found[0][1], 1e-6) if found else 1.0
    return tuple(Candidate(entry, round(stated * max(score, 0.0) / first, 4)) for entry, score in found[:SHOWN])
