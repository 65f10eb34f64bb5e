"""The hotline's mouth as a port: text in, sound out. Drivers: `espeak.EspeakSpeaker` (built in); a fake for tests."""

from typing import Protocol

from core.errors import BadInput
from ivr.speech.sound import Sound


class CannotSpeak(BadInput):
    """The text holds nothing that can be said, or its pace is out of bounds."""


SLOWEST, FASTEST = 0.5, 2.0
"""Bounds of `pace`."""


class Speaker(Protocol):
    """A voice. Safe to use from several threads; the same text and pace sound the same, but for a natural flutter."""

    @property
    def name(self) -> str:
        """The voice with its settings and version, part of a cache key: voices that sound different differ in it."""
        ...

    def say(self, text: str, *, pace: float = 1.0) -> Sound:
        """`text` (Mandarin as written, digits and addresses too) as sound, silence trimmed from its ends.

        `pace` is speed against the voice's own, between `SLOWEST` and `FASTEST`. Blocks; raises `CannotSpeak`, or
        `MissingComponent` where the voice is not installed.
        """
        ...


def checked_pace(pace: float) -> float:
    """`pace`, or `CannotSpeak` where no voice should follow."""
    if not SLOWEST <= pace <= FASTEST:
        raise CannotSpeak(f"pace {pace} is not between {SLOWEST} and {FASTEST}")
    return pace
