"""What a leg heard, read from the files its worker writes: PCM, and a place (moment, byte offset) for each read of it.

What comes in is not aligned to the wall clock (a held line sends nothing): every question in time goes through the
places.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.sound import RATE, Samples, write_wav


@dataclass(frozen=True, slots=True)
class Recording:
    """A growing recording. Sample values are 16-bit; moments are seconds of the monotonic clock."""

    pcm: Path
    places: Path

    def samples(self, since: float = 0.0, until: float = float("inf")) -> Samples:
        """What came in between the two moments, as far as it is there."""
        if not self.pcm.exists():
            return np.zeros(0)
        table = self._table()
        first = self._offset(table, since)
        last = None if until == float("inf") else self._offset(table, until)
        raw = np.fromfile(self.pcm, dtype="<i2")
        return raw[first // 2 : None if last is None else last // 2].astype(np.float64)

    def seconds(self) -> float:
        """Seconds of audio that came in."""
        return self.pcm.stat().st_size / 2 / RATE if self.pcm.exists() else 0.0

    def moment(self, sample: int) -> float:
        """When the sample of that number (from the start) came in."""
        table = self._table()
        if not len(table):
            return 0.0
        row = max(0, int(np.searchsorted(table[:, 1], sample * 2, side="right")) - 1)
        # A read takes what has come since the last one: the place's moment is that of its last sample.
        following = table[row + 1, 1] if row + 1 < len(table) else self.pcm.stat().st_size
        return float(table[row, 0] - (following - sample * 2) / 2 / RATE)

    def first_sample(self, since: float) -> int:
        """Number of the first sample that came in at or after `since`."""
        return self._offset(self._table(), since) // 2

    def silences(self, since: float, until: float, shortest: float = 0.3) -> list[tuple[float, float]]:
        """Stretches (from, to) in which nothing came in at all, held lines for example."""
        table = self._table()
        moments = [since, *(m for m in table[:, 0] if since <= m <= until), until] if len(table) else [since, until]
        return [(a, b) for a, b in itertools.pairwise(moments) if b - a >= shortest]

    def write_wav(self, target: Path, start: float | None = None, end: float | None = None) -> None:
        """A WAV file to play; with `start`, silence fills the times in which nothing came in, until `end`: it keeps the
        clock."""
        samples = self.samples()
        if start is not None:
            samples = self._on_the_clock(samples, start)
            missing = round(((end or start) - start) * RATE) - len(samples)
            samples = np.concatenate([samples, np.zeros(max(0, missing))])
        target.parent.mkdir(parents=True, exist_ok=True)
        write_wav(target, samples)

    def _on_the_clock(self, samples: Samples, start: float) -> Samples:
        table = self._table()
        pieces: list[Samples] = []
        length = 0
        for row in range(len(table)):
            first = int(table[row, 1]) // 2
            last = int(table[row + 1, 1]) // 2 if row + 1 < len(table) else len(samples)
            begins = round((table[row, 0] - start) * RATE) - (last - first)
            if begins - length > RATE // 4:
                pieces.append(np.zeros(begins - length))
                length = begins
            pieces.append(samples[first:last])
            length += last - first
        return np.concatenate(pieces) if pieces else np.zeros(0)

    def _table(self) -> Samples:
        if not self.places.exists():
            return np.zeros((0, 2))
        raw = np.fromfile(self.places, dtype=np.float64)
        return raw[: len(raw) // 2 * 2].reshape(-1, 2)

    def _offset(self, table: Samples, moment: float) -> int:
        row = int(np.searchsorted(table[:, 0], moment, side="left")) if len(table) else 0
        if row < len(table):
            return int(table[row, 1])
        # A leg is told of a moment before its files are made.
        return self.pcm.stat().st_size // 2 * 2 if self.pcm.exists() else 0
