"""Rows compared with what a scenario wants of them: columns by name, deeper ones with dots (`legs.0.seat`)."""

from collections.abc import Mapping
from typing import Any

_MISSING = object()


def value_at(row: Any, path: str) -> Any:
    """What is at that path; `None` when there is nothing."""
    found = _find(row, path)
    return None if found is _MISSING else found


def differences(row: Any, wanted: Mapping[str, str]) -> list[str]:
    """What is not as wanted, one sentence each."""
    wrong = []
    for name, value in wanted.items():
        found = _find(row, name)
        if found is _MISSING:
            known = ", ".join(row) if isinstance(row, Mapping) else type(row).__name__
            wrong.append(f"there is no {name}; there are {known}")
        elif not _same(found, value):
            wrong.append(f"{name} is {_text(found)!r} instead of {value!r}")
    return wrong


def shown(row: Any, names: Mapping[str, str]) -> str:
    """The named columns."""
    return ", ".join(f"{name} {_text(value_at(row, name))}" for name in names) or "it is there"


def _find(row: Any, path: str) -> Any:
    if isinstance(row, Mapping) and path in row:
        return row[path]
    for part in path.split("."):
        if isinstance(row, Mapping) and part in row:
            row = row[part]
        elif isinstance(row, list) and part.isdigit() and int(part) < len(row):
            row = row[int(part)]
        else:
            return _MISSING
    return row


def _same(found: Any, value: str) -> bool:
    # A list is compared by its length: `legs: 2`.
    return _text(len(found) if isinstance(found, list) and value.isdigit() else found) == value


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
