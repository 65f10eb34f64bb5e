"""The prompt texts, read from `texts.toml`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import BadInput
from ivr.speech.speaker import FASTEST, SLOWEST

OWN_TEXTS: Final = Path(__file__).with_name("texts.toml")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VOICE: Final = re.compile(r"[A-Za-z0-9_-]{0,32}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing the hotline says."""

    key: str
    """Its name in the dialplan: `hotline/<key>`; lower-case letters, digits, underscore."""
    text: str
    """Written Mandarin."""
    note: str = ""
    """When it is said, for whoever records it."""
    pace: float = 1.0
    """Speed against the voice's own."""
    voice: str = ""
    """Who says it (`ivr.prompts.voices`): `f3`, `piper`; empty: the usual voice."""


def load(file: Path = OWN_TEXTS) -> dict[str, Prompt]:
    """Prompts by key, in the file's order. Raises `BadInput` naming the file and the key."""
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"cannot read prompt texts {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"prompt texts {file} are not TOML: {error}") from error
    return {key: _prompt(key, value, file) for key, value in tree.items()}


def _prompt(key: str, value: object, file: Path) -> Prompt:
    where = f"{file}: [{key}]"
    if not _KEY.fullmatch(key):
        raise BadInput(f"{where}: a key is lower-case letters, digits and underscores, at most 64")
    if not isinstance(value, Mapping) or not set(value) <= {"text", "note", "pace", "voice"}:
        raise BadInput(f"{where} may hold text, note, pace and voice only")
    text, note, pace = value.get("text"), value.get("note", ""), value.get("pace", 1.0)
    if not isinstance(text, str) or not text.strip():
        raise BadInput(f"{where}: text is missing")
    if not isinstance(note, str):
        raise BadInput(f"{where}: note is not a text")
    if isinstance(pace, bool) or not isinstance(pace, int | float) or not SLOWEST <= pace <= FASTEST:
        raise BadInput(f"{where}: pace is a number between {SLOWEST} and {FASTEST}")
    voice = value.get("voice", "")
    if not isinstance(voice, str) or not _VOICE.fullmatch(voice):
        raise BadInput(f"{where}: voice is a name such as f3 or piper")
    return Prompt(key, text.strip(), note, float(pace), voice)
