"""Telephone sound for a model that takes nothing but its own, higher rate: raised on the way, piece by piece.

Nothing is gained in understanding (speech.model should be a telephone model), but the model works.
"""

from types import TracebackType
from typing import Final, Self

import numpy as np

from ivr.speech.recogniser import Heard, Hearing, Recogniser
from ivr.speech.sound import TELEPHONE_RATE, Sound, resampled

_SIDE: Final = 64
"""Samples at either side of a piece that the filter looks at."""


class Raised:
    """8 kHz sound at a whole multiple of its rate, as it comes. The end of each piece waits for the next."""

    def __init__(self, times: int) -> None:
        self._times = times
        self._kept = np.zeros(2 * _SIDE, np.int16)

    def feed(self, samples: bytes) -> bytes:
        """More sound; what can be told of it by now."""
        known = np.concatenate([self._kept, np.frombuffer(samples, "<i2")])
        self._kept = known[-2 * _SIDE :]
        if len(known) <= 2 * _SIDE:
            return b""
        raised = resampled(Sound(known, TELEPHONE_RATE), TELEPHONE_RATE * self._times).samples
        return raised[_SIDE * self._times : (len(known) - _SIDE) * self._times].astype("<i2").tobytes()

    def rest(self) -> bytes:
        """What was still waiting; the next sound begins anew."""
        last = self.feed(bytes(2 * _SIDE))
        self._kept = np.zeros(2 * _SIDE, np.int16)
        return last


class Widened:
    """A `Hearing` for 8 kHz in front of one for a higher rate."""

    def __init__(self, hearing: Hearing, times: int) -> None:
        self._hearing = hearing
        self._raised = Raised(times)

    async def hear(self, samples: bytes) -> Heard:
        raised = self._raised.feed(samples)
        return await self._hearing.hear(raised) if raised else Heard("", final=False)

    async def finish(self) -> Heard:
        first = await self._hearing.hear(self._raised.rest())
        last = await self._hearing.finish()
        if not first.final:
            return last
        sure, outside = min(first.confidence, last.confidence), max(first.rejected, last.rejected)
        return Heard(first.text + last.text, final=True, confidence=sure, rejected=outside)

    async def close(self) -> None:
        await self._hearing.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def telephone_ear(recogniser: Recogniser) -> Hearing:
    """An ear for telephone sound, whatever the model's own rate. Raises as `Recogniser.listen`."""
    rate = recogniser.feed_rate(TELEPHONE_RATE)
    hearing = await recogniser.listen(rate)
    return hearing if rate == TELEPHONE_RATE else Widened(hearing, rate // TELEPHONE_RATE)
