"""How scenario files spell values: durations, telephone numbers, yes and no, percentages, headers."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sim.problems import near

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|s|秒|min|分|分钟|h|小时)?$")
_UNITS = {"ms": 0.001, "s": 1.0, "秒": 1.0, "": 1.0, "min": 60.0, "分": 60.0, "分钟": 60.0, "h": 3600.0, "小时": 3600.0}
_YES, _NO = {"yes", "true", "是", "on"}, {"no", "false", "否", "off"}
PIN = "PIN"
_KEYS = re.compile(r"^[0-9A-Da-d*#]+$")
_NUMBER = re.compile(r"^[0-9A-Za-z+*#._-]*$")
_PLACE = re.compile(r"^[0-9A-Za-z+*#._@:-]+$")
ENDINGS = {"normal": 200, "正常": 200, "cancelled": 487, "取消": 487, "busy": 486, "忙": 486}
"""SIP statuses by their names."""
ANY_ENDING = "any"
WITHHELD = {"withheld", "anonymous", "隐藏"}
"""Instead of a number: it is not sent."""


def duration(text: Any) -> float:
    """`500ms`, `2s`, `1.5`, `3min`, `2秒` in seconds."""
    found = _DURATION.match(_plain(text))
    if found is None:
        raise ValueError(f"{text!r} is no duration; write 500ms, 2s, 1min")
    return float(found.group(1)) * _UNITS[found.group(2) or ""]


def yes_no(text: Any) -> bool:
    """`yes`, `no`, `是`, `否`."""
    plain = _plain(text).lower()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def integer(text: Any) -> int:
    """A whole number."""
    plain = _plain(text)
    if not plain.lstrip("-").isdigit():
        raise ValueError(f"{text!r} is no whole number")
    return int(plain)


def decimal(text: Any) -> float:
    """A number."""
    try:
        return float(_plain(text))
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def share(text: Any) -> float:
    """`5%` or `0.05`, as 0.05."""
    plain = _plain(text)
    value = decimal(plain[:-1]) / 100 if plain.endswith("%") else decimal(plain)
    if not 0 <= value <= 1:
        raise ValueError(f"{text!r} is no share between 0 % and 100 %")
    return value


def number(text: Any) -> str:
    """A telephone number as it is dialled or shown; empty withholds it."""
    plain = _plain(text)
    if not _NUMBER.match(plain):
        raise ValueError(f"{text!r} is no telephone number")
    return plain


def ending(text: Any) -> str:
    """How a leg ends: a SIP status, its name, or `any`."""
    plain = _plain(text)
    if plain not in (*ENDINGS, ANY_ENDING) and not re.fullmatch(r"[1-6]\d\d", plain):
        raise ValueError(f"{text!r} is no SIP status (486), nor one of {', '.join((*ENDINGS, ANY_ENDING))}")
    return plain


def name(text: Any) -> str:
    """A text that is not empty."""
    plain = _plain(text)
    if not plain:
        raise ValueError("a name is wanted here")
    return plain


def reaches(text: str, actors: Iterable[str]) -> bool:
    """`text` is an actor, or may be a number or an account of the system under test."""
    known = list(actors)
    plain = bool(_PLACE.match(text)) and (any(c.isdigit() for c in text) or not near(text, known))
    return text in known or plain


def keys(text: Any) -> str:
    """Telephone keys; `PIN` is the seat's own, which the profile knows."""
    plain = _plain(text)
    if plain.upper() == PIN:
        return PIN
    if not _KEYS.match(plain):
        raise ValueError(f"{text!r} are no telephone keys; keys are 0-9 * # A-D")
    return plain.upper()


def words(text: Any) -> str:
    """Any text."""
    if isinstance(text, dict | list):
        raise ValueError("a text is wanted here, not a list or a mapping")  # noqa: TRY004 (one error for all kinds)
    return str(text)


def several(value: Any) -> tuple[str, ...]:
    """One text or a list of texts."""
    return tuple(words(item) for item in value) if isinstance(value, list) else (words(value),)


def headers(value: Any) -> dict[str, str]:
    """A mapping of SIP header names to values."""
    if not isinstance(value, dict):
        raise ValueError("headers are a mapping, name: value")  # noqa: TRY004 (one error for all kinds)
    return {str(name): words(text) for name, text in value.items()}


def anything(value: Any) -> Any:
    """Whatever it is."""
    return value


def _plain(value: Any) -> str:
    return words(value).strip()


Reader = Callable[[Any], Any]
_TEXT: dict[str, Any] = {"type": ["string", "number"]}
"""Values need no quotes: what stands there as a number is read as text."""
KINDS: dict[str, tuple[Reader, dict[str, Any]]] = {
    "text": (words, _TEXT),
    "texts": (several, {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
    "name": (name, {**_TEXT, "minLength": 1}),
    "party": (words, _TEXT),
    "parties": (several, {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
    "ending": (ending, _TEXT),
    "number": (number, {"type": ["string", "integer"]}),
    "keys": (keys, {"type": ["string", "integer"]}),
    "duration": (duration, {"type": ["string", "number"], "pattern": _DURATION.pattern}),
    "integer": (integer, {"type": ["integer", "string"]}),
    "decimal": (decimal, {"type": ["number", "string"]}),
    "share": (share, {"type": ["number", "string"]}),
    "yes_no": (yes_no, {"type": ["boolean", "string"]}),
    "headers": (headers, {"type": "object", "additionalProperties": {"type": ["string", "number"]}}),
    "actor": (words, _TEXT),
    "anything": (anything, {}),
}
"""Kind of a field: how it is read, and its JSON Schema."""
