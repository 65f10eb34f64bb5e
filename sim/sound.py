"""Sound files and sample values: WAV, A-law, raw PCM, resampling. Everything is 16-bit sample values at 8 kHz, as
floats."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import BadScenario

RATE = 8000
SOUND_ENDINGS = (".wav", ".alaw", ".al", ".pcm", ".sln", ".raw")
"""Names of files that are read as sound."""
Samples = NDArray[np.float64]


def write_wav(target: Path, samples: Samples, rate: int = RATE) -> None:
    """`samples` as a 16-bit mono WAV file."""
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())


def read_wav(source: Path) -> Samples:
    """A 16-bit WAV file of any rate and number of channels, as mono samples at 8 kHz. Raises `wave.Error`,
    `OSError`."""
    with wave.open(str(source), "rb") as file:
        if file.getsampwidth() != 2:
            raise wave.Error(f"{source}: {file.getsampwidth() * 8}-bit audio; 16-bit is read")
        channels, rate = file.getnchannels(), file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
    mono = raw[: len(raw) // channels * channels].reshape(-1, channels).mean(axis=1)
    return resample(mono, rate)


def read_audio(source: Path) -> Samples:
    """A sound file by its ending: `.wav`, `.alaw`/`.al`, `.pcm`/`.sln`/`.raw` (16-bit, 8 kHz). Raises `BadScenario`."""
    try:
        match source.suffix.lower():
            case ".wav":
                return read_wav(source)
            case ".alaw" | ".al":
                return alaw_samples(np.fromfile(source, dtype=np.uint8))
            case ".pcm" | ".sln" | ".raw":
                return np.fromfile(source, dtype="<i2").astype(np.float64)
    except (OSError, wave.Error, EOFError) as error:
        raise BadScenario(f"cannot read {source}: {error}") from error
    raise BadScenario(f"{source}: unknown kind of sound file; known: .wav .alaw .al .pcm .sln .raw")


def _alaw_table() -> Samples:
    """G.711 A-law: the sample value of each of the 256 codes."""
    code = np.arange(256) ^ 0x55
    segment, step = (code >> 4) & 7, code & 15
    size = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 264) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.float64)


_ALAW = _alaw_table()


def alaw_samples(codes: NDArray[np.uint8]) -> Samples:
    """The sample values of A-law codes."""
    return _ALAW[codes]


def alaw_codes(samples: Samples) -> NDArray[np.uint8]:
    """Sample values as A-law codes: for each, the code whose value is nearest."""
    order = np.argsort(_ALAW)
    values = _ALAW[order]
    upper = np.clip(np.searchsorted(values, samples), 1, 255)
    nearest = np.where(samples - values[upper - 1] <= values[upper] - samples, upper - 1, upper)
    return order[nearest].astype(np.uint8)


def resample(samples: Samples, rate: int) -> Samples:
    """`samples` taken at `rate` Hz, at 8 kHz; what 8 kHz cannot carry is taken out first."""
    if rate == RATE or not len(samples):
        return samples
    spectrum = np.fft.rfft(samples)
    length = round(len(samples) * RATE / rate)
    kept = np.zeros(length // 2 + 1, dtype=complex)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return np.fft.irfft(kept, length) * (length / len(samples))
