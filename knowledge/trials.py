"""Questions imitated by leaving things out of an index, and the signals that tell a sure ranking from a doubtful. Pure.

What a caller will ask and we do answer is imitated by leaving one phrasing out; what we do not answer, by leaving a
whole topic out. Neither needs a new fit: taking rows out of regularised least squares has a closed form.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.index import Floats, Index, Ints, Words, by_likeness, memberships, mix

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores of rows of questions, per class."""

    centroid: Floats
    nearest: Floats
    classifier: Floats

    @property
    def mixed(self) -> Floats:
        return mix(self.centroid, self.nearest, self.classifier)


@dataclass(frozen=True, slots=True)
class Trials:
    """Questions imitated: per trial its signals, whether the first topic is right, and so on."""

    signals: Numbers
    right: NDArray[np.bool_]
    in_two: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    """Whether the topic ranked first holds amounts, deadlines or penalties."""
    covered: NDArray[np.bool_]
    """False: the question's topic had been left out, or is none of ours."""
    ours: NDArray[np.bool_]
    """Whether the question belongs to a topic of ours, left out or not."""

    @staticmethod
    def joined(parts: Sequence["Trials"]) -> "Trials":
        return Trials(*(np.concatenate([getattr(part, name) for part in parts]) for name in Trials.__slots__))


def best_first(ranking: Ranking, answered: int) -> Ints:
    """The five best topics of each question, best first; only the first `answered` classes are answers."""
    order: Ints = np.argsort(-ranking.mixed[:, :answered], axis=1)[:, :5].astype(np.int32)
    return order


def signals(
    ranking: Ranking, order: Ints, explained: Sequence[float], known: Floats, lengths: Floats, answered: int
) -> Numbers:
    """Signals of rows of ranked questions; `order` as `best_first` has it, `explained` by the first of each.

    The signals: mixed score of the first topic; its lead over the second, over the best declined class, over the
    second as a share; its lead by each of the three scores alone; its nearest phrasing, its classifier score; the
    shares of the question that are known at all and that the first topic says somewhere («微信密码忘了»: none of
    ours says 微信); its length (logarithm); a constant.
    """
    mixed = ranking.mixed
    rows = np.arange(len(mixed))
    first = order[:, 0]
    best = mixed[rows, first]
    declined = mixed[:, answered:].max(axis=1) if mixed.shape[1] > answered else np.zeros(len(mixed))
    second = mixed[rows, order[:, 1]] if order.shape[1] > 1 else np.zeros(len(mixed))
    columns = (
        best,
        best - second,
        best - np.maximum(declined, 0),
        (best - second) / np.maximum(best, 0.05),
        *(_lead(table, rows, first) for table in (ranking.centroid, ranking.nearest, ranking.classifier)),
        ranking.nearest[rows, first],
        ranking.classifier[rows, first],
        known,
        np.asarray(explained),
        np.log1p(lengths) / 4,
        np.ones(len(mixed)),
    )
    return np.stack(columns, axis=1).astype(np.float64)


def _lead(table: Floats, rows: NDArray[np.int64], first: Ints) -> Floats:
    """By how much `first` leads every other class in `table`; negative where it trails."""
    others = table.copy()
    others[rows, first] = -np.inf
    lead: Floats = table[rows, first] - others.max(axis=1)
    return lead


@dataclass(frozen=True, slots=True)
class Hearing:
    """Questions as heard: likeness of each to every phrasing, known share and number of features, known words."""

    likeness: Floats
    known: Floats
    lengths: Floats
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """An index with what leaving-out needs."""

    index: Index
    picked: Ints
    """The phrasings asked as questions, in index order; not all of a large index, and never an entry's own text."""
    hearings: tuple[Hearing, ...]
    """The picked ones heard rightly, then misheard."""
    inverse: Floats
    """See `index.inverted`; empty when the index has no classifier."""
    exact: NDArray[np.bool_]
    """Per class."""
    answered: int
    """Classes that are answers come first; the others are declined."""

    @property
    def duals(self) -> Floats:
        """The classifier, phrasings × classes; no rows when there is none."""
        return self.inverse @ memberships(self.index.starts) if len(self.inverse) else self.inverse

    @property
    def owners(self) -> Ints:
        """Class of each picked phrasing."""
        return (np.searchsorted(self.index.starts, self.picked, side="right") - 1).astype(np.int32)


def leave_phrasings_out(bench: Bench) -> Trials:
    """Every question of ours asked of an index that does not hold it."""
    index = bench.index
    mine = np.flatnonzero(bench.owners < bench.answered)
    rows, own, at = bench.picked[mine], bench.owners[mine], np.arange(len(mine))
    heard = bench.hearings[0].likeness[mine]
    inside = np.add.reduceat(heard, index.starts[:-1], axis=1)[at, own]
    shrunk = np.sqrt(np.maximum(index.centroid_norms[own] ** 2 - 2 * inside + heard[at, rows], 1e-6))
    duals, parts = bench.duals, []
    for hearing in bench.hearings:
        seen = hearing.likeness[mine].copy()
        classifier = _classified(bench, seen, duals)
        if len(bench.inverse):
            pulls = np.einsum("ij,ij->i", seen, bench.inverse[rows]) / bench.inverse[rows, rows]
            classifier -= pulls[:, None] * duals[rows]
        seen[at, rows] = 0
        centroid, nearest = by_likeness(seen, index.starts, index.centroid_norms)
        centroid[at, own] *= index.centroid_norms[own] / shrunk
        parts.append(_trials(bench, Ranking(centroid, nearest, classifier), hearing, mine, own))
    return Trials.joined(parts)


def leave_topics_out(bench: Bench) -> Trials:
    """Every question asked of an index that knows nothing of its topic: nobody should be answered."""
    index, owners, duals = bench.index, bench.owners, bench.duals
    # All at once: the classifier is read through once, not once a topic.
    classified = [_classified(bench, hearing.likeness, duals) for hearing in bench.hearings]
    parts = []
    for topic in np.unique(owners):
        mine = np.flatnonzero(owners == topic)
        block = slice(int(index.starts[topic]), int(index.starts[topic + 1]))
        for hearing, whole in zip(bench.hearings, classified, strict=True):
            seen, classifier = hearing.likeness[mine], whole[mine]
            if len(bench.inverse):
                correction = np.linalg.solve(bench.inverse[block, block], duals[block])
                classifier -= (seen @ bench.inverse[:, block]) @ correction
            centroid, nearest = by_likeness(seen, index.starts, index.centroid_norms)
            for table in (centroid, nearest, classifier):
                table[:, topic] = -1
            parts.append(_trials(bench, Ranking(centroid, nearest, classifier), hearing, mine, None))
    return Trials.joined(parts)


def _classified(bench: Bench, likeness: Floats, duals: Floats) -> Floats:
    return likeness @ duals if len(duals) else np.zeros((len(likeness), len(bench.index.topics)), dtype=np.float32)


def _trials(bench: Bench, ranking: Ranking, hearing: Hearing, mine: NDArray[np.int64], own: Ints | None) -> Trials:
    order = best_first(ranking, bench.answered)
    explained = [
        bench.index.explained(hearing.words[row], int(first), int(bench.picked[row]))
        for row, first in zip(mine, order[:, 0], strict=True)
    ]
    rows = signals(ranking, order, explained, hearing.known[mine], hearing.lengths[mine], bench.answered)
    hits: NDArray[np.bool_] = order == own[:, None] if own is not None else np.zeros(order.shape, dtype=np.bool_)
    return Trials(
        signals=rows,
        right=hits[:, 0],
        in_two=hits[:, 0] | hits[:, min(1, hits.shape[1] - 1)],
        exact=bench.exact[order[:, 0]],
        covered=np.full(len(order), own is not None),
        ours=bench.owners[mine] < bench.answered,
    )
