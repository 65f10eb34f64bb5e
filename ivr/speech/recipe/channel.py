"""A telephone line between the voice and the model: band, room, level, noise, A-law. Seeded.

The same generator, the same line.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ivr.speech.sound import TELEPHONE_RATE, alaw, from_alaw

Wave = NDArray[np.float64]

TRAINING_NOISES: Final = ("white", "low", "babble", "hum", "clicks")
UNSEEN_NOISES: Final = ("street", "music")
"""Noises kept for the examination."""


def line(speech: Wave, dice: np.random.Generator, chatter: Wave) -> Wave:
    """`speech` as it leaves one of many telephone lines (training). `chatter`: other voices, for babble noise."""
    wave = level(speech, float(dice.uniform(-34, -8)))
    if dice.random() < 0.35:
        wave = room(wave, dice)
    if dice.random() < 0.5:
        wave = band(wave, float(dice.uniform(180, 350)), float(dice.uniform(3000, 3600)))
    if dice.random() < 0.4:
        wave = tilt(wave, float(dice.uniform(-5, 5)))
    if dice.random() < 0.65:
        wave = add_noise(wave, str(dice.choice(TRAINING_NOISES)), float(dice.uniform(5, 32)), dice, chatter)
    if dice.random() < 0.1:
        wave = drop_packets(wave, dice)
    if dice.random() < 0.7:
        wave = through_alaw(wave)
    return np.clip(np.rint(wave), -32768, 32767)


def silence(seconds: float, kind: str, dice: np.random.Generator, chatter: Wave) -> Wave:
    """A line on which nobody speaks: noise of `kind`, from hardly to be heard up to loud."""
    noise = _NOISES[kind](int(seconds * TELEPHONE_RATE), dice, chatter)
    return through_alaw(level(noise, float(dice.uniform(-75, -22))))


def level(wave: Wave, decibels: float) -> Wave:
    """`wave` with its power at `decibels` below full scale."""
    power = float(np.sqrt(np.mean(wave**2)))
    return wave * (32768 * 10 ** (decibels / 20) / max(power, 1e-6))


def band(wave: Wave, low: float, high: float) -> Wave:
    """Only `low`..`high` Hz, with soft edges."""
    frequencies = np.fft.rfftfreq(len(wave), 1 / TELEPHONE_RATE)
    gain = 1 / (1 + (low / np.maximum(frequencies, 1.0)) ** 8) / (1 + (frequencies / high) ** 16)
    return np.fft.irfft(np.fft.rfft(wave) * np.sqrt(gain), len(wave))


def tilt(wave: Wave, decibels: float) -> Wave:
    """Treble raised by `decibels` an octave above 1 kHz and lowered as much below (or the other way), within ±12 dB."""
    frequencies = np.maximum(np.fft.rfftfreq(len(wave), 1 / TELEPHONE_RATE), 50.0)
    gain = np.clip(np.log2(frequencies / 1000) * decibels, -12, 12)
    return np.fft.irfft(np.fft.rfft(wave) * 10 ** (gain / 20), len(wave))


def room(wave: Wave, dice: np.random.Generator) -> Wave:
    """A small room: the direct sound and a fading tail."""
    length = int(dice.uniform(0.05, 0.25) * TELEPHONE_RATE)
    tail = dice.standard_normal(length) * np.exp(-6 * np.arange(length) / length)
    tail *= dice.uniform(0.1, 0.5) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    size = len(wave) + length
    return np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(tail, size), size)[: len(wave)]


def drop_packets(wave: Wave, dice: np.random.Generator) -> Wave:
    """A few lost packets of 20 ms, replaced by nothing."""
    kept = wave.copy()
    packet = TELEPHONE_RATE // 50
    for _ in range(int(dice.integers(1, 4))):
        start = int(dice.integers(0, max(len(wave) - packet, 1)))
        kept[start : start + packet] = 0
    return kept


def through_alaw(wave: Wave) -> Wave:
    """There and back through the telephone's 8-bit code."""
    return np.asarray(from_alaw(alaw(np.clip(np.rint(wave), -32768, 32767).astype(np.int16))), dtype=np.float64)


def add_noise(wave: Wave, kind: str, ratio: float, dice: np.random.Generator, chatter: Wave) -> Wave:
    """`wave` with noise of `kind`, `ratio` dB below the speech."""
    noise = _NOISES[kind](len(wave), dice, chatter)
    scale = float(np.sqrt(np.mean(wave**2) / max(float(np.mean(noise**2)), 1e-9))) * 10 ** (-ratio / 20)
    return wave + noise * scale


def _white(count: int, dice: np.random.Generator, _chatter: Wave) -> Wave:
    return dice.standard_normal(count)


def _low(count: int, dice: np.random.Generator, _chatter: Wave) -> Wave:
    """Noise falling with frequency: wind, ventilation."""
    spectrum = np.fft.rfft(dice.standard_normal(count))
    frequencies = np.maximum(np.fft.rfftfreq(count, 1 / TELEPHONE_RATE), 20.0)
    return np.fft.irfft(spectrum * frequencies ** -dice.uniform(0.4, 1.2), count)


def _babble(count: int, dice: np.random.Generator, chatter: Wave) -> Wave:
    """Several voices at once."""
    voices = [np.roll(chatter, int(dice.integers(len(chatter)))) for _ in range(4)]
    return np.resize(np.sum(voices, axis=0), count)


def _hum(count: int, dice: np.random.Generator, _chatter: Wave) -> Wave:
    """Mains hum with overtones, over a little hiss."""
    time = np.arange(count) / TELEPHONE_RATE
    tones = [np.sin(2 * np.pi * 50 * n * time + dice.uniform(0, 6.28)) / n for n in (1, 2, 3, 4, 6, 8)]
    return np.asarray(np.sum(tones, axis=0) + 0.1 * dice.standard_normal(count))


def _clicks(count: int, dice: np.random.Generator, _chatter: Wave) -> Wave:
    """Keys and crackling: short bursts."""
    noise = 0.02 * dice.standard_normal(count)
    for _ in range(max(int(count / TELEPHONE_RATE * 6), 1)):
        start = int(dice.integers(count))
        burst = dice.standard_normal(min(int(dice.integers(20, 200)), count - start))
        noise[start : start + len(burst)] += burst * np.exp(-np.arange(len(burst)) / 30)
    return noise


def _street(count: int, dice: np.random.Generator, _chatter: Wave) -> Wave:
    """Traffic: low noise that swells and fades, a horn now and then."""
    time = np.arange(count) / TELEPHONE_RATE
    swell = 0.35 + np.abs(np.sin(2 * np.pi * dice.uniform(0.15, 0.5) * time + dice.uniform(0, 6.28)))
    rumble = band(_low(count, dice, time), 60, 900)
    rumble *= swell / max(float(np.sqrt(np.mean(rumble**2))), 1e-9)
    start = float(dice.uniform(0, max(time[-1] - 0.4, 0.1)))
    horn = np.sin(2 * np.pi * 420 * time) + np.sin(2 * np.pi * 510 * time)
    return rumble + 0.5 * horn * ((time > start) & (time < start + 0.3))


def _music(count: int, dice: np.random.Generator, _chatter: Wave) -> Wave:
    """Plucked notes of a pentatonic scale, as from a radio in the room."""
    wave = np.zeros(count)
    for start in range(0, count, TELEPHONE_RATE // 3):
        pitch = 220 * 2 ** (dice.choice([0, 2, 4, 7, 9, 12, 14, 16]) / 12)
        time = np.arange(count - start) / TELEPHONE_RATE
        wave[start:] += sum(np.sin(2 * np.pi * pitch * n * time) / n for n in (1, 2, 3)) * np.exp(-3 * time)
    return wave


_NOISES: Final = {
    "white": _white, "low": _low, "babble": _babble, "hum": _hum, "clicks": _clicks, "street": _street, "music": _music,
}  # fmt: skip
