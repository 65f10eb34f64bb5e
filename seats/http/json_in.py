"""JSON from strangers, read within limits. Pure."""

import json
from typing import Any, Final, NoReturn

from core.errors import BadInput

BODY_LIMIT: Final = 16 * 1024
"""Bytes of one request's body. The longest true one is a reason and a few names."""
DEPTH_LIMIT: Final = 8
"""Objects and arrays inside each other."""

_OPEN, _CLOSE, _QUOTE, _BACKSLASH = b"[{", b"]}", 0x22, 0x5C


def parse(data: bytes) -> Any:
    """The document. Raises `BadInput` for what is too long, too deep, no UTF-8, no JSON, or says a key twice."""
    if len(data) > BODY_LIMIT:
        raise BadInput(f"the body is longer than {BODY_LIMIT} bytes")
    if _depth(data) > DEPTH_LIMIT:
        raise BadInput(f"the body is nested deeper than {DEPTH_LIMIT}")
    try:
        document = json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except BadInput:
        raise
    except UnicodeDecodeError:
        raise BadInput("the body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise BadInput("the body is not JSON") from None
    return document


def _depth(data: bytes) -> int:
    """The deepest nesting, counted without building anything."""
    deepest = depth = 0
    inside = escaped = False
    for byte in data:
        if inside:
            if escaped:
                escaped = False
            elif byte == _BACKSLASH:
                escaped = True
            elif byte == _QUOTE:
                inside = False
        elif byte == _QUOTE:
            inside = True
        elif byte in _OPEN:
            depth += 1
            deepest = max(deepest, depth)
        elif byte in _CLOSE:
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise BadInput("the body says a key twice")
    return document


def _constant(name: str) -> NoReturn:
    raise BadInput(f"{name} is not JSON")
