"""Piper as a voice: the `piper` program and a voice model (`.onnx` with its `.onnx.json`), named by settings.

Neither is part of this project: the program is GPL (`pip install piper-tts` into an environment of its own), voices
have licences of their own. It runs once a text, which costs a second or two, and prompts are built once; texts go in on
standard input, so nothing of them is ever read as an option.
"""

import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from core.errors import BadInput, MissingComponent
from ivr.speech.normalise import spoken
from ivr.speech.sound import Sound, trimmed
from ivr.speech.speaker import CannotSpeak, checked_pace
from ivr.speech.syllables import clauses
from ivr.speech.wav import read_wav

_DRIVER_VERSION: Final = 1
_DEADLINE: Final = 120.0
"""Seconds for one text: a slow machine loads a model of 60 MB first."""
_TOLD: Final = 200
"""Characters shown of what the program complained."""


@dataclass(frozen=True)
class PiperSpeaker:
    """A `Speaker` on Piper."""

    program: str
    """The `piper` command: a path, or a name found in PATH."""
    model: Path

    @cached_property
    def name(self) -> str:
        try:
            with self.model.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise MissingComponent(f"no Piper voice {self.model}: {error.strerror}; see prompts.piper_model") from error
        return f"piper {self.model.name} {digest[:16]} v{_DRIVER_VERSION}"

    def say(self, text: str, *, pace: float = 1.0) -> Sound:
        """As `Speaker.say`; also raises `MissingComponent` when the program fails."""
        scale = 1 / checked_pace(pace)
        words = spoken(text)
        if not any(clause.syllables for clause in clauses(words)):
            raise CannotSpeak(f"nothing to say in {text[:40]!r}")
        if not self.model.is_file():
            raise MissingComponent(f"no Piper voice {self.model}; see prompts.piper_model")
        with tempfile.TemporaryDirectory(prefix="piper-") as folder:
            file = Path(folder) / "said.wav"
            self._run(words, file, scale)
            try:
                sound = trimmed(read_wav(file))
            except BadInput as error:
                raise MissingComponent(f"{self.program} made no sound: {error}") from error
        return sound

    def _run(self, words: str, file: Path, scale: float) -> None:
        command = [
            self.program,
            "--model",
            str(self.model),
            "--length-scale",
            f"{scale:.3f}",
            "--output-file",
            str(file),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own program; the text is no argument
                command,
                input=" ".join(words.split()) + "\n",
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_DEADLINE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise MissingComponent(f"{self.program} said nothing within {_DEADLINE:g} s") from error
        except OSError as error:
            raise MissingComponent(f"cannot start {self.program}: {error.strerror}; see prompts.piper") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word why"])[-1]
            raise MissingComponent(f"{self.program} failed ({done.returncode}): {last[:_TOLD]}")
