"""The built-in voice: espeak-ng from the `espeakng-loader` wheel, fed with numbered pinyin.

The voice `cmn-latn-pinyin` is used because `cmn` reads pinyin as English letters. The library keeps one state a
process, so calls take turns under a lock; it is fast (a thousand times real time). It sees only syllables of our own
making, never a caller's text. Seen to crash once: variant `rob` at low pitch and wide swing; the settings here do not.
"""

import ctypes
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import MissingComponent
from ivr.speech.normalise import spoken
from ivr.speech.sound import Sound, trimmed
from ivr.speech.speaker import CannotSpeak, checked_pace
from ivr.speech.syllables import clauses

VOICE: Final = "cmn-latn-pinyin"
_DRIVER_VERSION: Final = 2
"""Raise it when the same text would sound different: it is part of the cache key."""

# Constants of espeak-ng's speak_lib.h
_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_UTF8_WITH_PHONEMES: Final = 0x101
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_SEED: Final = 1

_PAUSES: Final = {"、": 0.14, "，": 0.24, "；": 0.34, "。": 0.42, "？": 0.42, "！": 0.42, "": 0.0}
"""Seconds after a clause, by the mark that closes it."""
_QUESTION: Final = "?"

# Syllables the voice takes for English, written in its own phonemes; the tone follows.
_BY_PHONEMES: Final = {"xiong": "S;j'ong", "qiong": "tS;hj'ong", "jiong": "tS;j'ong", "kiu": "kh'iou", "lou": "l'ou"}
_CONTOURS: Final = {"1": "55", "2": "35", "3": "214", "4": "51", "5": "11"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How the voice speaks: the knobs of espeak-ng."""

    variant: str = ""
    """A voice variant of espeak-ng such as `f3` or `Annie`; empty is the plain voice."""
    rate: int = 185
    """Words a minute by espeak's count; 185 is a little over four Mandarin syllables a second."""
    pitch: int = 50
    """0 to 99."""
    swing: int = 60
    """How far the pitch moves, 0 to 99: tones want some room."""


class EspeakSpeaker:
    """A `Speaker` on espeak-ng."""

    def __init__(self, manner: Manner | None = None) -> None:
        self._manner = manner or Manner()

    @cached_property
    def name(self) -> str:
        m = self._manner
        return f"espeak-ng {_library().version} {VOICE}+{m.variant} {m.rate} {m.pitch} {m.swing} v{_DRIVER_VERSION}"

    def say(self, text: str, *, pace: float = 1.0) -> Sound:
        library = _library()
        rate = round(self._manner.rate * checked_pace(pace))
        parts = []
        for clause in clauses(spoken(text)):
            written = " ".join(_as_written(syllable) for syllable in clause.syllables)
            ending = _QUESTION if clause.mark == "？" else ""
            sound = library.synthesise(written + ending, self._manner, rate)
            parts += [trimmed(sound).samples, np.zeros(int(_PAUSES[clause.mark] / pace * sound.rate), np.int16)]
        if not parts:
            raise CannotSpeak(f"nothing to say in {text[:40]!r}")
        return Sound(np.concatenate(parts[:-1]), library.rate)


def say_syllables(syllables: Sequence[str], manner: Manner) -> Sound:
    """Numbered syllables (`zhuan3`) in one breath, ends trimmed."""
    library = _library()
    return trimmed(library.synthesise(" ".join(_as_written(syllable) for syllable in syllables), manner, manner.rate))


def _as_written(syllable: str) -> str:
    body, tone = syllable[:-1], syllable[-1]
    return f"[[{_BY_PHONEMES[body]}{_CONTOURS[tone]}]]" if body in _BY_PHONEMES else syllable


class _Library:
    """The loaded library. One a process."""

    def __init__(self) -> None:
        try:
            import espeakng_loader

            path, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
            self._c = ctypes.CDLL(path)
        except (ImportError, OSError, RuntimeError) as error:
            raise MissingComponent(
                f"the built-in voice is missing: {error}; reinstall with pip install espeakng-loader"
            ) from error
        self._variants = Path(data) / "voices" / "!v"
        self._lock = threading.Lock()
        self._taken = bytearray()
        self.rate: int = self._c.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), _DONT_EXIT)
        if self.rate <= 0:
            raise MissingComponent(
                f"espeak-ng finds no voices in {data}; reinstall with pip install --force-reinstall espeakng-loader"
            )
        self._c.espeak_Info.restype = ctypes.c_char_p
        self.version = self._c.espeak_Info(None).decode().split()[0]
        taker = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
        # Kept on self: the library holds only a pointer to it.
        self._taker: Any = taker(self._take)

    def _take(self, samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._taken += ctypes.string_at(samples, 2 * count)
        return 0

    def synthesise(self, written: str, manner: Manner, rate: int) -> Sound:
        """`written` (pinyin, `[[phonemes]]`) as sound. Raises `MissingComponent` for a variant that is not there."""
        voice = f"{VOICE}+{manner.variant}" if manner.variant else VOICE
        data = written.encode()
        with self._lock:
            # One library a process, one callback a library: whoever else uses it here may have set theirs.
            self._c.espeak_SetSynthCallback(self._taker)
            # It takes an unknown variant without a word: the file is looked for.
            known = not manner.variant or (self._variants / manner.variant).is_file()
            if not known or self._c.espeak_SetVoiceByName(voice.encode()):
                raise MissingComponent(f"espeak-ng has no voice {voice}")
            for parameter, value in ((_RATE, rate), (_VOLUME, 100), (_PITCH, manner.pitch), (_RANGE, manner.swing)):
                self._c.espeak_SetParameter(parameter, value, 0)
            # Breathy variants draw noise; by default from the time of day.
            self._c.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
            self._taken.clear()
            self._c.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8_WITH_PHONEMES, None, None)
            samples = np.frombuffer(bytes(self._taken), dtype=np.int16)
        return Sound(samples, self.rate)


_loading = threading.Lock()
_loaded: list[_Library] = []


def _library() -> _Library:
    with _loading:
        if not _loaded:
            _loaded.append(_Library())
        return _loaded[0]
