"""Speech to learn from: texts said by the built-in voice in many manners, down many telephone lines.

The voice flutters with what its process said before, so every shard is made in a process of its own from its own
seed: the same shards come out whatever the number of workers.
"""

import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ivr.speech.espeak import Manner, say_syllables
from ivr.speech.normalise import spoken
from ivr.speech.recipe.channel import TRAINING_NOISES, Wave, line, silence
from ivr.speech.recipe.features import mfcc
from ivr.speech.recipe.units import CLASS_OF, units_of_syllable
from ivr.speech.sound import TELEPHONE_RATE, Sound, resampled
from ivr.speech.syllables import clauses

TRAINING_VARIANTS: Final = (
    "", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "Andy", "Annie", "Denis", "Gene", "Jacky",
    "Lee", "Mario", "Michael", "steph", "sandro", "belinda", "adam", "Alex", "Andrea", "antonio", "aunty",
    "benjamin", "boris", "caleb", "david", "ed", "edward", "grandma", "grandpa", "gustave", "ian", "iven", "john",
    "Henrique", "Hugo", "klatt", "klatt2", "klatt4", "Marco", "marcelo", "miguel", "mike2", "Nguyen", "norbert",
    "pablo", "paul", "pedro", "quincy", "shelby", "steph2", "travis", "victor", "zac",
)  # fmt: skip
UNSEEN_VARIANTS: Final = (
    "m8", "f5", "Alicia", "Reed", "max", "linda", "anika", "robert", "michel", "klatt3", "announcer", "iven3",
)  # fmt: skip
"""Voices kept for the examination."""
TRAINING_RATES: Final = (135, 225)
"""Words a minute, from and below; the examination goes beyond at both ends."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing said: `features` frames × 40 (float32), `units` the classes of `units.CLASS_OF` in order."""

    features: NDArray[np.float32]
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of work: texts to say, and the seed of everything about how."""

    seed: int
    texts: tuple[str, ...]


def make(shards: Sequence[Shard], folder: Path, workers: int) -> list[Path]:
    """One file a shard in `folder`; those already there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{shard.seed:06d}.pickle" for shard in shards]
    wanted = [(shard, file) for shard, file in zip(shards, files, strict=True) if not file.exists()]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for _ in pool.map(_make_one, *zip(*wanted, strict=True)) if wanted else ():
            pass
    return files


def read(file: Path) -> list[Utterance]:
    """The utterances of a shard file (a pickle of our own making)."""
    utterances: list[Utterance] = pickle.loads(file.read_bytes())  # noqa: S301
    return utterances


def _make_one(shard: Shard, file: Path) -> None:
    dice = np.random.default_rng(shard.seed)
    chatter = np.concatenate(
        [voice_wave(text, _manner(dice), 1.0)[0] for text in [text for text in shard.texts if text][:6]]
    )
    made = [utterance for text in shard.texts if (utterance := _utterance(text, dice, chatter)) is not None]
    aside = file.with_suffix(".part")
    aside.write_bytes(pickle.dumps(made))
    aside.replace(file)


def _manner(dice: np.random.Generator) -> Manner:
    return Manner(
        variant=str(dice.choice(TRAINING_VARIANTS)),
        rate=int(dice.integers(*TRAINING_RATES)),
        pitch=int(dice.integers(15, 85)),
        swing=int(dice.integers(35, 90)),
    )


def voice_wave(text: str, manner: Manner, stretch: float) -> tuple[Wave, tuple[str, ...]]:
    """`text` said at 8 kHz, and its syllables.

    `stretch` changes speed and pitch together, as a worn tape does (1.1 is faster).
    """
    syllables = tuple(syllable for clause in clauses(spoken(text)) for syllable in clause.syllables)
    sound = say_syllables(syllables, manner)
    # Rates of a step of 50 keep the resampling filter small.
    sound = resampled(Sound(sound.samples, round(sound.rate * stretch / 50) * 50), TELEPHONE_RATE)
    return sound.samples.astype(np.float64), syllables


def _utterance(text: str, dice: np.random.Generator, chatter: Wave) -> Utterance | None:
    """None for a text too short for its sound to be aligned."""
    if not text:
        return Utterance(mfcc(silence(float(dice.uniform(1, 4)), str(dice.choice(TRAINING_NOISES)), dice, chatter)), ())
    wave, syllables = voice_wave(text, _manner(dice), float(dice.uniform(0.9, 1.14)))
    units = tuple(CLASS_OF[unit] for syllable in syllables for unit in units_of_syllable(syllable))
    before, after = (np.zeros(int(dice.uniform(0, longest) * TELEPHONE_RATE)) for longest in (0.5, 0.8))
    features = mfcc(line(np.concatenate([before, wave, after]), dice, chatter))
    # Three frames make one output, and CTC wants a blank between two equal units.
    return Utterance(features, units) if len(features) / 3 >= len(units) * 1.1 + 2 else None
