"""Audio truth: was this speech heard in that recording, when, and how surely?

Generalised cross-correlation with phase transform (Knapp and Carter, 1976): the recording is cut into windows of one
second, each correlated with the whole reference, every frequency of the telephone band weighted alike. One sharp peak
says that the window holds that very audio, under other speech too. The score z is the peak in standard deviations of
the correlation.

Synthetic speakers share sounds: one word can peak in somebody else's sentence. So a window counts only when another
window one to two seconds away, sharing no sample with it, finds the same alignment, or when its own score is beyond
doubt.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.sound import RATE, Samples

WINDOW_SECONDS = 1.0
HOP_SECONDS = 0.5
THRESHOLD = 12.0
"""Peaks above it are believed when another window agrees; `python -m sim heard --measure` prints how often that is
wrong."""
SURE = 30.0
"""Peaks above it need no second window."""
_PARTNER_HOPS = (2, 3, 4)
_ALIGNED_SECONDS = 0.008
"""How far two windows' alignments may differ: jitter buffers and clocks move a little."""
_QUIET = 60.0
"""Root mean square (16-bit) below which a window holds nothing to judge: comfort noise, rounding of A-law silence."""
_BAND = (200.0, 3400.0)
_LONGEST_REFERENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Hit:
    """One window of the recording, correlated with the reference."""

    sample: int
    """First sample of the window in the recording."""
    place: int
    """Sample of the reference that is heard at that moment; may be negative, when the window began before it."""
    z: float


class Reference:
    """Audio to listen for; its spectrum is kept."""

    def __init__(self, name: str, samples: Samples) -> None:
        self.name = name
        self.samples = samples[: int(_LONGEST_REFERENCE_SECONDS * RATE)]
        self._size = 1 << (len(self.samples) + int(WINDOW_SECONDS * RATE)).bit_length()
        self._spectrum = np.conj(np.fft.rfft(self.samples, self._size))
        self._inside = _band(self._size)

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / RATE

    def match(self, window: Samples) -> tuple[int, float]:
        """(place in the reference of the window's first sample, z) of the best fit."""
        cross = np.fft.rfft(window, self._size) * self._spectrum
        weight = np.abs(cross) + 1e-9
        correlation = np.fft.irfft(np.where(self._inside, cross / weight, 0), self._size)
        # Lag -p: the window begins p samples into the reference. A positive lag: it begins before it.
        peak = int(np.argmax(correlation))
        lag = peak if peak < len(window) else peak - self._size
        return -lag, float(correlation[peak] / (correlation.std() + 1e-12))


@dataclass(slots=True)
class Listener:
    """Listens for one reference in one growing recording; each window is judged once."""

    reference: Reference
    threshold: float = THRESHOLD
    windows: list[Hit] = field(default_factory=list)
    """Every window that was loud enough to judge."""
    _next: int = 0

    def feed(self, samples: Samples) -> None:
        """`samples` is the recording from its start, as far as it is there."""
        size, hop = int(WINDOW_SECONDS * RATE), int(HOP_SECONDS * RATE)
        while self._next + size <= len(samples):
            window = samples[self._next : self._next + size]
            if np.sqrt(np.mean(window**2)) >= _QUIET:
                self.windows.append(Hit(self._next, *self.reference.match(window)))
            self._next += hop

    def hits(self, first: int = 0, last: float = float("inf")) -> list[Hit]:
        """Windows that hold the reference, wholly between two samples of the recording."""
        size = int(WINDOW_SECONDS * RATE)
        inside = [hit for hit in self.windows if first <= hit.sample and hit.sample + size <= last]
        strong = {hit.sample: hit for hit in inside if hit.z >= self.threshold}
        return [hit for hit in strong.values() if hit.z >= SURE or self._confirmed(hit, strong)]

    def _confirmed(self, hit: Hit, strong: dict[int, Hit]) -> bool:
        hop, length = int(HOP_SECONDS * RATE), max(1, len(self.reference.samples))
        for hops in _PARTNER_HOPS:
            for sample in (hit.sample - hops * hop, hit.sample + hops * hop):
                other = strong.get(sample)
                if other is None:
                    continue
                # Speech said in a loop comes round: alignments are compared modulo the reference's length.
                apart = (other.place - other.sample) - (hit.place - hit.sample)
                apart = (apart + length // 2) % length - length // 2
                if abs(apart) <= _ALIGNED_SECONDS * RATE:
                    return True
        return False

    def seconds(self, first: int = 0, last: float = float("inf")) -> float:
        """Seconds of the recording in which the reference was heard; windows overlap and are counted once."""
        size = int(WINDOW_SECONDS * RATE)
        total, covered = 0, 0
        for hit in self.hits(first, last):
            begin = max(hit.sample, covered)
            covered = hit.sample + size
            total += covered - begin
        return total / RATE

    def best(self, first: int = 0, last: float = float("inf")) -> float:
        """The highest z, 0 when nothing was loud enough."""
        return max((hit.z for hit in self.windows if first <= hit.sample <= last), default=0.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was heard of one reference in one recording."""

    seconds: float
    best_z: float
    first_at: float | None
    """Seconds into the recording where it is first heard."""
    last_at: float | None
    windows: int

    @property
    def heard(self) -> bool:
        """At all?"""
        return self.seconds > 0


def judge(reference: Samples, recording: Samples, threshold: float = THRESHOLD) -> Verdict:
    """Was `reference` heard in `recording`? Both 16-bit sample values at 8 kHz."""
    listener = Listener(Reference("", reference), threshold)
    listener.feed(recording)
    hits = listener.hits()
    return Verdict(
        seconds=listener.seconds(),
        best_z=round(listener.best(), 1),
        first_at=hits[0].sample / RATE if hits else None,
        last_at=hits[-1].sample / RATE + WINDOW_SECONDS if hits else None,
        windows=len(listener.windows),
    )


@lru_cache(maxsize=8)
def _band(size: int) -> NDArray[np.bool_]:
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    inside: NDArray[np.bool_] = (frequency > _BAND[0]) & (frequency < _BAND[1])
    return inside
