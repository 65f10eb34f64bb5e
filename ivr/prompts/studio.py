"""Studio recordings: `<key>.wav` in a folder. One that cannot be used is named, and the voice says that prompt."""

import hashlib
import io
from pathlib import Path
from typing import Final

from core.errors import BadInput
from ivr.speech.sound import Sound, speech_level, trimmed
from ivr.speech.wav import read_wav

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a file."""
LONGEST: Final = 60.0
"""Seconds of what is said to a caller in one go."""
_SILENT: Final = -60.0
"""dB: nobody speaks so low."""


def recorded(key: str, folder: Path) -> bytes | None:
    """The file of that prompt; None when there is none. Raises `BadInput`, one line that names the file."""
    file = folder / f"{key}.wav"
    try:
        if not file.is_file():
            return None
        if file.stat().st_size > LARGEST:
            raise BadInput(f"recording {file} is larger than {LARGEST // 1024 // 1024} MB")
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read recording {file}: {error.strerror}") from error


def sound_of(data: bytes, name: str) -> Sound:
    """What is to be heard. Raises `BadInput` for no sound that anybody could be meant to hear."""
    sound = read_wav(io.BytesIO(data), f"recording {name}")
    if speech_level(sound) < _SILENT or not len(trimmed(sound).samples):
        raise BadInput(f"recording {name} holds no sound")
    if sound.seconds > LONGEST:
        raise BadInput(f"recording {name} is {sound.seconds:.0f} s long: a prompt is at most {LONGEST:.0f} s")
    return sound


def digest(data: bytes) -> str:
    """What names it in the cache."""
    return hashlib.sha256(data).hexdigest()
