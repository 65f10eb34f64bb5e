"""The caller as the conversation sees them: to be spoken to, and heard. Driver: `ivr.media`; a fake for tests."""

from dataclasses import dataclass
from typing import Protocol


class CallerGone(Exception):
    """The caller has hung up, or the way to them is lost for good. Raised by every method, also in the midst of it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt of `ivr/prompts/texts.toml`, at its own pace times the pace asked for."""

    key: str


@dataclass(frozen=True, slots=True)
class Text:
    """Any text as written Mandarin, spoken from the cache of voices by content."""

    text: str


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A sound as the dialplan names it (`hotline/…`, without ending): an announcement. Left out where it is missing."""

    name: str


Part = Prompt | Text | SoundFile


@dataclass(frozen=True, slots=True)
class Said:
    """How far the parts were heard."""

    whole: bool
    """False when the caller spoke or pressed a key meanwhile; the next `hear` gets that, its beginning included."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """The caller spoke."""

    text: str
    """As recognised, without spaces; empty when nothing of it was understood (noise, another language)."""
    confidence: float = 1.0
    rejected: float = 0.0
    """Share (0 to 1) of the spoken time that fitted no word."""
    cut: bool = False
    """It is the beginning of something longer; the rest, up to the next pause, is not heard."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The caller pressed keys: `0`–`9`, `*`; a closing `#` is left out unless it is all there is."""

    digits: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody spoke and no key was pressed in time."""


@dataclass(frozen=True, slots=True)
class SpeechLost:
    """Recognition has gone (or never came). Told once; from then on `hear` gives `Keys` and `Silence` alone."""

    reason: str


Heard = Utterance | Keys | Silence | SpeechLost


class Caller(Protocol):
    """One caller. Not for two tasks at once."""

    async def say(self, *parts: Part, pace: float = 1.0, interruptible: bool = True) -> Said:
        """Play `parts` one after the other; back when the last sound has been sent and is over.

        The caller's speech or keys end it at once (≤ 300 ms), unless it is not `interruptible`: then only keys do.
        What was keyed or said before the call of `say` and not yet heard counts: nothing is played over it.
        A part that cannot be played is left out and logged. Takes no longer than its sounds and a second.
        Raises `CallerGone`.
        """
        ...

    async def hear(self, seconds: float, keys: int = 1) -> Heard:
        """What the caller says or keys next; `Silence` when neither began within `seconds`.

        Speech that has begun is heard to its end, at most 15 s more. `keys`: how many at most belong together; fewer
        are closed by `#` or by three seconds without another. Keys win over speech. Raises `CallerGone`.
        """
        ...

    def flush(self) -> None:
        """Forget what was said and keyed and not yet heard."""
        ...
