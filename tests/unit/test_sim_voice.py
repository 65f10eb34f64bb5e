"""Test speech from espeak-ng."""

from pathlib import Path

import numpy as np

from sim.sound import RATE
from sim.voice import VARIANTS, Voice, speak


def test_speech_lasts_and_is_loud_enough(tmp_path: Path) -> None:
    samples = speak("请转人工服务", Voice(), tmp_path)
    assert 0.8 < len(samples) / RATE < 4
    assert 2000 < np.sqrt(np.mean(samples**2)) < 5000


def test_the_second_time_comes_from_the_cache_and_is_the_same(tmp_path: Path) -> None:
    first = speak("您好", Voice(), tmp_path)
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    assert np.array_equal(first, speak("您好", Voice(), tmp_path))
    assert kept.stat().st_mtime_ns == written


def test_without_a_place_to_keep_it_it_is_said_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert len(speak("您好", Voice(), tmp_path / "file")) > RATE // 4


def test_every_voice_speaks_and_speaks_differently(tmp_path: Path) -> None:
    said = {variant: speak("河南省税务局", Voice(variant), tmp_path).tobytes() for variant in VARIANTS}
    assert len(set(said.values())) == len(VARIANTS)
