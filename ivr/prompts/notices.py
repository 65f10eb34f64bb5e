"""Announcements as sounds: said once, when they are made, and named by what is said; callers hear files only.

`python -m ivr.prompts.notices` reads a text on standard input and prints its key: for programs that may not import us.
"""

import hashlib
import os
import sys
from typing import Final

from core import settings as core_settings
from core.console import run
from core.settings import Settings
from ivr.prompts.build import build
from ivr.prompts.texts import Prompt
from ivr.prompts.voices import chosen_speaker
from routing.hours_edit import checked_text

FOLDER: Final = "notices"
_PACE: Final = 0.92


def say(text: str, settings: Settings) -> str:
    """Put `text` among the sounds of this copy, unless it is there; its prompt key. Blocks for about a second.

    Raises `BadInput` for a text that is too long or cannot be said, `MissingComponent` without a voice.
    """
    plain = checked_text(text)
    key = hashlib.sha256(plain.encode()).hexdigest()[:16]
    paths = settings.paths
    folder = paths.asterisk / "sounds" / "zh" / "hotline" / FOLDER
    build({key: Prompt(key, plain, pace=_PACE)}, chosen_speaker(settings), paths.cache / "prompts", folder)
    return f"{FOLDER}/{key}"


def main() -> int:
    """Say what stands on standard input."""
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    sys.stdout.write(say(text, core_settings.load(os.environ)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(run(lambda _arguments: main(), ()))
