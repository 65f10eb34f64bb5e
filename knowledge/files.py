"""Entries as reviewable text: one YAML file a group in `data/entries/`, and what lies beside them. May block."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from core.errors import BadInput
from knowledge.entry import HANDOVER, Declined, Entry, Exact, Library, Review

DATA = Path(__file__).parent / "data"

_FIELDS = {
    "id": str,
    "version": int,
    "group": str,
    "label": str,
    "question": str,
    "answer": str,
    "facts": list,
    "basis": list,
    "scope": str,
    "valid_from": date,
    "valid_until": (date, type(None)),
    "review": str,
    "exact": list,
    "related": list,
    "phrasings": list,
    "retired": bool,
}
_ID = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
_OPTIONAL: dict[str, Any] = {"retired": False, "valid_until": None, "exact": [], "related": [], "facts": []}


def load(folder: Path = DATA) -> Library:
    """Everything in `folder`. Raises `BadInput` naming file and entry on anything malformed."""
    entries = [entry for path in sorted((folder / "entries").glob("*.yaml")) for entry in read_entries(path)]
    asked = _mapping(folder / "asked.yaml")
    declined = [
        Declined(f"-{name}", tuple(map(str, said))) for name, said in _mapping(folder / "declined.yaml").items()
    ]
    if handover := tuple(map(str, asked.get("handover", ()))):
        declined.append(Declined(HANDOVER, handover))
    return Library(
        entries=tuple(entries),
        declined=tuple(declined),
        handover=handover,
        not_handover=tuple(asked.get("not_handover", ())),
        foreign_terms=tuple(asked.get("foreign_terms", ())),
        glossary={name: tuple(said) for name, said in _mapping(folder / "glossary.yaml").items()},
    )


def read_entries(path: Path) -> list[Entry]:
    """The entries of one file."""
    items = _read(path)
    if not isinstance(items, list):
        raise BadInput(f"{path}: a list of entries is expected")
    return [entry_of(item, str(path)) for item in items]


def entry_of(item: object, where: str) -> Entry:
    """One entry from plain data; `where` names its source in errors."""
    if not isinstance(item, Mapping):
        raise BadInput(f"{where}: an entry is a mapping, this is {type(item).__name__}")
    where = f"{where}: {item.get('id', '(no id)')}"
    if unknown := set(item) - set(_FIELDS):
        raise BadInput(f"{where}: unknown {', '.join(map(str, sorted(unknown, key=str)))}")
    values = {name: item.get(name, _OPTIONAL.get(name)) for name in _FIELDS}
    # The first part names a file: nothing that leads elsewhere.
    if not _ID.fullmatch(str(item.get("id", ""))):
        raise BadInput(f"{where}: an id is like iit.threshold: small letters, digits, _, points between")
    for name, kind in _FIELDS.items():
        if name not in item and name not in _OPTIONAL:
            raise BadInput(f"{where}: {name} is missing")
        if not isinstance(values[name], kind):  # type: ignore[arg-type]
            raise BadInput(f"{where}: {name} cannot be {values[name]!r}")
    for name in ("facts", "basis", "related", "phrasings", "exact"):
        values[name] = tuple(map(str, values[name]))
    try:
        values["review"] = Review(values["review"])
        values["exact"] = frozenset(map(Exact, values["exact"]))
    except ValueError as error:
        raise BadInput(f"{where}: {error}") from error
    return Entry(**values)


def plain(entry: Entry) -> dict[str, Any]:
    """The entry as plain data, in the order the files have; `entry_of` reads it back."""
    item: dict[str, Any] = {name: getattr(entry, name) for name in _FIELDS}
    item |= {name: list(item[name]) for name in ("facts", "basis", "related", "phrasings")}
    item |= {"review": entry.review.value, "exact": sorted(kind.value for kind in entry.exact)}
    if not entry.retired:
        del item["retired"]
    return item


def write_entries(path: Path, entries: Iterable[Entry]) -> None:
    """Replace the file's entries, atomically, in the layout the files have."""
    text = dump(entries)
    fresh = path.with_suffix(".fresh")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def dump(entries: Iterable[Entry]) -> str:
    """Entries in the layout the files have."""
    return "\n".join(yaml.dump([_laid_out(entry)], **_LAYOUT) for entry in entries)


def content_hash(folder: Path = DATA) -> str:
    """A hash of every data file and of the code that turns them into an index."""
    digest = _CODE.copy()
    for path in sorted(folder.rglob("*.yaml")):
        _add(digest, path)
    return digest.hexdigest()[:32]


def _add(digest: "hashlib._Hash", path: Path) -> None:
    digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")


_SHAPING = (
    "calibrate.py",
    "features.py",
    "files.py",
    "index.py",
    "noise.py",
    "normalize.py",
    "shelf.py",
    "syllables.py",
    "traditional.py",
    "trials.py",
)
"""Modules whose change makes an index built before it stale."""

_CODE = hashlib.sha256()
"""The code as it was when loaded: a program that outlives an update must not leave its index under the new name."""
for _name in _SHAPING:
    _add(_CODE, Path(__file__).parent / _name)


class _Row(list[str]):
    """A list written on one line."""


class _Layout(yaml.SafeDumper):
    """Lists are indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Layout.add_representer(
    _Row, lambda dumper, row: dumper.represent_sequence("tag:yaml.org,2002:seq", row, flow_style=True)
)
_LAYOUT: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 1000, "Dumper": _Layout}


def _laid_out(entry: Entry) -> dict[str, Any]:
    item = plain(entry)
    return item | {name: _Row(item[name]) for name in ("exact", "related")}


def _mapping(path: Path) -> dict[str, Any]:
    value = _read(path) if path.exists() else {}
    if not isinstance(value, dict):
        raise BadInput(f"{path}: a mapping is expected")
    return value


def _read(path: Path) -> Any:
    try:
        # The C loader reads the whole library in a tenth of the time.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not YAML: {' '.join(str(error).split())}") from error
