"""The hotline's ears as a port: sound in, words out. Drivers: `vosk_recogniser.VoskRecogniser`; a fake for tests."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from core.errors import HotlineError


class SpeechAway(HotlineError):
    """Recognition died, froze or cannot start: the caller is served by keys. A later `listen` may work again."""


class SpeechBusy(HotlineError):
    """As many callers are listened to as this machine can bear; ask again later, serve this one by keys."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood so far of one utterance."""

    text: str
    """Chinese without spaces; empty for silence and for speech that fits no known word."""
    final: bool
    """The recogniser noticed the end of the utterance: the next sound begins another."""
    confidence: float = 1.0
    """0 to 1, mean over the words; of a final text only. As sure as the model is, which is not as right."""
    rejected: float = 0.0
    """Share (0 to 1) of the spoken time that fitted no word; of a final text only."""


class Hearing(Protocol):
    """One caller's ear. Not for two tasks at once. Used as `async with`, which closes it.

    Every method raises `SpeechAway` when recognition has gone; the hearing is of no use then.
    """

    async def hear(self, samples: bytes) -> Heard:
        """Listen to more sound: 16-bit little-endian mono at the rate asked for, any length.

        What is understood by now.
        """
        ...

    async def finish(self) -> Heard:
        """The sound ends here (own end-of-speech detection): the final text.

        More sound may follow as another utterance.
        """
        ...

    async def close(self) -> None:
        """Give the place back. Harmless when called twice; never raises."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Recogniser(Protocol):
    """Opens ears. Used from one event loop."""

    def feed_rate(self, rate: int) -> int:
        """The rate at which to hand over sound that has `rate` samples a second: its own, or the model's."""
        ...

    async def listen(self, rate: int = 8000) -> Hearing:
        """An ear for sound of `rate` samples a second.

        Raises `SpeechBusy` over the admission limit, `SpeechAway`, `BadInput` for a rate it cannot take.
        """
        ...

    async def close(self) -> None:
        """Stop everything; open hearings raise `SpeechAway`."""
        ...
