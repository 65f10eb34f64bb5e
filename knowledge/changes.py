"""An editor's changes to entries, from the command line or a file. Pure."""

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import Any

import yaml

from core.errors import BadInput
from knowledge import files
from knowledge.entry import Entry


def changed(entry: Entry, changes: Sequence[str], where: str = "edit") -> Entry:
    """`entry` after changes as `edit` takes them.

    When what is spoken changes the version goes up, so that it is known which caller heard which.
    """
    item = files.plain(entry)
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise BadInput(f"{where}: {change!r} is not name=value")
        if name in ("phrasing+", "phrasing-"):
            if name[-1] == "-" and value not in item["phrasings"]:
                raise BadInput(f"{where}: {entry.id} has no phrasing {value!r}")
            item["phrasings"] = [text for text in item["phrasings"] if text != value] + (
                [value] if name[-1] == "+" else []
            )
        elif name in ("id", "version"):
            raise BadInput(f"{where}: {name} is not edited by hand")
        else:
            item[name] = _value(name, value, item, where)
    fresh = files.entry_of(item, where)
    spoken = ("answer", "basis", "valid_from", "valid_until", "scope", "facts", "exact")
    if any(getattr(fresh, name) != getattr(entry, name) for name in spoken):
        fresh = dataclasses.replace(fresh, version=entry.version + 1)
    return fresh


def _value(name: str, value: str, item: dict[str, Any], where: str) -> Any:
    if isinstance(item.get(name), list):
        return [text.strip() for text in value.split(";") if text.strip()]
    if name in ("valid_from", "valid_until"):
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise BadInput(f"{where}: {value!r} is not a day like 2027-01-31") from error
    return value == "true" if name == "retired" else value


def parsed(source: str, where: str) -> list[Entry]:
    """Entries of YAML or JSON text (JSON is YAML); days may be strings there."""
    try:
        items = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise BadInput(f"{where} is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    found = []
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict):
            item |= {
                name: date.fromisoformat(item[name])
                for name in ("valid_from", "valid_until")
                if _is_day(item.get(name))
            }
        found.append(files.entry_of(item, where))
    return found


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False
