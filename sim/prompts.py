"""Which prompts of the platform are heard in a recording: for a failure that has to say what was heard instead.

Every prompt is compared with windows of one second. First roughly, all at once and below 2 kHz; the nearest few are
then judged as `sim.heard` judges. The work is bounded: so many windows, and no more are looked at.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import BadScenario
from sim.heard import THRESHOLD, WINDOW_SECONDS, Reference
from sim.sound import RATE, SOUND_ENDINGS, Samples, read_audio

MOST_WINDOWS = 40
"""Windows compared with every prompt; those that go on with a prompt found already cost next to nothing."""
_MOST_PROMPTS = 600
_SIZE = int(WINDOW_SECONDS * RATE)
_HOP = _SIZE * 3 // 4
_QUIET = 60.0
_CLIPPED = RATE // 5
"""What of a prompt may be lost before a recording begins."""
_NEAREST = 4
_FOLD = 2
"""The rough comparison is made at 8 kHz divided by this."""
_LOWEST_HZ = 200.0
_ALIGNED = RATE // 100
"""Samples by which two windows of one prompt may be out of step."""
_ALONE = 40.0
"""A window that no second one bears out counts above this z: of hundreds of prompts some word is always alike."""
_SHARED = RATE * 6 // 10
"""Samples a window and a prompt must have in common; or all of a shorter prompt."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A prompt that was heard."""

    name: str
    begins: int
    """Sample of the recording at which it began."""
    seconds: float
    """How long it was heard."""


class Shelf:
    """Every prompt of a platform, ready to be compared with a window."""

    def __init__(self, prompts: Iterable[Reference]) -> None:
        self.prompts = list(prompts)
        sizes: dict[int, list[Reference]] = defaultdict(list)
        for prompt in self.prompts:
            sizes[1 << (len(prompt.samples) + _SIZE).bit_length()].append(prompt)
        self._rows = {
            size: (own, np.stack([_white(p.samples, size).conj() for p in own])) for size, own in sizes.items()
        }

    def match(self, window: Samples) -> tuple[Reference, int, float] | None:
        """(prompt, place in it of the window's first sample, z) of the best fit; `None` when there are no prompts."""
        scored: list[tuple[float, int, Reference]] = []
        for size, (own, spectra) in self._rows.items():
            correlation = np.fft.irfft(_white(window, size) * spectra, size // _FOLD, axis=1)
            peaks = correlation.max(axis=1) / (correlation.std(axis=1) + 1e-12)
            scored += [(float(z), number, prompt) for number, (z, prompt) in enumerate(zip(peaks, own, strict=True))]
        nearest = [prompt for _, _, prompt in sorted(scored, key=lambda one: -one[0])[:_NEAREST]]
        judged = [(prompt, *prompt.match(window)) for prompt in nearest]
        return max(judged, key=lambda one: one[2], default=None)


def spoken(shelf: Shelf, samples: Samples, most_windows: int = MOST_WINDOWS) -> tuple[list[Spoken], int]:
    """(prompts heard in `samples`, a recording from its start, in order; the sample up to which was looked)."""
    found: list[Spoken] = []
    at, left = 0, most_windows
    while at + _SIZE <= len(samples) and left > 0:
        window = samples[at : at + _SIZE]
        if np.sqrt(np.mean(window**2)) < _QUIET:
            at += _HOP
            continue
        left -= 1
        best = shelf.match(window)
        if best is not None and best[2] >= THRESHOLD and -_SIZE < best[1] < 0 and at - best[1] + _SIZE <= len(samples):
            # Many prompts begin alike: the first whole second of it tells them apart.
            left -= 1
            ahead = at - best[1]
            again = shelf.match(samples[ahead : ahead + _SIZE])
            at, best = (ahead, again) if again is not None and _believed(again, samples, ahead) else (at, best)
        if best is None or not _believed(best, samples, at):
            at += _HOP
            continue
        prompt, place, _ = best
        end = _end(prompt, place, samples, at)
        found.append(Spoken(prompt.name, at - place, (end - max(0, at - place)) / RATE))
        at = end
    return _sifted(found), at if left <= 0 else len(samples)


def _sifted(found: list[Spoken]) -> list[Spoken]:
    """One that went on after a pause is one; what seemed to be heard for a moment while another began, none."""
    kept: list[Spoken] = []
    for one in found:
        if kept and one.name == kept[-1].name and abs(one.begins - kept[-1].begins) <= _CLIPPED:
            kept[-1] = replace(kept[-1], seconds=kept[-1].seconds + one.seconds)
            continue
        if kept and kept[-1].seconds <= WINDOW_SECONDS and one.begins <= _ends(kept[-1]) - _ALIGNED:
            kept.pop()
        kept.append(one)
    return kept


def _ends(one: Spoken) -> int:
    return one.begins + int(one.seconds * RATE)


def _believed(best: tuple[Reference, int, float], samples: Samples, at: int) -> bool:
    prompt, place, z = best
    shared = min(place + _SIZE, len(prompt.samples)) - max(place, 0)
    inside = shared >= min(len(prompt.samples), _SHARED) and at - place >= -_CLIPPED
    return inside and (z >= _ALONE or (z >= THRESHOLD and _goes_on(prompt, place, samples, at)))


def _goes_on(prompt: Reference, place: int, samples: Samples, at: int) -> bool:
    """The window that begins where this one ends holds what comes next in the prompt."""
    window = samples[at + _SIZE : at + 2 * _SIZE]
    if len(window) < _SIZE or place + _SIZE > len(prompt.samples) - RATE // 4:
        return False
    found, z = prompt.match(window)
    return z >= THRESHOLD and abs(found - place - _SIZE) <= _ALIGNED


def _end(prompt: Reference, place: int, samples: Samples, at: int) -> int:
    """The sample at which it is heard no more: it may have been cut short."""
    while _goes_on(prompt, place, samples, at):
        at, place = at + _SIZE, place + _SIZE
    rest = min(_SIZE, len(prompt.samples) - place)
    return at + max(_SIZE // 2, rest)


def _white(samples: Samples, size: int) -> NDArray[np.complex64]:
    """The spectrum at that size, every frequency alike, what the rough comparison leaves out taken away."""
    spectrum = np.fft.rfft(samples, size)[: size // _FOLD // 2 + 1]
    spectrum /= np.abs(spectrum) + 1e-9
    spectrum[: int(_LOWEST_HZ * size / RATE)] = 0
    return spectrum.astype(np.complex64)


def shelf(folder: Path) -> Shelf:
    """The prompts of a folder, named `prompt:NAME`; kept until one of them changes. Raises `BadScenario`."""
    try:
        files = {file.stem: file for file in sorted(folder.iterdir()) if file.suffix in SOUND_ENDINGS}
        newest = max((file.stat().st_mtime_ns for file in files.values()), default=0)
    except OSError as error:
        raise BadScenario(f"cannot read the prompts in {folder}: {error.strerror}") from error
    return _shelf(tuple(list(files.values())[:_MOST_PROMPTS]), newest)


@lru_cache(maxsize=1)
def _shelf(files: tuple[Path, ...], _newest: int) -> Shelf:
    return Shelf(Reference(f"prompt:{file.stem}", read_audio(file)) for file in files)
