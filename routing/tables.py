"""Routing tables on disk: build them from the sources, keep the last good ones, load them fast.

A copy's tables are one file, `routing.table`, replaced whole: a reader sees the old tables or the new ones, never a
mixture. A carrier's segments are kept beside it in `carrier.csv`, and win over every other source at each build.
"""

import contextlib
import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadInput, MissingComponent
from routing.areas import AreaTree, parse
from routing.books import RoutingTables
from routing.source import Named, assemble, dump, read_phone_dat, read_segment_list, undump

__all__ = ["RoutingTables", "build", "import_segments", "load", "province_tree", "ready"]

TABLE_FILE = "routing.table"
CARRIER_FILE = "carrier.csv"
_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Change:
    """One segment an import moved."""

    segment: str
    before: str
    """Chinese name of the place before, empty if the segment was not known."""
    after: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    lines: int
    changes: tuple[Change, ...]
    """Segments that now answer differently."""
    confirmed: int
    """Lines that agree with what was there; they are certain now."""
    data_version: str


def load(folder: Path) -> RoutingTables:
    """The tables stored in `folder`. Raises `MissingComponent` if there are none, `BadInput` if they are damaged."""
    return _stored(folder)[0]


def facts(folder: Path) -> dict[str, Any]:
    """Where the stored tables came from: source, counts, fingerprint. Raises as `load`."""
    return _stored(folder)[1]


def province_tree(province: str) -> AreaTree:
    """The tree of `routing/data/<province>.toml`. Raises `MissingComponent` if there is no such file."""
    return parse(_province_text(province))


def build(province: str, folder: Path) -> RoutingTables:
    """Build the tables of a province into `folder` (made if missing): `phone` package, overrides, carrier file."""
    return _build(province, folder, _carrier_text(folder))


def ready(province: str, folder: Path) -> RoutingTables:
    """The tables in `folder`, built or built again if they are missing, damaged, or older than their sources.

    If the sources cannot be read the last good tables go on serving; those of another province never do. Raises
    `MissingComponent` for a province nobody has data of.
    """
    _province_text(province)
    try:
        tables, known = _stored(folder)
    except (MissingComponent, BadInput):
        return build(province, folder)
    with contextlib.suppress(MissingComponent):
        if known.get("fingerprint") != _fingerprint(province, _carrier_text(folder)):
            return build(province, folder)
    return tables


def import_segments(province: str, folder: Path, file: Path) -> Imported:
    """Take a carrier's list `segment,area` into the tables of `folder`; its lines win over every other source.

    `segment` may also be an area code with the first digits of local numbers (`0394422,项城`).

    All or nothing: raises `BadInput` with the line number of the first bad line, and nothing has changed.
    """
    before = ready(province, folder)
    text = _read(file)
    lines = read_segment_list(text, before.tree, str(file))
    if not lines:
        raise BadInput(f"{file}: no segments in it; expected lines like 1550390,济源")
    known = {line.segment: line for line in read_segment_list(_carrier_text(folder), before.tree, CARRIER_FILE)}
    known.update((line.segment, line) for line in lines)
    merged = "segment,area\n" + "".join(f"{line.segment},{line.area}\n" for _, line in sorted(known.items()))
    after = _build(province, folder, merged)
    _replace(folder / CARRIER_FILE, merged.encode())
    changes = []
    for segment in sorted({line.segment for line in lines}):
        old, new = _place(before, segment), _place(after, segment)
        if old != new:
            changes.append(Change(segment, old, new))
    confirmed = len({line.segment for line in lines}) - len(changes)
    return Imported(len(lines), tuple(changes), confirmed, after.data_version)


def _build(province: str, folder: Path, carrier: str) -> RoutingTables:
    text = _province_text(province)
    tree = parse(text)
    issued = read_phone_dat(_phone_dat().read_bytes())
    overrides = _overrides(province, tree)
    carried = read_segment_list(carrier, tree, CARRIER_FILE)
    fingerprint = _fingerprint(province, carrier)
    version = f"phone-{issued.version}+{len(overrides)}"
    if carried:
        digest = hashlib.sha256(carrier.encode()).hexdigest()[:8]
        version += f"+carrier-{len(carried)}-{digest}"
    tables = assemble(issued, tree, [*overrides, *carried], version)
    known = {
        "province": tree.root.name,
        "source": f"phone.dat {issued.version}",
        "segments": sum(1 for entry in tables.segments if entry),
        "own_segments": _own(tables),
        "overrides": len(overrides),
        "carrier": len(carried),
        "fingerprint": fingerprint,
    }
    _replace(folder / TABLE_FILE, dump(tables, text, known))
    return tables


def _place(tables: RoutingTables, segment: str) -> str:
    """Chinese name of what a segment, or a code with local digits, says; empty if nothing."""
    if segment.startswith("0"):
        return tables.tree.area(tables.tree.codes[segment[:4]].area_of(segment[4:])).name
    origin = tables.origin(segment)
    return origin.place if origin else ""


def _own(tables: RoutingTables) -> dict[str, int]:
    """Area name -> number of its segments."""
    counts: dict[str, int] = {}
    for entry in tables.segments:
        origin = tables.origins[entry]
        if origin is not None and origin.area is not None:
            counts[origin.place] = counts.get(origin.place, 0) + 1
    return counts


def _stored(folder: Path) -> tuple[RoutingTables, dict[str, Any]]:
    try:
        return undump((folder / TABLE_FILE).read_bytes())
    except OSError as error:
        raise MissingComponent(f"no routing table in {folder}: build it with `hotline segments build`") from error


def _carrier_text(folder: Path) -> str:
    file = folder / CARRIER_FILE
    return _read(file) if file.exists() else ""


def _overrides(province: str, tree: AreaTree) -> list[Named]:
    file = _DATA / f"{province}_segments.csv"
    return read_segment_list(_read(file), tree, str(file)) if file.exists() else []


def _province_text(province: str) -> str:
    file = _DATA / f"{province}.toml"
    if not province.replace("_", "").isalnum() or not file.exists():
        known = ", ".join(sorted(path.stem for path in _DATA.glob("*.toml")))
        raise MissingComponent(f"no data of province {province!r} (platform.province); known: {known}")
    return file.read_text(encoding="utf-8")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 text (byte {error.start})") from error


def _phone_dat() -> Path:
    # Found, not imported: importing the package would read its 4.5 MB for nothing.
    found = importlib.util.find_spec("phone")
    for folder in (found.submodule_search_locations or []) if found else []:
        file = Path(folder) / "phone.dat"
        if file.exists():
            return file
    raise MissingComponent("the package `phone` (phone.dat) is not installed: remove .venv and run ./hotline again")


def _fingerprint(province: str, carrier: str) -> str:
    """Changes when any source of the tables changes. Of the package, size and version bytes are looked at."""
    dat = _phone_dat()
    with dat.open("rb") as file:
        version = file.read(8)
    own = _DATA / f"{province}_segments.csv"
    parts = (
        f"{TABLE_FILE} 1 {dat.stat().st_size}".encode(),
        version,
        _province_text(province).encode(),
        own.read_bytes() if own.exists() else b"",
        carrier.encode(),
    )
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _replace(file: Path, data: bytes) -> None:
    """Write `data` so that a reader, or a crash, finds the old bytes or the new ones."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as writer:
            writer.write(data)
            writer.flush()
            os.fsync(writer.fileno())
        fresh.replace(file)
    except OSError as error:
        raise MissingComponent(f"cannot write {file}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
