"""Sound as samples: resampling without aliases, levelling, A-law. Pure, numpy only."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

TELEPHONE_RATE: Final = 8000
_HALF_WIDTH: Final = 16
"""Zero crossings of the resampling filter on either side."""
_KAISER_BETA: Final = 8.0
"""About 80 dB of stop band."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One channel of 16-bit samples."""

    samples: Samples
    rate: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


def resampled(sound: Sound, rate: int) -> Sound:
    """`sound` at `rate` samples a second; what the new rate cannot carry is filtered out first (windowed sinc)."""
    if rate == sound.rate or not len(sound.samples):
        return Sound(sound.samples, rate)
    ratio = Fraction(rate, sound.rate)
    up, down = ratio.numerator, ratio.denominator
    kernels = _kernels(up, down)
    half = kernels.shape[1] // 2
    padded = np.concatenate([np.zeros(half), sound.samples.astype(np.float64), np.zeros(half + down)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)
    result = np.zeros(int(np.ceil(len(sound.samples) * up / down)))
    for phase in range(min(up, len(result))):
        wanted = np.arange(phase, len(result), up)
        result[wanted] = windows[np.minimum(wanted * down // up + 1, len(windows) - 1)] @ kernels[phase]
    return Sound(np.clip(np.rint(result), -32768, 32767).astype(np.int16), rate)


@lru_cache(maxsize=32)
def _kernels(up: int, down: int) -> NDArray[np.float64]:
    """One low-pass kernel for each place an output sample can have between input samples; unit gain at 0 Hz."""
    cutoff = min(1.0, up / down) * 0.96
    half = int(np.ceil(_HALF_WIDTH / cutoff))
    between = np.arange(up) * down % up / up
    distance = np.arange(2 * half)[None, :] - half + 1 - between[:, None]
    inside = np.clip(1 - (distance / half) ** 2, 0, None)
    kernels = cutoff * np.sinc(cutoff * distance) * np.i0(_KAISER_BETA * np.sqrt(inside))
    return np.asarray(kernels / kernels.sum(axis=1, keepdims=True), dtype=np.float64)


def trimmed(sound: Sound, *, threshold: float = 0.01, keep: float = 0.02) -> Sound:
    """`sound` without its silent ends: under `threshold` of its own peak, less `keep` seconds left at either side."""
    loud = np.flatnonzero(np.abs(sound.samples.astype(np.int32)) > threshold * max(_peak(sound), 1))
    if not len(loud):
        return Sound(sound.samples[:0], sound.rate)
    margin = int(keep * sound.rate)
    return Sound(sound.samples[max(loud[0] - margin, 0) : loud[-1] + margin + 1], sound.rate)


def speech_level(sound: Sound) -> float:
    """Level of the talking parts in dB against full scale (a sine at full scale is -3).

    The mean power of those 20 ms frames that are within 30 dB of the loudest.
    """
    size = max(sound.rate // 50, 1)
    whole = len(sound.samples) // size * size
    if not whole:
        return -120.0
    power = (sound.samples[:whole].astype(np.float64).reshape(-1, size) ** 2).mean(axis=1)
    talking = power[power >= power.max() / 1000]
    return float(10 * np.log10(max(talking.mean(), 1e-3) / 32768**2))


def levelled(sound: Sound, level: float = -20.0, *, peak: float = -1.5) -> Sound:
    """`sound` with its talking parts at `level` dB; peaks that would pass `peak` dB are rounded off, not clipped."""
    if not _peak(sound):
        return sound
    scaled = sound.samples / 32768 * 10 ** ((level - speech_level(sound)) / 20)
    ceiling = 10 ** (peak / 20)
    knee = ceiling * 0.7
    over = np.abs(scaled) > knee
    room = ceiling - knee
    scaled[over] = np.sign(scaled[over]) * (knee + room * np.tanh((np.abs(scaled[over]) - knee) / room))
    return Sound(np.rint(scaled * 32767).astype(np.int16), sound.rate)


def _peak(sound: Sound) -> int:
    return int(np.abs(sound.samples.astype(np.int32)).max()) if len(sound.samples) else 0


def alaw(samples: Samples) -> bytes:
    """`samples` as ITU-T G.711 A-law, one byte each."""
    negative = samples < 0
    # 13 bits of magnitude; negative numbers count from -1, so that -1 and 0 are neighbours.
    magnitude = np.where(negative, -1 - samples.astype(np.int32), samples.astype(np.int32)) >> 4
    shift = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    # Up to 31 the code is the magnitude itself; above, a segment number and the four bits after the leading one.
    code = np.where(magnitude < 32, magnitude, ((shift + 1) << 4) | ((magnitude >> shift) & 0x0F))
    return bytes(((code | np.where(negative, 0, 0x80)) ^ 0x55).astype(np.uint8))


def from_alaw(data: bytes) -> Samples:
    """The samples that A-law `data` stands for."""
    return _ALAW[np.frombuffer(data, dtype=np.uint8)]


def from_ulaw(data: bytes) -> Samples:
    """The samples that ITU-T G.711 µ-law `data` stands for."""
    return _ULAW[np.frombuffer(data, dtype=np.uint8)]


def _alaw_table() -> Samples:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    magnitude = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _ulaw_table() -> Samples:
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_ALAW: Final = _alaw_table()
_ULAW: Final = _ulaw_table()
