"""The index of phrasings: weighted features, who they belong to, and a linear classifier over them. Pure; numpy only.

A question is scored for each topic by three things: likeness to the topic's centroid, likeness to its nearest phrasing,
and a regularised least-squares classifier. The classifier is found in dual form, from the likeness of every phrasing to
every other, so that leaving some out (`knowledge.trials`) has a closed form; it is kept as weights of features.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.features import CHARACTER, CHARACTERS, CONCEPT, CONCEPTS, SYLLABLE, SYLLABLES, kinds

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

KIND_WEIGHT = {CHARACTER: 1.0, CHARACTERS: 1.0, SYLLABLE: 0.45, SYLLABLES: 0.8, CONCEPT: 1.2, CONCEPTS: 1.3}
"""How much a feature of each kind counts before its rarity; chosen by leaving one phrasing out, clean and misheard."""

CENTROID, NEAREST, CLASSIFIER = 1.0, 0.2, 1.0
"""Shares of the three scores, chosen the same way."""

RIDGE = 0.5
CLASSIFIER_LIMIT = 6_000
"""Phrasings up to which the classifier is fitted: it costs their number cubed. Above, the other two scores decide."""

READ_AT_MOST = 150_000
"""Postings read for one question, rarest features first. Only an index of some ten thousand phrasings has so many; left
unread there are syllables that half of all questions share."""


@dataclass(frozen=True, slots=True)
class Index:
    """Phrasings in topic order. `topics` names the classes; `starts[t]` is the first phrasing of class t."""

    topics: tuple[str, ...]
    starts: Ints
    vocabulary: NDArray[np.int64]
    rarity: Floats
    """Weight of each vocabulary feature."""
    postings_at: Ints
    postings: Ints
    """Phrasings that hold feature f: `postings[postings_at[f]:postings_at[f+1]]`, with `posting_weights`."""
    posting_weights: Floats
    linear: NDArray[np.float16]
    """The classifier, features × classes; no rows when there is none."""
    centroid_norms: Floats

    @property
    def phrasing_count(self) -> int:
        return int(self.starts[-1])

    def look(self, features: NDArray[np.int64]) -> "Look":
        """How a question looks to the index."""
        rows, weights, known = weigh(features, self.vocabulary, self.rarity)
        words = Words(rows, weights)
        if not len(rows):
            nothing = np.zeros(self.phrasing_count, dtype=np.float32)
            return Look(nothing, np.zeros(len(self.topics), dtype=np.float32), known, words)
        firsts, lasts = self.postings_at[rows], self.postings_at[rows + 1]
        classified = weights @ self.linear[rows] if len(self.linear) else np.zeros(len(self.topics), dtype=np.float32)
        if (lasts - firsts).sum() > READ_AT_MOST:
            telling = np.argsort(lasts - firsts)
            telling = telling[: max(1, int(np.searchsorted(np.cumsum((lasts - firsts)[telling]), READ_AT_MOST)))]
            firsts, lasts, weights = firsts[telling], lasts[telling], weights[telling]
        spans = [slice(first, last) for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)]
        hits = np.concatenate([self.postings[span] for span in spans])
        values = np.concatenate([self.posting_weights[span] for span in spans]) * np.repeat(weights, lasts - firsts)
        likeness = np.bincount(hits, weights=values, minlength=self.phrasing_count).astype(np.float32)
        return Look(likeness, classified, known, words)

    def explained(self, words: "Words", topic: int, without: int = -1) -> float:
        """Share of a question's weight in features that `topic` says somewhere, phrasing `without` left unread."""
        first, last = self.starts[topic], self.starts[topic + 1]
        read = (first, without, without + 1, last) if first <= without < last else (first, last)
        spans = zip(self.postings_at[words.rows].tolist(), self.postings_at[words.rows + 1].tolist(), strict=True)
        # Phrasings that hold a feature stand in order: bounds of the topic's own are found, not sought.
        bounds = np.array([self.postings[start:end].searchsorted(read) for start, end in spans]).reshape(-1, len(read))
        said = (bounds[:, 1::2] > bounds[:, ::2]).any(axis=1)
        return float((words.weights[said] ** 2).sum())


@dataclass(frozen=True, slots=True)
class Words:
    """What of a question the vocabulary knows: its rows there, and how much each weighs."""

    rows: Ints
    weights: Floats


@dataclass(frozen=True, slots=True)
class Look:
    """A question seen by an index: cosine to each phrasing, classifier score per class, known share of its weight."""

    likeness: Floats
    classified: Floats
    known: float
    words: Words


def mix(centroid: Floats, nearest: Floats, classifier: Floats) -> Floats:
    """One score per class. Works on rows of classes too."""
    mixed: Floats = CENTROID * centroid + NEAREST * nearest + CLASSIFIER * classifier
    return mixed


def by_likeness(likeness: Floats, starts: Ints, centroid_norms: Floats) -> tuple[Floats, Floats]:
    """Likeness to each class's centroid and to its nearest phrasing, of one question or of rows of questions."""
    centroid = np.add.reduceat(likeness, starts[:-1], axis=-1) / centroid_norms
    return centroid.astype(np.float32), np.maximum.reduceat(likeness, starts[:-1], axis=-1)


def weigh(features: NDArray[np.int64], vocabulary: NDArray[np.int64], rarity: Floats) -> tuple[Ints, Floats, float]:
    """Vocabulary rows of the known features, their weights (unit length with the unknown ones), and the known share."""
    rows = np.searchsorted(vocabulary, features)
    rows[rows == len(vocabulary)] = 0
    known = vocabulary[rows] == features
    # A feature never seen counts as the rarest: a question full of such words is far from everything.
    weights = np.where(known, rarity[rows], _kind_weights(features) * float(np.log1p(len(vocabulary))) * 0.7)
    squares = weights * weights
    total = float(squares.sum()) or 1.0
    return (
        rows[known].astype(np.int32),
        (weights[known] / np.sqrt(total)).astype(np.float32),
        float(squares[known].sum()) / total,
    )


def _kind_weights(features: NDArray[np.int64]) -> Floats:
    return np.array([KIND_WEIGHT[kind] for kind in range(len(KIND_WEIGHT))], dtype=np.float32)[kinds(features)]


def build(topics: Sequence[str], phrasings: Sequence[Sequence[NDArray[np.int64]]]) -> tuple[Index, Floats]:
    """The index of `phrasings[t]`, features of each phrasing of topic t, and the kernel's inverse (`inverted`).

    The inverse is empty where there is no classifier.
    """
    rows = [features for topic in phrasings for features in topic]
    starts = np.cumsum([0, *(len(topic) for topic in phrasings)]).astype(np.int32)
    vocabulary, frequency = np.unique(np.concatenate(rows), return_counts=True)
    rarity = (_kind_weights(vocabulary) * np.log1p(len(rows) / frequency)).astype(np.float32)
    weighed = [weigh(row, vocabulary, rarity) for row in rows]
    order = np.argsort(np.concatenate([w[0] for w in weighed]), kind="stable")
    owners = np.repeat(np.arange(len(rows), dtype=np.int32), [len(w[0]) for w in weighed])
    index = Index(
        topics=tuple(topics),
        starts=starts,
        vocabulary=vocabulary,
        rarity=rarity,
        postings_at=np.concatenate([[0], np.cumsum(frequency)]).astype(np.int32),
        postings=owners[order],
        posting_weights=np.concatenate([w[1] for w in weighed])[order],
        linear=np.zeros((0, len(topics)), dtype=np.float16),
        centroid_norms=_centroid_norms(weighed, starts, len(vocabulary)),
    )
    if len(rows) > CLASSIFIER_LIMIT:
        return index, np.zeros((0, 0), dtype=np.float32)
    inverse = inverted(np.stack([index.look(row).likeness for row in rows]))
    duals = inverse @ memberships(starts)
    linear = np.empty((len(vocabulary), len(topics)), dtype=np.float16)
    for feature, (first, last) in enumerate(zip(index.postings_at[:-1], index.postings_at[1:], strict=True)):
        linear[feature] = index.posting_weights[first:last] @ duals[index.postings[first:last]]
    return replace(index, linear=linear), inverse


def inverted(alike: Floats) -> Floats:
    """The inverse of phrasing-by-phrasing likeness plus the ridge."""
    inverse: Floats = np.linalg.inv(alike + RIDGE * np.eye(len(alike), dtype=np.float32)).astype(np.float32)
    return inverse


def memberships(starts: Ints) -> Floats:
    """Phrasings × classes, 1 where the phrasing belongs to the class."""
    sizes = np.diff(starts)
    return np.repeat(np.eye(len(sizes), dtype=np.float32), sizes, axis=0)


def _centroid_norms(weighed: Sequence[tuple[Ints, Floats, float]], starts: Ints, width: int) -> Floats:
    norms = []
    for first, last in itertools.pairwise(starts):
        rows = np.concatenate([weighed[i][0] for i in range(first, last)])
        values = np.concatenate([weighed[i][1] for i in range(first, last)])
        sums = np.bincount(rows, weights=values, minlength=width)
        norms.append(float(np.sqrt((sums * sums).sum())) or 1.0)
    return np.array(norms, dtype=np.float32)
