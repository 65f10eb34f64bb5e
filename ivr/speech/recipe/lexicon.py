"""Sentences cut into words, and how each word sounds. Pure but for jieba's dictionary."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.errors import MissingComponent
from ivr.speech.recipe.units import units_of_syllable
from ivr.speech.syllables import LETTERS, readings

UNKNOWN = "[unk]"
"""What the recogniser writes for speech that fits none of its words."""
_PIECE = re.compile(r"[\u4e00-\u9fff]+|[A-Z]")

Sounds = tuple[str, ...]


@dataclass(slots=True)
class Lexicon:
    """Words met so far, with the ways they were heard."""

    sounds: dict[str, set[Sounds]] = field(default_factory=lambda: defaultdict(set))

    def cut(self, sentence: str) -> tuple[str, ...]:
        """Words of a sentence (spoken form); their sounds, as read in this sentence, are learnt on the way."""
        words = []
        for piece in _PIECE.findall(sentence):
            if piece in LETTERS:
                self.sounds[piece].add(_units(LETTERS[piece].split()))
                words.append(piece)
                continue
            syllables, place = readings(piece), 0
            for word in _words(piece):
                if syllables:
                    self.sounds[word].add(_units(syllables[place : place + len(word)]))
                    words.append(word)
                place += len(word)
        return tuple(words)

    def add(self, words: Iterable[str]) -> None:
        """Words by themselves."""
        for word in words:
            if word not in self.sounds and (syllables := readings(word)):
                self.sounds[word].add(_units(syllables))

    def told_apart(self) -> tuple[list[tuple[str, Sounds, int]], int]:
        """Every (word, sounds, mark) and the highest mark.

        Words that sound like another, or like its beginning, carry a mark from 1.
        """
        entries = sorted((word, sounds) for word, ways in self.sounds.items() for sounds in ways if sounds)
        same = Counter(sounds for _, sounds in entries)
        beginnings = {sounds[:length] for sounds in same for length in range(1, len(sounds))}
        used: Counter[Sounds] = Counter()
        marked = []
        for word, sounds in entries:
            if same[sounds] > 1 or sounds in beginnings:
                used[sounds] += 1
            marked.append((word, sounds, used[sounds]))
        return marked, max(used.values(), default=0)


def _units(syllables: Sequence[str]) -> Sounds:
    return tuple(unit for syllable in syllables for unit in units_of_syllable(syllable))


def _words(piece: str) -> list[str]:
    try:
        import jieba
    except ImportError as error:
        raise MissingComponent("the recipe needs jieba: install requirements-recipe.lock") from error
    jieba.setLogLevel(60)
    # Without its guess at unknown words: a guess would be a word of its own, seen once.
    return list(jieba.cut(piece, HMM=False))
