"""Test speech: Mandarin spoken by espeak-ng, straight through its C interface, cached by what was said and how.

Tests need speech nobody has to record, different for each speaker, the same on every machine.
"""

import contextlib
import ctypes
import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import espeakng_loader
import numpy as np

from sim.errors import MissingTool
from sim.sound import RATE, Samples, resample

_SYNCHRONOUS = 2
_UTF8 = 1
_RATE, _PITCH = 1, 3
_LANGUAGE = "cmn"
VARIANTS = ("", "+f2", "+m3", "+f4", "+m7", "+f5", "+klatt2", "+m5")
"""Voices told apart by ear; an actor without a chosen one gets the next."""
_LOUDNESS = 3500.0
"""Root mean square of what is made, 16-bit: well above the line's noise, far from clipping."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: espeak's variant, words a minute, pitch 0 to 99."""

    variant: str = ""
    speed: int = 170
    pitch: int = 50


class _Engine:
    """espeak-ng, loaded once in the process; it is not re-entrant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library: ctypes.CDLL | None = None
        self._rate = 0
        self._pieces: list[bytes] = []

    def say(self, text: str, voice: Voice) -> tuple[Samples, int]:
        """(samples, rate). Raises `MissingTool` when the engine cannot speak Mandarin."""
        with self._lock:
            library = self._loaded()
            self._pieces.clear()
            # One library a process, one callback a library: whoever else uses it here may have set theirs.
            library.espeak_SetSynthCallback(self._collect)
            if library.espeak_SetVoiceByName((_LANGUAGE + voice.variant).encode()):
                raise MissingTool(f"espeak-ng has no voice {_LANGUAGE}{voice.variant}")
            library.espeak_SetParameter(_RATE, voice.speed, 0)
            library.espeak_SetParameter(_PITCH, voice.pitch, 0)
            raw = text.encode()
            library.espeak_Synth(raw, ctypes.c_size_t(len(raw) + 1), 0, 0, 0, _UTF8, None, None)
            library.espeak_Synchronize()
            return np.frombuffer(b"".join(self._pieces), dtype="<i2").astype(np.float64), self._rate

    def _loaded(self) -> ctypes.CDLL:
        if self._library is None:
            try:
                library = ctypes.CDLL(espeakng_loader.get_library_path())
            except OSError as error:
                raise MissingTool(f"cannot load espeak-ng: {error}") from error
            rate = library.espeak_Initialize(_SYNCHRONOUS, 200, espeakng_loader.get_data_path().encode(), 0)
            if rate <= 0:
                raise MissingTool("espeak-ng did not start")
            self._rate = rate
            kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

            def collect(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
                if samples and count > 0:
                    self._pieces.append(ctypes.string_at(samples, count * 2))
                return 0

            self._collect = kind(collect)
            self._library = library
        return self._library


_engine = _Engine()


def speak(text: str, voice: Voice, cache: Path | None = None) -> Samples:
    """`text` as speech, 16-bit sample values at 8 kHz, silence trimmed to 100 ms at either end.

    Raises `MissingTool`. `cache` defaults to `~/.cache/hotline-sim/speech`.
    """
    folder = cache or cache_folder()
    key = hashlib.sha256(f"1|{voice.variant}|{voice.speed}|{voice.pitch}|{text}".encode()).hexdigest()[:24]
    kept = folder / f"{key}.pcm"
    if kept.exists():
        return np.fromfile(kept, dtype="<i2").astype(np.float64)
    samples, rate = _engine.say(text, voice)
    if not len(samples):
        raise MissingTool(f"espeak-ng said nothing for {text!r}")
    made = _trimmed(resample(samples, rate))
    made *= _LOUDNESS / max(1.0, float(np.sqrt(np.mean(made**2))))
    spoken = np.clip(made, -32000, 32000).astype("<i2")
    with contextlib.suppress(OSError):  # no home, no room: it is said anew the next time
        folder.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed: two runs at once must not read each other's half file.
        aside = kept.with_suffix(f".{os.getpid()}")
        spoken.tofile(aside)
        aside.rename(kept)
    return spoken.astype(np.float64)


def cache_folder() -> Path:
    """Where speech is kept: `SIM_CACHE`, else the user's cache."""
    return Path(os.environ.get("SIM_CACHE", "~/.cache/hotline-sim")).expanduser() / "speech"


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 150)
    if not len(loud):
        return samples
    edge = RATE // 10
    return samples[max(0, loud[0] - edge) : loud[-1] + edge]
