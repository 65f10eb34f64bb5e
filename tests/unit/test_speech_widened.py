"""Telephone sound raised to a model's rate, piece by piece: the same as in one piece."""

import numpy as np
import pytest

from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.sound import TELEPHONE_RATE, Sound, resampled
from ivr.speech.widened import Raised


@pytest.mark.parametrize("times", [2, 6])
@pytest.mark.parametrize("piece", [160, 1600, 37])
def test_pieces_make_the_same_sound_as_the_whole(times: int, piece: int) -> None:
    sound = resampled(EspeakSpeaker().say("纳税人识别号"), TELEPHONE_RATE)
    data = sound.samples.astype("<i2").tobytes()
    raised = Raised(times)
    made = b"".join(raised.feed(data[start : start + 2 * piece]) for start in range(0, len(data), 2 * piece))
    made += raised.rest()
    whole = resampled(Sound(sound.samples, TELEPHONE_RATE), TELEPHONE_RATE * times).samples
    # It is later by the samples the filter waited for, and by nothing else.
    late = np.frombuffer(made, "<i2")[64 * times :][: len(whole)]
    assert len(late) == len(whole)
    assert np.abs(late.astype(int) - whole.astype(int)).max() <= 2
