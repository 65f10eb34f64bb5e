"""A question as numbered features: characters, toneless syllables and the glossary's concepts, alone and in twos. Pure.

A feature is one integer, kind above payload, so that a vocabulary is a sorted array and needs no strings.
"""

import itertools
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from knowledge.normalize import normalize
from knowledge.syllables import UNKNOWN, SyllableTable

CHARACTER, CHARACTERS, SYLLABLE, SYLLABLES, CONCEPT, CONCEPTS = range(6)
"""Kinds. A run of digits or Latin letters counts as one character and one syllable."""

_KIND_SHIFT, _PAIR_SHIFT = 50, 22
_SOUND_BASE = 0x110000
"""Above every code point: where syllables are numbered."""
_RUN_BASE = 0x120000
"""Above those: where runs (`360`, `app`) are numbered, by checksum."""
_RUN_RANGE = (1 << _PAIR_SHIFT) - _RUN_BASE
_PIECES = re.compile(r"[0-9.]+[%‰‱]?|[a-z]+|\w")


@dataclass(frozen=True, slots=True)
class Featurizer:
    """Turns text into features. `concepts` maps a syllable sequence to the number of its concept."""

    table: SyllableTable
    concepts: Mapping[tuple[int, ...], int]
    longest: int = field(default=0)

    @classmethod
    def of(cls, table: SyllableTable, glossary: Mapping[str, tuple[str, ...]]) -> "Featurizer":
        """With the glossary's synonyms read as syllables; concepts are numbered in the glossary's order."""
        concepts: dict[tuple[int, ...], int] = {}
        for number, synonyms in enumerate(glossary.values()):
            for synonym in synonyms:
                concepts[tuple(_sounds(_pieces(normalize(synonym)), table))] = number
        return cls(table, concepts, max(map(len, concepts), default=0))

    def features(self, text: str) -> NDArray[np.int64]:
        """Features of normalised `text`, each once, in rising order."""
        pieces = _pieces(text)
        codes = [_code(piece) for piece in pieces]
        sounds = _sounds(pieces, self.table)
        found = {_feature(CHARACTER, code) for code in codes}
        found |= {_feature(CHARACTERS, a, b) for a, b in itertools.pairwise(codes)}
        found |= {_feature(SYLLABLE, sound) for sound in sounds}
        found |= {_feature(SYLLABLES, a, b) for a, b in itertools.pairwise(sounds)}
        concepts = sorted(self._concepts_in(sounds))
        found |= {_feature(CONCEPT, concept) for concept in concepts}
        found |= {_feature(CONCEPTS, a, b) for place, a in enumerate(concepts) for b in concepts[place + 1 :]}
        return np.array(sorted(found), dtype=np.int64)

    def _concepts_in(self, sounds: list[int]) -> set[int]:
        last = len(sounds)
        spans = ((start, end) for start in range(last) for end in range(start + 1, min(start + self.longest, last) + 1))
        return {concept for start, end in spans if (concept := self.concepts.get(tuple(sounds[start:end]))) is not None}


def kinds(features: NDArray[np.int64]) -> NDArray[np.int64]:
    """The kind of each feature."""
    return features >> _KIND_SHIFT


def _pieces(text: str) -> list[str]:
    return _PIECES.findall(text)


def _code(piece: str) -> int:
    return ord(piece) if len(piece) == 1 else _RUN_BASE + zlib.crc32(piece.encode()) % _RUN_RANGE


def _sounds(pieces: list[str], table: SyllableTable) -> list[int]:
    return [_SOUND_BASE + sound if (sound := _sound(piece, table)) else _code(piece) for piece in pieces]


def _sound(piece: str, table: SyllableTable) -> int:
    return table.of(piece) if len(piece) == 1 else UNKNOWN


def _feature(kind: int, first: int, second: int = UNKNOWN) -> int:
    return kind << _KIND_SHIFT | first << _PAIR_SHIFT | second
