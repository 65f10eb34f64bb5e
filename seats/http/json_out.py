"""Our values as JSON that is inert wherever it is shown: in a terminal, a web page, a log. Pure."""

import json
import re
import unicodedata
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, Final, cast

from core.log import mask
from seats.live.model import LiveSeat

TEXT_LIMIT: Final = 1000
"""Characters of one string; what is longer is cut and ends in …"""

PRIVATE: Final = frozenset({"number", "caller", "caller_number", "raw", "normalized", "ani"})
"""Keys whose value is somebody's telephone number."""
TOLD: Final = frozenset({"name", "caller_name", "reason", "transcript"})
"""Keys of text in which a telephone number may stand."""

_NUMBER = re.compile(r"\d{7,}", re.ASCII)
_MARKUP = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""Inside JSON these stand in strings only, so the escape means the same, and no browser takes it for markup."""


def encode(value: Any, *, full: bool = True) -> str:
    """One line of JSON; callers' telephone numbers masked unless `full`."""
    text = json.dumps(plain(value, full=full), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_MARKUP) if "<" in text or ">" in text or "&" in text else text


def plain(value: Any, *, full: bool = True, key: str = "") -> Any:
    """Dataclasses, times and enums as what JSON has: keys as the fields are called, times ISO 8601 UTC.

    Unless `full`, a text under a key of `PRIVATE` or `TOLD` has its telephone numbers masked: 138****0000.
    """
    if isinstance(value, str):
        return _text(value, "" if full else key)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None  # NaN and infinities are no JSON
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if is_dataclass(value):
        full = full or isinstance(value, LiveSeat)  # a seat's number is nobody's secret
        return {name: plain(getattr(value, name), full=full, key=name) for name in _names(value.__class__)}
    if isinstance(value, Mapping):
        return {clean(str(name)): plain(entry, full=full, key=str(name)) for name, entry in value.items()}
    if isinstance(value, Set):
        return sorted((plain(entry, full=full, key=key) for entry in value), key=str)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(entry, full=full, key=key) for entry in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def clean(text: str) -> str:
    """`text` without what a terminal, editor or page would obey: controls, escapes, bidi marks, lone surrogates."""
    if len(text) > TEXT_LIMIT:
        text = text[: TEXT_LIMIT - 1] + "…"
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else " " if unicodedata.category(character) == "Zs" else "\ufffd"
        for character in text
    )


def _text(text: str, key: str) -> str:
    if isinstance(text, Enum):
        return str(text.value)
    if key in PRIVATE:
        return mask(clean(text))
    if key in TOLD:
        return _NUMBER.sub(lambda found: mask(found[0]), clean(text))
    return clean(text)


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(type, kind)) if not field.name.startswith("_"))
