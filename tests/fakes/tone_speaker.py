"""A `Speaker` that hums: a tone per character, so that length follows the text. Counts what it was asked to say."""

import numpy as np

from ivr.speech.normalise import spoken
from ivr.speech.sound import Sound
from ivr.speech.speaker import CannotSpeak, checked_pace

RATE = 16000


class ToneSpeaker:
    def __init__(self, name: str = "tone") -> None:
        self._name = name
        self.said: list[str] = []

    @property
    def name(self) -> str:
        return self._name

    def say(self, text: str, *, pace: float = 1.0) -> Sound:
        checked_pace(pace)
        sayable = [character for character in spoken(text) if character.isalnum()]
        if not sayable:
            raise CannotSpeak("nothing to say")
        self.said.append(text)
        time = np.arange(int(0.2 * len(sayable) / pace * RATE)) / RATE
        return Sound((8000 * np.sin(2 * np.pi * 300 * time)).astype(np.int16), RATE)
