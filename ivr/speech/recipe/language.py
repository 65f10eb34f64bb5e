"""Which word follows which: a trigram model with absolute discounting, backing off to pairs and to single words.

Pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

START, END = "<s>", "</s>"
_DISCOUNT: Final = 0.7
_SEEN: Final = 2.0
"""Weight of sentences a pair of words must have been met in, for what follows it to be remembered."""
_GENERAL_SHARE: Final = 0.2
"""Weight of the language at large among single words; the rest is what callers say."""

History = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigram:
    """Costs are negative natural logarithms."""

    after: Mapping[History, Mapping[str, float]]
    """History of 0 to 2 words -> cost of each word seen after it, `END` among them."""
    backing: Mapping[History, float]
    """Cost of leaving a history for its shorter one."""


def trigram(
    sentences: Iterable[tuple[tuple[str, ...], float]], general: Mapping[str, float], unknown: tuple[str, float]
) -> Trigram:
    """Count weighted `sentences`. `general`: probabilities of single words at large; `unknown`.

    The word for speech outside, its probability.
    """
    counts: dict[History, Counter[str]] = defaultdict(Counter)
    for words, weight in sentences:
        row = (START, *words, END)
        for place in range(1, len(row)):
            for length in (1, 2):
                if place >= length:
                    counts[row[place - length : place]][row[place]] += weight  # type: ignore[assignment]
            counts[()][row[place]] += weight  # type: ignore[assignment]
    after: dict[History, dict[str, float]] = {(): _singles(counts.pop(()), general, unknown)}
    backing: dict[History, float] = {}
    for history, seen in sorted(counts.items()):
        if len(history) == 2 and sum(seen.values()) < _SEEN:
            continue
        total = sum(seen.values())
        left = sum(min(_DISCOUNT, count) for count in seen.values()) / total
        after[history] = {
            word: -math.log((count - min(_DISCOUNT, count)) / total)
            for word, count in sorted(seen.items())
            if count > _DISCOUNT
        }
        backing[history] = -math.log(left)
    return Trigram(after, backing)


def _singles(counts: Counter[str], general: Mapping[str, float], unknown: tuple[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    shares = {word: (1 - _GENERAL_SHARE) * count / total for word, count in counts.items()}
    for word, share in general.items():
        shares[word] = shares.get(word, 0.0) + _GENERAL_SHARE * share
    word, share = unknown
    shares = {one: value * (1 - share) for one, value in shares.items()} | {word: share}
    return {one: -math.log(value) for one, value in sorted(shares.items())}
