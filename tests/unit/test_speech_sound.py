"""Samples: rates, levels, A-law, WAV files of every kind."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from ivr.speech.sound import Sound, alaw, from_alaw, from_ulaw, levelled, resampled, speech_level, trimmed
from ivr.speech.wav import read_wav


def tone(frequency: float, rate: int, seconds: float = 0.5, height: float = 10_000) -> Sound:
    time = np.arange(int(seconds * rate)) / rate
    return Sound((height * np.sin(2 * np.pi * frequency * time)).astype(np.int16), rate)


@pytest.mark.parametrize("rate", [11_025, 16_000, 22_050, 44_100, 48_000])
def test_a_tone_that_fits_survives_resampling_and_one_that_does_not_is_gone(rate: int) -> None:
    kept = resampled(tone(1000, rate), 8000).samples[300:-300]
    assert np.abs(kept - tone(1000, 8000).samples[300 : 300 + len(kept)]).max() < 10
    assert np.abs(resampled(tone(4500, rate), 8000).samples[300:-300]).max() < 10


@given(st.integers(0, 400), st.sampled_from([8000, 11_025, 16_000, 44_100]), st.sampled_from([8000, 16_000, 22_050]))
@settings(max_examples=30, deadline=None)
def test_resampling_keeps_the_length_in_seconds(count: int, rate: int, target: int) -> None:
    result = resampled(Sound(np.zeros(count, np.int16), rate), target)
    assert abs(len(result.samples) - count * target / rate) <= 1


def test_levels_meet_and_nothing_clips() -> None:
    for height in (200, 3000, 30_000):
        assert speech_level(levelled(tone(440, 8000, height=height), -20)) == pytest.approx(-20, abs=0.3)
    loud = levelled(tone(440, 8000), -3)
    assert np.abs(loud.samples.astype(int)).max() <= 32768 * 10 ** (-1.5 / 20) + 1


def test_silence_has_no_level_and_no_middle() -> None:
    silence = Sound(np.zeros(800, np.int16), 8000)
    assert len(trimmed(silence).samples) == 0
    assert levelled(silence) is silence


def test_trimming_leaves_the_speech() -> None:
    padded = Sound(np.concatenate([np.zeros(4000, np.int16), tone(500, 8000).samples, np.zeros(9000, np.int16)]), 8000)
    assert 0.5 <= trimmed(padded).seconds <= 0.55


def test_alaw_of_known_values_and_there_and_back() -> None:
    # Silence is D5; the ends of the scale are AA and 2A (G.711, even bits inverted).
    assert alaw(np.array([0, 8, -1, -9, 32767, -32768], np.int16)) == bytes([0xD5, 0xD5, 0x55, 0x55, 0xAA, 0x2A])
    everything = bytes(range(256))
    assert alaw(from_alaw(everything)) == everything
    samples = np.arange(-32768, 32768).astype(np.int16)
    error = np.abs(from_alaw(alaw(samples)).astype(int) - samples)
    assert (error <= np.maximum(np.abs(samples.astype(int)) / 30, 8)).all()


def test_ulaw_of_known_values() -> None:
    assert list(from_ulaw(bytes([0xFF, 0x7F, 0x80, 0x00]))) == [0, 0, 32124, -32124]


def wav(
    code: int, channels: int, rate: int, bits: int, data: bytes, *, extra: bytes = b"", size: int | None = None
) -> bytes:
    frame = channels * bits // 8
    shape = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, bits) + extra
    chunks = b"LIST\x03\0\0\0abc\0" + b"fmt " + struct.pack("<I", len(shape)) + shape
    chunks += b"data" + struct.pack("<I", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


HALF = 16384
EXTENSIBLE = struct.pack("<HHI", 22, 16, 0) + struct.pack("<H", 1) + bytes(14)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (wav(1, 1, 8000, 8, bytes([192, 64])), [HALF, -HALF]),
        (wav(1, 1, 8000, 16, struct.pack("<2h", HALF, -HALF)), [HALF, -HALF]),
        (wav(1, 1, 8000, 24, b"\x00\x00\x40\x00\x00\xc0"), [HALF, -HALF]),
        (wav(1, 1, 8000, 32, struct.pack("<2i", HALF << 16, -HALF << 16)), [HALF, -HALF]),
        (wav(3, 1, 8000, 32, struct.pack("<3f", 0.5, -0.5, float("nan"))), [HALF, -HALF, 0]),
        (wav(3, 1, 8000, 64, struct.pack("<2d", 0.5, -2.0)), [HALF, -32767]),
        (wav(6, 1, 8000, 8, bytes([0xD5, 0x2A])), [8, -32256]),
        (wav(7, 1, 8000, 8, bytes([0xFF, 0x00])), [0, -32124]),
        (wav(1, 2, 8000, 16, struct.pack("<4h", 100, 300, -100, -300)), [200, -200]),
        (wav(0xFFFE, 1, 8000, 16, struct.pack("<h", 7), extra=EXTENSIBLE), [7]),
        (wav(1, 1, 8000, 16, struct.pack("<h", 7) + b"\1", size=0xFFFFFFFF), [7]),
        (wav(1, 1, 8000, 16, struct.pack("<h", 7), size=0), [7]),
    ],
)
def test_wav_kinds(file: bytes, expected: list[int]) -> None:
    sound = read_wav(io.BytesIO(file), "f.wav")
    assert (list(sound.samples), sound.rate) == (expected, 8000)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"RIFF",
        b"ID3 not a wav at all",
        wav(1, 1, 8000, 16, b"")[:30],
        wav(2, 1, 8000, 4, b"\0\0"),
        wav(1, 0, 8000, 16, b"\0\0"),
        wav(1, 1, 5, 16, b"\0\0"),
        b"RIFF\0\0\0\0WAVEdata\0\0\0\0",
    ],
)
def test_what_is_no_wav_is_named_in_one_line(file: bytes) -> None:
    with pytest.raises(BadInput, match=r"^f\.wav is not a WAV file that can be used: .+$"):
        read_wav(io.BytesIO(file), "f.wav")


@given(st.binary(max_size=80))
def test_garbage_never_does_worse_than_bad_input(garbage: bytes) -> None:
    good = wav(1, 1, 8000, 16, b"\0\0" * 4)
    for file in (garbage, good[:12] + garbage, good[: len(good) - 20] + garbage):
        try:
            read_wav(io.BytesIO(file), "f.wav")
        except BadInput as error:
            assert "\n" not in str(error)
