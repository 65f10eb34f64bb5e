"""A model tried once: loaded in a process of its own, and told a sentence by the built-in voice. Blocks."""

import asyncio
import re
from typing import Final

from core.clock import SystemClock
from core.errors import BadInput, MissingComponent
from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.listening import transcribe
from ivr.speech.recogniser import SpeechAway
from ivr.speech.sound import TELEPHONE_RATE, resampled
from ivr.speech.vosk_folder import VoskFolder
from ivr.speech.vosk_recogniser import VoskRecogniser

_SENTENCE: Final = "请问增值税发票怎么开"
_LOADING: Final = 120.0
"""Seconds a model may take to load: the largest ones read gigabytes."""
_ANSWER: Final = 20.0
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


def tried(folder: VoskFolder) -> str:
    """What the model heard; empty when nothing, which a model of people's voices may.

    Raises `MissingComponent` when it cannot be loaded, `BadInput` when it writes another language.
    """
    try:
        text = asyncio.run(_heard(folder))
    except SpeechAway as error:
        raise MissingComponent(str(error)) from error
    if text and not _CHINESE.search(text):
        raise BadInput(f"the model is not Chinese: it heard 「{_SENTENCE}」 as {text[:40]!r}")
    return text


async def _heard(folder: VoskFolder) -> str:
    sound = resampled(EspeakSpeaker().say(_SENTENCE), TELEPHONE_RATE)
    async with VoskRecogniser(folder, streams=1, deadline=_ANSWER) as recogniser:
        await recogniser.start(_LOADING)
        return (await transcribe(recogniser, sound, SystemClock())).text
