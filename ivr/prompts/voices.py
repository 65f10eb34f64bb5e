"""Which voice says a prompt: the one the settings name, or another that the prompt asks for."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import BadInput
from core.settings import Settings
from ivr.speech.espeak import EspeakSpeaker, Manner
from ivr.speech.piper import PiperSpeaker
from ivr.speech.speaker import Speaker

ESPEAK: Final = "espeak"
PIPER: Final = "piper"
Voices = Callable[[str], Speaker]
"""The speaker of a voice's name; of the empty name, the usual one."""


def chosen_speaker(settings: Settings) -> Speaker:
    """The usual voice: `prompts.voice`. Raises `BadInput` for a setting that names none."""
    return voices(settings)("")


def voices(settings: Settings, variant: str | None = None) -> Voices:
    """Speakers by name: `piper`, `espeak`, a variant of the built-in voice (`f3`), or empty for `prompts.voice`.

    `variant` takes the place of the setting `prompts.variant`.
    """
    prompts = settings.prompts
    plain = prompts.variant if variant is None else variant
    made: dict[str, Speaker] = {}

    def speaker(name: str) -> Speaker:
        name = name or (ESPEAK if variant is not None else prompts.voice)
        if name not in made:
            made[name] = _made(name)
        return made[name]

    def _made(name: str) -> Speaker:
        if name == PIPER:
            if not prompts.piper_model:
                raise BadInput(
                    "prompts.piper_model names no voice: set it to a .onnx file (HOTLINE_PROMPTS_PIPER_MODEL)"
                )
            return PiperSpeaker(prompts.piper, Path(prompts.piper_model).expanduser())
        return EspeakSpeaker(Manner(variant=plain if name == ESPEAK else name))

    return speaker
