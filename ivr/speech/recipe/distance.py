"""Counting errors between what was said and what was heard. Pure."""

from collections.abc import Sequence


def edits(one: Sequence[object], other: Sequence[object]) -> int:
    """Least number of items put in, left out or exchanged that make `one` into `other`."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        corner, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (left != right))
    return row[-1]


def longest_words(text: str, vocabulary: frozenset[str], longest: int = 8) -> list[str]:
    """`text` cut into words, always the longest that `vocabulary` knows, else one character."""
    words, place = [], 0
    while place < len(text):
        size = next((n for n in range(longest, 1, -1) if text[place : place + n] in vocabulary), 1)
        words.append(text[place : place + size])
        place += size
    return words
