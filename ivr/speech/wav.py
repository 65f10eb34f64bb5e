"""WAV files in and out: PCM of 8 to 32 bits, float, A-law and µ-law, any rate, any number of channels."""

import struct
import wave
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from core.errors import BadInput
from ivr.speech.sound import Samples, Sound, from_alaw, from_ulaw

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_RATES: Final = range(4000, 192_001)
_LONGEST: Final = 512 * 1024 * 1024
"""Bytes of sound read from one file."""


def read_wav(source: Path | BinaryIO, name: str = "") -> Sound:
    """The file as one channel (several are averaged). Raises `BadInput`, one line that names the file."""
    label = name or str(source)
    try:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return _read(stream)
        return _read(source)
    except OSError as error:
        raise BadInput(f"cannot read {label}: {error.strerror}") from error
    except (ValueError, struct.error) as error:
        raise BadInput(f"{label} is not a WAV file that can be used: {error}") from error


def write_wav(file: Path, sound: Sound) -> None:
    """Write 16-bit PCM, one channel. Raises `BadInput` when the file cannot be written."""
    try:
        # Opened here: wave leaves a broken writer behind where it cannot.
        with file.open("wb") as stream, wave.open(stream, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(sound.rate)
            writer.writeframes(sound.samples.astype("<i2").tobytes())
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror}") from error


def _read(stream: BinaryIO) -> Sound:
    riff = stream.read(12)
    if len(riff) < 12 or riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        raise ValueError("no RIFF/WAVE header")
    shape: tuple[int, int, int, int] | None = None
    while len(header := stream.read(8)) == 8:
        kind, size = header[:4], struct.unpack("<I", header[4:])[0]
        if kind == b"fmt ":
            shape = _shape(stream.read(size + size % 2)[:size])
        elif kind == b"data":
            if shape is None:
                raise ValueError("sound before its format")
            # Recorders cut off in the middle leave a size of 0 or 4 GB: the rest of the file is the sound.
            return _sound(stream.read(min(size or _LONGEST, _LONGEST)), *shape)
        else:
            stream.seek(size + size % 2, 1)
    raise ValueError("no sound in it")


def _shape(chunk: bytes) -> tuple[int, int, int, int]:
    """Format code, channels, rate, bits."""
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if code == _EXTENSIBLE and len(chunk) >= 26:
        code = struct.unpack("<H", chunk[24:26])[0]
    if (code, bits) not in {
        (_PCM, 8),
        (_PCM, 16),
        (_PCM, 24),
        (_PCM, 32),
        (_FLOAT, 32),
        (_FLOAT, 64),
        (_ALAW, 8),
        (_ULAW, 8),
    }:
        raise ValueError(f"format {code} with {bits} bits is unknown")
    if not 1 <= channels <= 32 or rate not in _RATES:
        raise ValueError(f"{channels} channels at {rate} Hz")
    return code, channels, rate, bits


def _sound(data: bytes, code: int, channels: int, rate: int, bits: int) -> Sound:
    frame = channels * bits // 8
    samples = _samples(data[: len(data) // frame * frame], code, bits)
    if channels > 1:
        samples = np.rint(samples.reshape(-1, channels).astype(np.float64).mean(axis=1)).astype(np.int16)
    return Sound(samples, rate)


def _samples(data: bytes, code: int, bits: int) -> Samples:
    if code == _ALAW:
        return from_alaw(data)
    if code == _ULAW:
        return from_ulaw(data)
    if code == _FLOAT:
        values = np.nan_to_num(np.frombuffer(data, dtype=f"<f{bits // 8}"))
        scaled: Samples = np.rint(np.clip(values, -1, 1) * 32767).astype(np.int16)
        return scaled
    if bits == 8:
        return ((np.frombuffer(data, dtype=np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)
    if bits == 24:
        # The upper two of three bytes are what 16 bits can hold.
        return (
            np.ascontiguousarray(np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)[:, 1:])
            .view("<i2")
            .reshape(-1)
            .astype(np.int16)
        )
    whole = np.frombuffer(data, dtype=f"<i{bits // 8}").astype(np.int32)
    return (whole >> (bits - 16)).astype(np.int16)
