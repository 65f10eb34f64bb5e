"""A `Recogniser` that hears what it was told to, by loudness.

Sound counts as speech, silence of half a second ends an utterance.
"""

from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import numpy as np

from core.errors import BadInput
from ivr.speech.recogniser import Heard, SpeechAway, SpeechBusy

_ENDS_AFTER = 0.5


class ScriptedRecogniser:
    """`texts`: what successive utterances, of whatever hearing, will turn out to be."""

    def __init__(self, texts: Iterable[str] = (), *, streams: int = 20) -> None:
        self.texts = deque(texts)
        self.streams = streams
        self.open = 0
        self.away = False
        """Set it: recognition is gone until it is unset."""

    def feed_rate(self, rate: int) -> int:
        return rate if rate == 8000 else 8000

    async def listen(self, rate: int = 8000) -> "ScriptedHearing":
        if self.away:
            raise SpeechAway("away")
        if rate != 8000:
            raise BadInput(f"not {rate}")
        if self.open >= self.streams:
            raise SpeechBusy("busy")
        self.open += 1
        return ScriptedHearing(self)

    async def close(self) -> None:
        self.away = True


class ScriptedHearing:
    def __init__(self, recogniser: ScriptedRecogniser) -> None:
        self._recogniser = recogniser
        self._closed = False
        self._spoke = False
        self._quiet = 0.0

    async def hear(self, samples: bytes) -> Heard:
        self._check()
        wave = np.frombuffer(samples[: len(samples) // 2 * 2], dtype="<i2").astype(float)
        if len(wave) and np.abs(wave).max() > 300:
            self._spoke, self._quiet = True, 0.0
        else:
            self._quiet += len(wave) / 8000
        if self._quiet >= _ENDS_AFTER and self._spoke:
            return await self.finish()
        return Heard(self._recogniser.texts[0] if self._spoke and self._recogniser.texts else "", final=False)

    async def finish(self) -> Heard:
        self._check()
        text = self._recogniser.texts.popleft() if self._spoke and self._recogniser.texts else ""
        self._spoke, self._quiet = False, 0.0
        return Heard(text, final=True)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._recogniser.open -= 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _check(self) -> None:
        if self._closed or self._recogniser.away:
            raise SpeechAway("away")
