"""Types of questions and answers: read from strangers strictly, described as JSON Schema. Pure.

A shape is a frozen dataclass of `str, int, bool, datetime, StrEnum`, `X | None` of these, lists and mappings. A field
that is a Python keyword ends in `_` (`from_`). `Annotated[str, Text(…)]` says what a string may hold.
"""

import re
import types
import typing
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Text:
    """What a string may hold."""

    longest: int = 200
    pattern: str = ""
    """The whole string must match."""


@dataclass(frozen=True, slots=True)
class Within:
    """What an integer may be."""

    least: int
    most: int


Linkedid = typing.Annotated[str, Text(64, r"[A-Za-z0-9_.-]{1,64}")]
"""A call."""
Seat = typing.Annotated[str, Text(8, r"[1-9]\d{5,7}")]
"""A seat's number."""
Reason = typing.Annotated[str, Text(200)]
"""Why, in the user's words."""
Limit = typing.Annotated[int, Within(1, 1000)]
"""Rows one question may ask for."""


def read(shape: type, given: Any, *, where: str = "body") -> Any:
    """An instance of `shape` from what JSON (or a query) gave. Raises `BadInput` that names the key."""
    if not isinstance(given, Mapping):
        raise BadInput(f"{where}: an object is expected")
    hints = typing.get_type_hints(shape, include_extras=True)
    known = {each.name.rstrip("_"): each for each in fields(shape)}
    if unknown := sorted(set(given) - set(known)):
        raise BadInput(f"{where}: unknown key {unknown[0][:40]!r}; known: {', '.join(known) or 'none'}")
    values = {}
    for key, each in known.items():
        if key in given:
            values[each.name] = _value(hints[each.name], given[key], f"{where}: {key}", from_text=where == "query")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise BadInput(f"{where}: {key} is missing")
    return shape(**values)


def _value(hint: Any, given: Any, where: str, *, from_text: bool) -> Any:
    rules: tuple[Any, ...] = ()
    if typing.get_origin(hint) is typing.Annotated:
        hint, *more = typing.get_args(hint)
        rules = tuple(more)
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        choices = [each for each in typing.get_args(hint) if each is not type(None)]
        return None if given is None else _value(choices[0], given, where, from_text=from_text)
    if hint is str:
        return _text(given, rules, where)
    if hint is int:
        return _integer(given, rules, where, from_text=from_text)
    if hint is bool and isinstance(given, bool):
        return given
    if hint is datetime:
        return _time(given, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        if isinstance(given, str) and given in {each.value for each in hint}:
            return hint(given)
        raise BadInput(f"{where} is one of {', '.join(str(each.value) for each in hint)}")
    raise BadInput(f"{where} has the wrong type")


def _text(given: Any, rules: Collection[Any], where: str) -> str:
    rule = next((each for each in rules if isinstance(each, Text)), Text())
    if not isinstance(given, str):
        raise BadInput(f"{where} is text")
    if len(given) > rule.longest:
        raise BadInput(f"{where} is longer than {rule.longest} characters")
    if not given.isprintable():
        raise BadInput(f"{where} holds characters that cannot be shown")
    if rule.pattern and not re.fullmatch(rule.pattern, given, re.ASCII):
        raise BadInput(f"{where} has the wrong form")
    return given


def _integer(given: Any, rules: Collection[Any], where: str, *, from_text: bool) -> int:
    if from_text and isinstance(given, str) and re.fullmatch(r"-?\d{1,9}", given, re.ASCII):
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        raise BadInput(f"{where} is a whole number")
    for rule in rules:
        if isinstance(rule, Within) and not rule.least <= given <= rule.most:
            raise BadInput(f"{where} is {rule.least} to {rule.most}")
    return given


def _time(given: Any, where: str) -> datetime:
    try:
        # In a query an unescaped + of an offset arrives as a space.
        found = datetime.fromisoformat(given.replace(" ", "+") if "T" in given else given)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, TypeError, AttributeError, OverflowError):
        pass
    raise BadInput(f"{where} is a time with its zone, ISO 8601, e.g. 2026-11-22T08:00:00+08:00")


def schema(hint: Any, named: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of a type. Dataclasses are put into `named` and referred to."""
    if typing.get_origin(hint) is typing.Annotated:
        inner, *rules = typing.get_args(hint)
        return {**schema(inner, named), **_limits(rules)}
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        return {"anyOf": [schema(each, named) for each in typing.get_args(hint)]}
    if is_dataclass(hint) and isinstance(hint, type):
        return _object(hint, named)
    origin = typing.get_origin(hint) or hint
    if isinstance(origin, type):
        if issubclass(origin, Enum):
            return {"type": "string", "enum": [each.value for each in origin]}
        for kind, name in _PLAIN.items():
            if issubclass(origin, kind):
                return dict(name)
        if issubclass(origin, Mapping):
            inside = typing.get_args(hint)
            return {"type": "object", "additionalProperties": schema(inside[1], named) if inside else True}
        if issubclass(origin, Collection):
            inside = tuple(each for each in typing.get_args(hint) if each is not Ellipsis)
            return {"type": "array", "items": schema(inside[0], named) if inside else {}}
    if isinstance(hint, typing.NewType):
        return schema(hint.__supertype__, named)
    if origin is typing.Literal:
        return {"enum": list(typing.get_args(hint))}
    return {}


_PLAIN: dict[type, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
    type(None): {"type": "null"},
    bytes: {"type": "string", "format": "binary"},
}


def _limits(rules: Collection[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rule in rules:
        if isinstance(rule, Text):
            found["maxLength"] = rule.longest
            if rule.pattern:
                found["pattern"] = f"^{rule.pattern}$"
        elif isinstance(rule, Within):
            found |= {"minimum": rule.least, "maximum": rule.most}
    return found


def _object(shape: type, named: dict[str, Any]) -> dict[str, Any]:
    name = shape.__name__
    if name not in named:
        named[name] = {}  # stands for itself inside itself
        hints = typing.get_type_hints(shape, include_extras=True)
        shown = [each for each in fields(shape) if not each.name.startswith("_")]
        named[name] = {
            "type": "object",
            "description": (shape.__doc__ or "").strip().split("\n")[0],
            "properties": {each.name.rstrip("_"): schema(hints[each.name], named) for each in shown},
            "required": [
                each.name.rstrip("_") for each in shown if each.default is MISSING and each.default_factory is MISSING
            ],
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{name}"}
