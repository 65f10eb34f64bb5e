"""What Vosk says (JSON) as `Heard`. Pure."""

import json
import re
from typing import Any, Final

from ivr.speech.recogniser import Heard

_NO_WORDS: Final = frozenset({"[unk]", "<unk>", "[noise]", "<noise>", "[laughter]", "!SIL", "<SPOKEN_NOISE>", "<NSN>"})
# A space between two Latin words is kept, every other one goes.
_NEEDLESS_SPACE: Final = re.compile(r"(?<![A-Za-z0-9]) | (?![A-Za-z0-9])")


def partial(answer: str) -> Heard:
    """Of `PartialResult()`."""
    return Heard(_joined(str(json.loads(answer).get("partial", "")).split()), final=False)


def final(answer: str) -> Heard:
    """Of `Result()` or `FinalResult()`, with or without word times."""
    said: dict[str, Any] = json.loads(answer)
    words = said.get("result")
    if not words:
        return Heard(_joined(str(said.get("text", "")).split()), final=True)
    known = [word for word in words if word["word"] not in _NO_WORDS]
    spoken = sum(_length(word) for word in words)
    outside = sum(_length(word) for word in words if word["word"] in _NO_WORDS)
    confidence = sum(word["conf"] for word in known) / len(known) if known else 0.0
    text = _joined(word["word"] for word in known)
    return Heard(
        text, final=True, confidence=round(confidence, 3), rejected=round(outside / spoken, 3) if spoken else 0.0
    )


def _length(word: dict[str, Any]) -> float:
    return float(word["end"] - word["start"])


def _joined(words: Any) -> str:
    return _NEEDLESS_SPACE.sub("", " ".join(word for word in words if word not in _NO_WORDS))
