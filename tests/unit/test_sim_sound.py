"""Sound files and sample values."""

from pathlib import Path

import numpy as np
import pytest

from sim.errors import BadScenario
from sim.recording import Recording
from sim.sound import RATE, alaw_codes, read_audio, resample, write_wav


def _tone(seconds: float, rate: int = RATE, hertz: float = 440.0) -> np.ndarray:
    return 8000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def test_wav_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", _tone(0.5))
    assert np.abs(read_audio(tmp_path / "a.wav") - _tone(0.5)).max() <= 1


def test_alaw_is_within_its_steps(tmp_path: Path) -> None:
    samples = np.array([0.0, 8.0, 100.0, -100.0, 1000.0, -31000.0])
    (tmp_path / "a.alaw").write_bytes(alaw_codes(samples).tobytes())
    back = read_audio(tmp_path / "a.alaw")
    assert np.abs(back - samples).max() <= 512
    assert np.all(np.abs(back - samples) <= 16 + np.abs(samples) / 16)


def test_alaw_code_of_silence_is_d5() -> None:
    assert alaw_codes(np.array([8.0]))[0] == 0xD5


def test_resampling_keeps_a_tone_and_its_length() -> None:
    made = resample(_tone(1.0, 22050), 22050)
    assert len(made) == RATE
    assert np.abs(made - _tone(1.0))[400:-400].max() < 80


@pytest.mark.parametrize("name", ["missing.wav", "what.mp3"])
def test_an_unreadable_file_says_which(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadScenario, match=name.replace(".", r"\.")):
        read_audio(tmp_path / name)


def _recorded(folder: Path) -> Recording:
    """One second, half a second of nothing, one second; read in pieces of 20 ms, starting at moment 100."""
    piece = np.arange(160, dtype="<i2").tobytes()
    places = []
    with (folder / "a.pcm").open("wb") as pcm:
        for index in range(100):
            places += [100.02 + index * 0.02 + (0.5 if index >= 50 else 0.0), float(index * 320)]
            pcm.write(piece)
    np.array(places).tofile(folder / "a.places")
    return Recording(folder / "a.pcm", folder / "a.places")


def test_a_recording_knows_when_a_sample_came_in(tmp_path: Path) -> None:
    recording = _recorded(tmp_path)
    assert recording.seconds() == 2.0
    assert recording.moment(0) == pytest.approx(100.0)
    assert recording.moment(8000) == pytest.approx(101.5)
    assert recording.first_sample(101.2) == 8000


def test_samples_between_two_moments(tmp_path: Path) -> None:
    recording = _recorded(tmp_path)
    assert len(recording.samples(since=101.2)) == 8000
    assert len(recording.samples(until=101.2)) == 8000


def test_a_time_in_which_nothing_came_in_is_found(tmp_path: Path) -> None:
    ((begin, end),) = _recorded(tmp_path).silences(100.0, 102.52)
    assert (begin, end) == (pytest.approx(101.0), pytest.approx(101.52))


def test_a_wav_on_the_clock_is_filled_with_silence(tmp_path: Path) -> None:
    recording = _recorded(tmp_path)
    recording.write_wav(tmp_path / "clock.wav", start=100.0)
    recording.write_wav(tmp_path / "bare.wav")
    assert len(read_audio(tmp_path / "bare.wav")) == 16000
    clock = read_audio(tmp_path / "clock.wav")
    assert len(clock) == 20000
    assert not clock[8000:12000].any()


def test_nothing_recorded_is_no_error(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "none.pcm", tmp_path / "none.places")
    assert len(recording.samples()) == 0
    assert recording.seconds() == 0.0
    assert recording.moment(5) == 0.0
