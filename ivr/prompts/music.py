"""The waiting music: a gentle melody made here, so that nobody's rights are touched. The same samples everywhere."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.whole import write_whole
from ivr.prompts.build import SOUND_MODE
from ivr.speech.sound import TELEPHONE_RATE, Sound, alaw, levelled

FILE_NAME: Final = "waiting.alaw"
_BEAT: Final = 0.62
"""Seconds."""
_LEVEL: Final = -26.0
"""dB below full scale: quieter than the prompts, and nowhere near what a recogniser takes for speech."""
_LOWEST: Final = 261.63
"""Hz of degree 0 (c')."""
# A pentatonic scale (宫 商 角 徵 羽), semitones above degree 0; every two notes of it sound well together.
_SCALE: Final = (0, 2, 4, 7, 9)

# (degree, beats); None rests. Two phrases and their answer, ending where they begin, so that it loops.
_MELODY: Final[tuple[tuple[int | None, float], ...]] = (
    (4, 1), (5, 1), (7, 2), (6, 1), (5, 1), (4, 2), (3, 1), (4, 1), (5, 2), (4, 1), (2, 1), (3, 2),
    (4, 1), (5, 1), (7, 2), (8, 1), (7, 1), (5, 2), (6, 1), (5, 1), (4, 1), (3, 1), (2, 4),
    (2, 1), (3, 1), (4, 2), (5, 1), (4, 1), (3, 2), (5, 1), (6, 1), (7, 2), (6, 1), (4, 1), (5, 2),
    (7, 1), (6, 1), (5, 2), (4, 1), (3, 1), (4, 2), (3, 1), (2, 1), (0, 1), (1, 1), (2, 4), (None, 2),
)  # fmt: skip
# One low note a bar of four beats.
_GROUND: Final = (0, 3, 0, 2, 0, 3, 1, 0, 0, 2, 3, 3, 1, 2, 3, 0)


def build_music(out: Path) -> Path:
    """Put the music into folder `out` as raw 8 kHz A-law, unless it is there; the file."""
    out.mkdir(parents=True, exist_ok=True)
    file = out / FILE_NAME
    data = alaw(melody().samples)
    if not file.is_file() or file.read_bytes() != data:
        write_whole(file, data, mode=SOUND_MODE)
    return file


def build_beep(out: Path) -> Path:
    """Put the tone a message begins after into folder `out` as raw 8 kHz A-law; the file."""
    time = np.arange(int(0.3 * TELEPHONE_RATE)) / TELEPHONE_RATE
    tone = 6000 * np.sin(2 * np.pi * 880 * time) * np.minimum(1, np.minimum(time, time[-1] - time) / 0.02)
    out.mkdir(parents=True, exist_ok=True)
    file = out / "beep.alaw"
    write_whole(file, alaw(tone.astype(np.int16)), mode=SOUND_MODE)
    return file


def melody() -> Sound:
    """One round, about forty seconds; its end leads into its beginning."""
    beats = sum(length for _, length in _MELODY)
    mix = np.zeros(int(beats * _BEAT * TELEPHONE_RATE))
    place = 0.0
    for degree, length in _MELODY:
        if degree is not None:
            _add(mix, place, _pitch(degree), length * 1.6, 1.0)
        place += length
    for bar, degree in enumerate(_GROUND):
        if bar * 4 < beats:
            _add(mix, bar * 4, _pitch(degree) / 2, 5.0, 0.55)
            _add(mix, bar * 4 + 2, _pitch(degree + 3) / 2, 3.0, 0.3)
    return levelled(Sound((mix / np.abs(mix).max() * 16000).astype(np.int16), TELEPHONE_RATE), _LEVEL, peak=-6.0)


def _pitch(degree: int) -> float:
    octave, step = divmod(degree, len(_SCALE))
    return float(_LOWEST * 2 ** (octave + _SCALE[step] / 12))


def _add(mix: NDArray[np.float64], beat: float, pitch: float, beats: float, strength: float) -> None:
    """Add one plucked note; what rings past the end rings at the beginning."""
    start = int(beat * _BEAT * TELEPHONE_RATE)
    count = min(int(beats * _BEAT * TELEPHONE_RATE), len(mix))
    time = np.arange(count) / TELEPHONE_RATE
    note = np.zeros(count)
    for overtone, part in ((1, 1.0), (2, 0.32), (3, 0.12), (4, 0.05)):
        # High overtones die first, as on a string.
        note += part * np.sin(2 * np.pi * pitch * overtone * time) * np.exp(-time * (1.1 + 0.9 * overtone))
    note *= np.minimum(time / 0.012, 1.0) * np.minimum((time[-1] - time) / 0.05, 1.0) * strength
    np.add.at(mix, (start + np.arange(count)) % len(mix), note)
