"""What the network sees.

Kaldi's MFCC (40 of 40 bins), 25 ms every 10 ms, made with numpy to the last digit as Vosk makes it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ivr.speech.sound import TELEPHONE_RATE

COEFFICIENTS: Final = 40
# The options these numbers stand for; written next to the model, where Vosk reads them.
MFCC_CONF: Final = f"""--use-energy=false
--sample-frequency={TELEPHONE_RATE}
--num-mel-bins={COEFFICIENTS}
--num-ceps={COEFFICIENTS}
--low-freq=40
--high-freq=-200
--dither=0.0
"""
_WINDOW, _SHIFT, _FFT = 200, 80, 256
_LOW, _HIGH = 40.0, TELEPHONE_RATE / 2 - 200
_FLOOR: Final = float(np.finfo(np.float32).eps)


def mfcc(samples: NDArray[np.float64]) -> NDArray[np.float32]:
    """Frames × 40; `samples` at 8 kHz in the range of 16-bit numbers. Fewer than 25 ms give no frame."""
    if len(samples) < _WINDOW:
        return np.zeros((0, COEFFICIENTS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_SHIFT]
    frames = frames - frames.mean(axis=1, keepdims=True)
    sharpened = np.concatenate([frames[:, :1] * 0.03, frames[:, 1:] - 0.97 * frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft(sharpened * _POVEY, _FFT))[:, : _FFT // 2] ** 2
    logs = np.log(np.maximum(power @ _MEL.T, _FLOOR))
    return np.asarray(logs @ _COSINES.T * _LIFTER, dtype=np.float32)


def _mel(frequency: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(frequency) / 700.0))


def _triangles() -> NDArray[np.float64]:
    width = (_mel(_HIGH) - _mel(_LOW)) / (COEFFICIENTS + 1)
    centres = _mel(np.arange(_FFT // 2) * TELEPHONE_RATE / _FFT)
    left = (_mel(_LOW) + width * np.arange(COEFFICIENTS))[:, None]
    return np.clip(np.minimum((centres - left) / width, (left + 2 * width - centres) / width), 0, None)


_POVEY: Final = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / (_WINDOW - 1))) ** 0.85
_MEL: Final = _triangles()
_INDEX: Final = np.arange(COEFFICIENTS)
_COSINES: Final = np.sqrt(2 / COEFFICIENTS) * np.cos(np.pi / COEFFICIENTS * (_INDEX[None, :] + 0.5) * _INDEX[:, None])
_COSINES[0] = np.sqrt(1 / COEFFICIENTS)
_LIFTER: Final = 1 + 11 * np.sin(np.pi * _INDEX / 22)
