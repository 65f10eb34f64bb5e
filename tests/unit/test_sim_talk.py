"""How soon a reply comes: what counts as its first sound, and where one's own words end."""

import numpy as np
import pytest

from sim.checks_talk import first_sound, voiced_seconds
from sim.sound import RATE

_FRAME = 0.02


def frames(*stretches: tuple[float, float]) -> list[float]:
    """Moments of loud frames in these stretches (from, to)."""
    return [begin + n * _FRAME for begin, end in stretches for n in range(round((end - begin) / _FRAME))]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (frames((10.8, 12.0)), 10.8),
        (frames((9.0, 9.8), (11.0, 12.0)), 11.0),
        # A prompt that goes on over one's own end is no reply; what comes after its pause is.
        (frames((9.5, 10.3), (10.9, 12.0)), 10.9),
        (frames((9.5, 12.0)), None),
        # A click is no reply.
        (frames((10.4, 10.44), (11.0, 12.0)), 11.0),
        ([], None),
    ],
)
def test_the_reply_is_the_first_sound_behind_a_pause(moments: list[float], expected: float | None) -> None:
    found = first_sound(moments, 10.0)
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_silence_at_the_end_of_a_speech_is_not_spoken() -> None:
    loud = np.sin(np.arange(RATE) / 3) * 3000
    assert voiced_seconds(np.concatenate([loud, np.zeros(RATE // 2)])) == pytest.approx(1.0, abs=0.03)
    assert voiced_seconds(np.zeros(RATE)) == 1.0
