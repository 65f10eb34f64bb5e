"""How well a recogniser hears: error rates on voices, speeds, noises and wordings that were kept out of training.

It asks any `Recogniser`, so a real model is examined the same way. Everything is seeded; the voice's flutter leaves a
few tenths of a per cent.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ivr.speech.espeak import Manner
from ivr.speech.normalise import spoken
from ivr.speech.recipe import channel, texts
from ivr.speech.recipe.distance import edits, longest_words
from ivr.speech.recipe.sounds import UNSEEN_VARIANTS, voice_wave
from ivr.speech.recogniser import Heard, Recogniser
from ivr.speech.sound import TELEPHONE_RATE
from ivr.speech.syllables import readings

_SEED: Final = 20260101
_CHUNK: Final = TELEPHONE_RATE // 5 * 2
"""Bytes handed over at a time: 200 ms."""
_TOGETHER: Final = 4
"""Utterances recognised at once."""
_PUNCTUATION: Final = re.compile(r"[^\u4e00-\u9fffA-Z]")


@dataclass(frozen=True, slots=True)
class Paper:
    """One part of the examination."""

    name: str
    texts: tuple[str, ...]
    rate: int = 170
    """Words a minute by espeak's count; training knew 135 to 225."""
    noise: str = ""
    ratio: float = 15.0
    """Speech above noise, dB."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Result of one paper; rates in per cent."""

    name: str
    utterances: int
    characters: float | None
    """Character error rate; None where nothing is said."""
    syllables: float | None
    """Error rate of toneless syllables: what knowledge retrieval can still make use of."""
    words: float | None
    """Word error rate; words are the longest ones of `vocabulary`."""
    exact: float
    """Utterances without any error."""
    returned: float
    """Characters handed back per hundred said (where nothing is said: per hundred recordings). Small is good there,
    and for speech that is none of our business."""

    def as_dict(self) -> dict[str, str | int | float | None]:
        """For JSON, rounded."""
        values = asdict(self)
        return {key: round(value, 2) if isinstance(value, float) else value for key, value in values.items()}


def vocabulary_of(model: Path) -> frozenset[str]:
    """Words of a Vosk model, for cutting texts into words; empty where its list is not to be read."""
    for name in ("graph/words.txt", "words.txt"):
        if (model / name).is_file():
            rows = (model / name).read_text(encoding="utf-8", errors="replace").splitlines()
            return frozenset(row.split()[0] for row in rows if row.strip())
    return frozenset()


async def examine(recogniser: Recogniser, vocabulary: frozenset[str], size: int = 60) -> list[Mark]:
    """Sit every paper; at most `size` sentences a paper."""
    return [await _sit(recogniser, paper, vocabulary) for paper in papers(size)]


def papers(size: int) -> Iterator[Paper]:
    """The examination."""
    known = texts.load(texts.area_names())
    dice = np.random.default_rng(_SEED)
    sample = [
        *dice.choice(known.questions, size * 2 // 3, replace=False),
        *dice.choice(known.phrases, size - size * 2 // 3, replace=False),
    ]
    sentences = tuple(str(one) for one in sample)
    unseen = tuple(texts.lines("unseen.txt")[:size])
    yield Paper("voices 没听过的嗓音", sentences)
    yield Paper("  slow 慢 (110)", sentences, rate=110)
    yield Paper("  fast 快 (245)", sentences, rate=245)
    yield Paper("  street noise 街道噪声 15 dB", sentences, noise="street")
    yield Paper("  street noise 街道噪声 8 dB", sentences, noise="street", ratio=8)
    yield Paper("  music 背景音乐 15 dB", sentences, noise="music")
    yield Paper("wordings 没见过的说法", unseen)
    yield Paper("  street noise 街道噪声 15 dB", unseen, noise="street")
    yield Paper("numbers 逐位数字", known.numbers[: max(size // 2, 1)])
    yield Paper("outside 与税无关的话", tuple(texts.lines("outside.txt")[:size]))
    yield Paper("nobody speaks 只有噪声", ("",) * min(size, 20))


async def _sit(recogniser: Recogniser, paper: Paper, vocabulary: frozenset[str]) -> Mark:
    gate = asyncio.Semaphore(_TOGETHER)

    async def one(place: int, text: str) -> str:
        async with gate:
            return await hear(recogniser, _sound(paper, place, text))

    heard = await asyncio.gather(*(one(place, text) for place, text in enumerate(paper.texts)))
    said = [_PUNCTUATION.sub("", spoken(text)) for text in paper.texts]
    pairs = list(zip(said, heard, strict=True))
    return Mark(
        paper.name,
        len(pairs),
        _rate(pairs),
        _rate([(readings_of(left), readings_of(right)) for left, right in pairs]),
        _rate([(longest_words(left, vocabulary), longest_words(right, vocabulary)) for left, right in pairs]),
        100 * sum(left == right for left, right in pairs) / len(pairs),
        100 * sum(len(right) for _, right in pairs) / (sum(len(left) for left, _ in pairs) or len(pairs)),
    )


async def hear(recogniser: Recogniser, samples: bytes) -> str:
    """All that is heard in telephone sound, utterances joined."""
    parts: list[Heard] = []
    async with await recogniser.listen(TELEPHONE_RATE) as hearing:
        for start in range(0, len(samples), _CHUNK):
            heard = await hearing.hear(samples[start : start + _CHUNK])
            if heard.final:
                parts.append(heard)
        parts.append(await hearing.finish())
    return "".join(part.text for part in parts)


def readings_of(text: str) -> list[str]:
    """Toneless syllables of `text`."""
    return [syllable.rstrip("12345") for piece in re.findall(r"[\u4e00-\u9fff]+", text) for syllable in readings(piece)]


def _rate(pairs: Sequence[tuple[Sequence[object], Sequence[object]]]) -> float | None:
    said = sum(len(left) for left, _ in pairs)
    return 100 * sum(edits(left, right) for left, right in pairs) / said if said else None


def _sound(paper: Paper, place: int, text: str) -> bytes:
    dice = np.random.default_rng((_SEED, place, paper.rate))
    none = np.zeros(1)
    if not text:
        wave = channel.silence(3.0, channel.UNSEEN_NOISES[place % 2], dice, none)
        return wave.astype("<i2").tobytes()
    manner = Manner(UNSEEN_VARIANTS[place % len(UNSEEN_VARIANTS)], paper.rate, int(dice.integers(30, 70)), 60)
    wave, _ = voice_wave(text, manner, 1.0)
    wave = channel.level(np.concatenate([np.zeros(2400), wave, np.zeros(4000)]), -24)
    if paper.noise:
        wave = channel.add_noise(wave, paper.noise, paper.ratio, dice, none)
    wave = channel.through_alaw(channel.band(wave, 300, 3400))
    return wave.astype("<i2").tobytes()
