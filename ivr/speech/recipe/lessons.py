"""Which texts the network learns its sounds from: half what callers say, half words of the language at random."""

from typing import Final

import numpy as np

from ivr.speech.recipe.sounds import Shard
from ivr.speech.recipe.texts import Texts, general_words

SHARD_SIZE: Final = 80
_SHARES: Final = (("questions", 0.34), ("phrases", 0.14), ("numbers", 0.06), ("words", 0.40), ("nothing", 0.06))


def shards(texts: Texts, utterances: int, seed: int = 12366) -> list[Shard]:
    """`utterances` texts in shards. The same texts and seed give the same shards.

    Another count changes how many, not which.
    """
    words = [word for word, _ in general_words(30_000)]
    # An empty text is a line on which nobody speaks.
    sources = {"questions": texts.questions, "phrases": texts.phrases, "numbers": texts.numbers, "nothing": ("",)}
    made = []
    for place in range(utterances // SHARD_SIZE):
        dice = np.random.default_rng((seed, place))
        chosen = dice.choice([name for name, _ in _SHARES], size=SHARD_SIZE, p=[share for _, share in _SHARES])
        said = tuple(_some_words(words, dice) if name == "words" else _one_of(sources[name], dice) for name in chosen)
        made.append(Shard(place, said))
    return made


def _one_of(lines: tuple[str, ...], dice: np.random.Generator) -> str:
    return lines[int(dice.integers(len(lines)))]


def _some_words(words: list[str], dice: np.random.Generator) -> str:
    """Two to six words, frequent ones a little oftener."""
    return "".join(
        words[int(dice.integers(len(words) if dice.random() < 0.6 else 4000))] for _ in range(int(dice.integers(2, 7)))
    )
