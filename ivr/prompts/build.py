"""Prompt texts -> `<key>.alaw`, 8 kHz mono raw A-law, which Asterisk plays without transcoding.

A sound is cached under the hash of all that shapes it (voice, text, pace, or the recording's bytes), so a second build
only compares files. Files appear whole (written aside, then renamed), so builds may run at the same time.
"""

import hashlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from core.errors import BadInput
from core.whole import write_whole
from ivr.prompts import studio
from ivr.prompts.texts import Prompt
from ivr.prompts.voices import Voices
from ivr.speech.normalise import spoken
from ivr.speech.sound import TELEPHONE_RATE, Sound, alaw, levelled, resampled, trimmed
from ivr.speech.speaker import Speaker

with warnings.catch_warnings():
    # It asks for ffmpeg at import; raw samples need none.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

LEVEL: Final = -20.0
"""Level of speech in every prompt, dB: a voice and a studio recording follow each other without a jump."""
SOUND_MODE = 0o644
"""Asterisk may run as another user."""
_LEAD_IN_MS, _LEAD_OUT_MS, _FADE_MS = 60, 120, 8
_BUILD_VERSION: Final = 1
"""Raise it when the same input would give other bytes."""


Source = Literal["voice", "recording"]


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    """One file in the output folder."""

    key: str
    file: Path
    seconds: float
    source: Source
    fresh: bool
    """Synthesised now rather than found in the cache."""
    trouble: str = ""
    """Why its recording was not used, in one line."""


def build(
    texts: Mapping[str, Prompt],
    speaker: Speaker,
    cache: Path,
    out: Path,
    recordings: Path | None = None,
    voices: Voices | None = None,
) -> list[BuiltPrompt]:
    """Put `<key>.alaw` of every prompt into `out`, in the order of `texts`.

    `speaker` says what names no voice of its own, `voices` finds the others; without it `speaker` says all. A studio
    recording `<key>.wav` in `recordings` (any rate, any channels) wins over the voice; one that cannot be used is named
    in `trouble`, and the voice speaks. Raises `CannotSpeak` for a text that cannot be said, `MissingComponent` when the
    voice is missing. Blocks.
    """
    cache.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    return [
        _build_one(prompt, voices(prompt.voice) if prompt.voice and voices else speaker, cache, out, recordings)
        for prompt in texts.values()
    ]


def _build_one(prompt: Prompt, speaker: Speaker, cache: Path, out: Path, recordings: Path | None) -> BuiltPrompt:
    trouble = ""
    if recordings is not None:
        try:
            raw = studio.recorded(prompt.key, recordings)
            if raw is not None:
                name = str(recordings / f"{prompt.key}.wav")
                digest = _digest("studio", studio.digest(raw))
                data, fresh = _kept(cache / f"{digest}.alaw", lambda: studio.sound_of(raw, name))
                return _put(prompt.key, data, out, "recording", fresh=fresh)
        except BadInput as error:
            trouble = f"{error}; the voice says {prompt.key}"
    # The words as they are said, too: when numbers are read otherwise, they are said anew.
    digest = _digest("voice", speaker.name, prompt.text, spoken(prompt.text), f"{prompt.pace:g}")
    data, fresh = _kept(cache / f"{digest}.alaw", lambda: speaker.say(prompt.text, pace=prompt.pace))
    return _put(prompt.key, data, out, "voice", fresh=fresh, trouble=trouble)


def _kept(file: Path, make: Callable[[], Sound]) -> tuple[bytes, bool]:
    """The bytes of a cached sound, made when it is not there; whether it was made now."""
    fresh = not file.is_file()
    if fresh:
        write_whole(file, telephone_bytes(make()), mode=SOUND_MODE)
    return file.read_bytes(), fresh


def _put(key: str, data: bytes, out: Path, source: Source, *, fresh: bool, trouble: str = "") -> BuiltPrompt:
    target = out / f"{key}.alaw"
    if not target.is_file() or target.read_bytes() != data:
        write_whole(target, data, mode=SOUND_MODE)
    return BuiltPrompt(key, target, len(data) / TELEPHONE_RATE, source, fresh, trouble)


def telephone_bytes(sound: Sound) -> bytes:
    """`sound` as a prompt: 8 kHz, levelled, ends trimmed and faded, a breath of silence around it, A-law."""
    speech = levelled(trimmed(resampled(sound, TELEPHONE_RATE)), LEVEL)
    segment = AudioSegment(
        speech.samples.astype("<i2").tobytes(), sample_width=2, frame_rate=TELEPHONE_RATE, channels=1
    )
    segment = segment.fade_in(_FADE_MS).fade_out(_FADE_MS)
    framed = _silence(_LEAD_IN_MS) + segment + _silence(_LEAD_OUT_MS)
    return alaw(np.frombuffer(framed.raw_data, dtype="<i2"))


def _silence(milliseconds: int) -> AudioSegment:
    return AudioSegment.silent(duration=milliseconds, frame_rate=TELEPHONE_RATE)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join((str(_BUILD_VERSION), *parts)).encode()).hexdigest()
