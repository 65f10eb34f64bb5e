"""A whole recording through a `Recogniser`: fed as a call would be, utterances joined."""

from dataclasses import dataclass

from core.clock import Clock
from ivr.speech.recogniser import Heard, Recogniser
from ivr.speech.sound import Sound, resampled

_CHUNK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of a recording."""

    text: str
    utterances: tuple[Heard, ...]
    seconds: float
    """Length of the recording."""
    milliseconds: float
    """Time recognition took, from the first sound handed over to the last word handed back."""


async def transcribe(recogniser: Recogniser, sound: Sound, clock: Clock) -> Transcript:
    """`sound` of any rate: brought down to the model's rate without aliases, up only where the model needs it.

    Raises `SpeechAway`, `SpeechBusy`.
    """
    fed = resampled(sound, recogniser.feed_rate(sound.rate))
    data = fed.samples.astype("<i2").tobytes()
    size = int(_CHUNK_SECONDS * fed.rate) * 2
    began = clock.monotonic()
    heard: list[Heard] = []
    async with await recogniser.listen(fed.rate) as hearing:
        for start in range(0, len(data), size):
            said = await hearing.hear(data[start : start + size])
            if said.final:
                heard.append(said)
        heard.append(await hearing.finish())
    spoken = tuple(one for one in heard if one.text or one.rejected)
    milliseconds = 1000 * (clock.monotonic() - began)
    return Transcript("".join(one.text for one in spoken), spoken, sound.seconds, milliseconds)
