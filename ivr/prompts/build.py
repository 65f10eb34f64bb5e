"""Prompt texts -> `<key>.alaw`, 8 kHz mono raw A-law, which Asterisk plays without transcoding.

A sound is cached under the hash of all that shapes it (voice, text, pace, or the recording's bytes), so a second build
only compares files. Files appear whole (written aside, then renamed), so builds may run at the same time.
"""

import hashlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from core.errors import BadInput
from core.whole import write_whole
from ivr.prompts.texts import Prompt
from ivr.prompts.voices import Voices
from ivr.speech.normalise import spoken
from ivr.speech.sound import TELEPHONE_RATE, Sound, alaw, levelled, resampled, trimmed
from ivr.speech.speaker import Speaker
from ivr.speech.wav import read_wav

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


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    """One file in the output folder."""

    key: str
    file: Path
    seconds: float
    source: Literal["voice", "recording"]
    fresh: bool
    """Synthesised now rather than found in the cache."""


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
    recording `<key>.wav` in `recordings` (any rate, any channels) wins over the voice. Raises `BadInput` for a
    recording that cannot be read, `CannotSpeak` for a text that cannot be said, `MissingComponent` when the voice is
    missing. Blocks.
    """
    cache.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    return [
        _build_one(prompt, voices(prompt.voice) if prompt.voice and voices else speaker, cache, out, recordings)
        for prompt in texts.values()
    ]


def _build_one(prompt: Prompt, speaker: Speaker, cache: Path, out: Path, recordings: Path | None) -> BuiltPrompt:
    recording = recordings / f"{prompt.key}.wav" if recordings else None
    if recording is not None and recording.is_file():
        try:
            raw = recording.read_bytes()
        except OSError as error:
            raise BadInput(f"cannot read recording {recording}: {error.strerror}") from error
        source: Literal["voice", "recording"] = "recording"
        digest = _digest("recording", hashlib.sha256(raw).hexdigest())
    else:
        raw, source = b"", "voice"
        # The words as they are said, too: when numbers are read otherwise, they are said anew.
        digest = _digest("voice", speaker.name, prompt.text, spoken(prompt.text), f"{prompt.pace:g}")
    kept = cache / f"{digest}.alaw"
    fresh = not kept.is_file()
    if fresh:
        sound = read_wav(io.BytesIO(raw), str(recording)) if raw else speaker.say(prompt.text, pace=prompt.pace)
        write_whole(kept, telephone_bytes(sound), mode=SOUND_MODE)
    data = kept.read_bytes()
    target = out / f"{prompt.key}.alaw"
    if not target.is_file() or target.read_bytes() != data:
        write_whole(target, data, mode=SOUND_MODE)
    return BuiltPrompt(prompt.key, target, len(data) / TELEPHONE_RATE, source, fresh)


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
