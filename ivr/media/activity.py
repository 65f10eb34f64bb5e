"""Does the caller speak? Decided every 20 ms from loudness alone. No I/O.

Two things are louder than silence and are not the caller: the line's noise, followed as the least loud moment of the
last 1.5 s (speech has gaps, noise has none), and our own prompt coming back as an echo, 14 dB and more below what was
played up to 0.6 s before. How far below is learnt while a prompt plays, so that on a line without echo a quiet caller
can interrupt too.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from ivr.media.wire import FRAME_BYTES, FRAME_SECONDS

SILENT: Final = -90.0
"""dB against full scale of a frame of nothing."""


@dataclass(frozen=True, slots=True)
class Ear:
    """How speech is told from the rest. Levels in dB, times in seconds."""

    above_noise: float = 9.0
    """How far above the noise a frame of speech is."""
    least: float = -50.0
    """Nothing below this is speech, however quiet the line."""
    begins: tuple[int, int] = (4, 6)
    """Speech begins with so many loud frames among so many."""
    interrupts: tuple[int, int] = (4, 7)
    """The same while a prompt plays: a click must not stop it."""
    hangover: float = 0.36
    """Speech has ended when nothing was loud for so long."""
    echo: float = -20.0
    """Echo against what was played, until the line has shown its own."""
    strongest_echo: float = -17.0
    """Louder than this is a person."""
    echo_margin: float = 5.0


_ECHO_FRAMES: Final = round(0.6 / FRAME_SECONDS)
_NOISE_FRAMES: Final = round(1.5 / FRAME_SECONDS)
_LEARNING: Final = round(3.0 / FRAME_SECONDS)
"""Frames of our own speech from which the line's echo is learnt quickly. The line's own, it hardly changes."""
_FADES: Final = (0.08, 0.02)
"""dB a frame by which the echo is believed weaker while none is heard: while learning, and afterwards."""
_RISES: Final = (60.0, 0.1)
"""dB a frame, at most, by which it is believed stronger: a caller who speaks softly is not an echo."""
_WEAKEST_ECHO: Final = -120.0
_LOWEST: Final = round(200 * FRAME_SECONDS)
"""First part of a frame's spectrum that counts."""


def level(frame: bytes) -> float:
    """Loudness of 16-bit samples, `FRAME_BYTES` of them, in dB against full scale."""
    return levels(frame.ljust(FRAME_BYTES, bytes(1)))[0] if frame else SILENT


def levels(sound: bytes) -> list[float]:
    """Loudness of each whole frame. What lies below 200 Hz does not count: an offset, the mains' hum."""
    frames = np.frombuffer(sound, dtype="<i2").astype(np.float32).reshape(-1, FRAME_BYTES // 2)
    heard = np.fft.rfft(frames)[:, _LOWEST:]
    power = (heard.real**2 + heard.imag**2).sum(axis=1) * (2 / (FRAME_BYTES // 2) ** 2 / 32768.0**2)
    return [float(one) for one in np.maximum(10 * np.log10(np.maximum(power, 1e-12)), SILENT)]


class Activity:
    """One caller's. Feed it every frame in order."""

    def __init__(self, ear: Ear | None = None) -> None:
        self._ear = ear or Ear()
        self.speaking = False
        self._noise: deque[float] = deque(maxlen=_NOISE_FRAMES)
        self._smooth: float | None = None
        self._played: deque[float] = deque([SILENT] * _ECHO_FRAMES, maxlen=_ECHO_FRAMES)
        self._echo = self._ear.echo
        self._learnt = 0
        self._loud: deque[bool] = deque(maxlen=self._ear.interrupts[1])
        self._quiet = 0

    @property
    def noise(self) -> float:
        """The line's noise, dB."""
        return min(self._noise, default=SILENT)

    @property
    def trailing(self) -> float:
        """Seconds since the last loud frame."""
        return self._quiet * FRAME_SECONDS

    def feed(self, heard: float, played: float = SILENT) -> bool:
        """One frame: its level, and that of what we play at the same time. Whether the caller speaks."""
        ear = self._ear
        self._played.append(played)
        loudest = max(self._played)
        playing = loudest > SILENT
        self._follow(heard)
        floor = max(self.noise + ear.above_noise, ear.least)
        # Once someone speaks and the prompt has been stopped, an echo of its end no longer matters: soft syllables do.
        echoes = playing and not (self.speaking and played <= SILENT)
        bar = max(floor, loudest + self._echo + ear.echo_margin) if echoes else floor
        loud = heard > bar
        if played > loudest - 15 and not loud and not self.speaking:
            self._learn(heard - loudest if heard > self.noise + 3 else _WEAKEST_ECHO)
        self._loud.append(loud)
        self._quiet = 0 if loud else self._quiet + 1
        if self.speaking:
            self.speaking = self.trailing < ear.hangover
        else:
            needed, among = ear.interrupts if playing else ear.begins
            recent = list(self._loud)[-among:]
            self.speaking = sum(recent) >= needed
        return self.speaking

    def _follow(self, heard: float) -> None:
        # Three frames or so, or one quiet frame between two syllables would be taken for the noise.
        self._smooth = heard if self._smooth is None else self._smooth + (heard - self._smooth) * 0.4
        self._noise.append(self._smooth)

    def _learn(self, ratio: float) -> None:
        """The strongest echo of late."""
        later = self._learnt >= _LEARNING
        self._learnt += 1
        low, high = self._echo - _FADES[later], self._echo + _RISES[later]
        self._echo = min(max(low, min(ratio, high)), self._ear.strongest_echo)
