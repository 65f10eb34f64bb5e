"""What the conversation says → sound for the caller's ear, 16-bit at 8 kHz.

Any text is synthesised once and kept under the hash of what shapes it, as A-law; most is there before the first call
(`python -m ivr.media.warm`). What is not is made in a thread of its own, with a deadline: espeak-ng needs milliseconds
for a sentence. Prompts at their own pace are the files the dialplan plays.
"""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from core.errors import BadInput, MissingComponent
from core.whole import write_whole
from ivr.prompts.build import SOUND_MODE, telephone_bytes
from ivr.prompts.texts import Prompt as PromptText
from ivr.session.ports import Part, Prompt, SoundFile, Text
from ivr.speech.normalise import spoken
from ivr.speech.sound import from_alaw
from ivr.speech.speaker import FASTEST, SLOWEST, Speaker

_KEPT: Final = 24_000_000
"""Bytes of sound kept in memory: twenty-five minutes."""
_DEADLINE: Final = 2.0
"""Seconds a text may take before the call goes on without it."""
_VERSION: Final = 1
"""Raise it when the same text would give other bytes."""

log = logging.getLogger("ivr.media")


class Voice:
    """For all calls of a process. `prompts`: texts by key; `sounds`: Asterisk's folder of sounds; `cache`: of texts."""

    def __init__(self, speaker: Speaker, prompts: Mapping[str, PromptText], sounds: Path, cache: Path) -> None:
        self._speaker = speaker
        self._prompts = prompts
        self._sounds = sounds
        self._cache = cache
        self._memory: OrderedDict[tuple[Part, float], bytes] = OrderedDict()
        self._held = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="voice")

    async def sound(self, part: Part, pace: float = 1.0) -> bytes:
        """Its samples; empty where they cannot be had in time, which is logged."""
        place = (part, pace)
        if (known := self._memory.get(place)) is not None:
            self._memory.move_to_end(place)
            return known
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_DEADLINE):
                made = await loop.run_in_executor(self._thread, self.made, part, pace)
        except (TimeoutError, BadInput, MissingComponent, OSError) as error:
            log.error("not said: %s: %s", _name(part), error or "it takes too long")
            return b""
        self._remember(place, made)
        return made

    def made(self, part: Part, pace: float = 1.0) -> bytes:
        """The same, blocking. Raises `BadInput` for what cannot be said, `MissingComponent`, `OSError`."""
        if isinstance(part, SoundFile):
            return _samples((self._sounds / f"{part.name}.alaw").read_bytes())
        if isinstance(part, Prompt):
            file = self._sounds / "hotline" / f"{part.key}.alaw"
            if pace == 1.0 and file.is_file():
                return _samples(file.read_bytes())
            prompt = self._prompts.get(part.key)
            if prompt is None:
                raise BadInput(f"no prompt {part.key}")
            return _samples(self._spoken(prompt.text, prompt.pace * pace))
        return _samples(self._spoken(part.text, pace))

    def keep(self, part: Text, pace: float = 1.0) -> bool:
        """Make its sound unless it is kept; whether it was made now. Blocks; raises as `made`."""
        if self._file(part.text, _bounded(pace)).is_file():
            return False
        self._spoken(part.text, pace)
        return True

    def close(self) -> None:
        """Give the thread back."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _spoken(self, text: str, pace: float) -> bytes:
        pace = _bounded(pace)
        file = self._file(text, pace)
        try:
            return file.read_bytes()
        except FileNotFoundError:
            data = telephone_bytes(self._speaker.say(text, pace=pace))
        self._cache.mkdir(parents=True, exist_ok=True)
        write_whole(file, data, mode=SOUND_MODE)
        return data

    def _file(self, text: str, pace: float) -> Path:
        # The words as they are said, too: when numbers are read otherwise, they are said anew.
        parts = (f"{_VERSION}", "text", self._speaker.name, text, spoken(text), f"{pace:g}")
        return self._cache / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}.alaw"

    def _remember(self, place: tuple[Part, float], sound: bytes) -> None:
        self._memory[place] = sound
        self._held += len(sound)
        while self._held > _KEPT:
            self._held -= len(self._memory.popitem(last=False)[1])


def _samples(data: bytes) -> bytes:
    return from_alaw(data).astype("<i2").tobytes()


def _bounded(pace: float) -> float:
    return round(min(max(pace, SLOWEST), FASTEST), 2)


def _name(part: Part) -> str:
    """For the log: a caller's words may be in a text, so no text."""
    if isinstance(part, Text):
        return f"a text of {len(part.text)} characters"
    return part.key if isinstance(part, Prompt) else part.name
