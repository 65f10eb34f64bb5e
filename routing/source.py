"""Bytes and text of the sources -> segment table: `phone.dat`, CSV lists of segments, a stored table. Pure."""

import csv
import io
import json
import re
import struct
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import BadInput
from core.ids import AreaId
from routing.areas import AreaTree, parse
from routing.books import FIRST_SEGMENT, SEGMENTS, Origin, RoutingTables
from routing.numbers import Plan

_RECORD = struct.Struct("<iiB")
_SEGMENT = re.compile(r"1[3-9][0-9]{5}|0[0-9]{4,9}")
_MAGIC = b"HLRT0002"
# Codes of other provinces that were merged into a neighbour's, and are still delivered by some trunks.
_MERGED_ELSEWHERE = {
    **{"0410": "铁岭", "0413": "抚顺", "0414": "本溪", "0565": "巢湖", "0732": "湘潭", "0733": "株洲"},
    **{"0852": "遵义", "0853": "安顺", "0890": "三亚", "0899": "三亚", "0910": "咸阳"},
}


@dataclass(frozen=True, slots=True)
class Issued:
    """What `phone.dat` says: who was issued which segment, nationally."""

    version: str
    """Year and month, `2312`."""
    places: tuple[tuple[str, str, str], ...]
    """(province, city, area code with its 0)."""
    segments: Mapping[int, int]
    """Segment -> index into `places`."""


@dataclass(frozen=True, slots=True)
class Named:
    """One line of a segment list."""

    segment: str
    """Seven digits; or an area code with its 0 and the first digits of local numbers (`0394422`)."""
    area: str
    """Chinese name of an area of the province."""


def read_phone_dat(data: bytes) -> Issued:
    """`phone.dat`: 4 bytes of version, offset of the index, NUL-ended records `province|city|zip|code`, then the index.

    Raises `BadInput` if the file is not of that form.
    """
    try:
        version, first = data[:4].decode("ascii"), struct.unpack_from("<i", data, 4)[0]
        places: list[tuple[str, str, str]] = []
        at: dict[int, int] = {}
        offset = 8
        while offset < first:
            end = data.index(b"\0", offset)
            province, city, _, code = data[offset:end].decode("utf-8").split("|")
            at[offset] = len(places)
            places.append((province, city, "0" + code.lstrip("0")))
            offset = end + 1
        segments = {segment: at[record] for segment, record, _ in _RECORD.iter_unpack(data[first:])}
    except (struct.error, ValueError, KeyError) as error:
        raise BadInput(f"phone.dat is not the segment file we know: {error}") from error
    return Issued(version, tuple(places), segments)


def read_segment_list(text: str, tree: AreaTree, source: str) -> list[Named]:
    """A CSV list `segment,area[,…]`, header line optional. Raises `BadInput` with the line of the first bad one."""
    named: list[Named] = []
    seen: dict[str, tuple[str, int]] = {}
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (rows.line_num == 1 and cells[0].lower() == "segment"):
                continue
            where = f"{source}, line {rows.line_num}"
            if len(cells) < 2:
                raise BadInput(f"{where}: expected segment,area")
            segment = cells[0]
            if not _SEGMENT.fullmatch(segment):
                raise BadInput(
                    f"{where}: {segment[:20]!r} is no segment (seven digits from 1300000, or a code and more)"
                )
            area = tree.named(cells[1])
            if area is None or area.kind == "province":
                raise BadInput(f"{where}: {cells[1][:20]!r} is no city or county unit of {tree.root.name}")
            if segment[0] == "0" and segment[:4] != area.code:
                raise BadInput(f"{where}: {segment} does not begin with the area code of {area.name}, {area.code}")
            earlier, line = seen.setdefault(segment, (area.name, rows.line_num))
            if earlier != area.name:
                raise BadInput(f"{where}: {segment} is {area.name} here and {earlier} on line {line}")
            named.append(Named(segment, area.name))
    except csv.Error as error:
        raise BadInput(f"{source}, line {rows.line_num}: not CSV: {error}") from error
    return named


def assemble(issued: Issued, tree: AreaTree, named: Iterable[Named], version: str) -> RoutingTables:
    """The tables from `phone.dat`, with every line of `named` winning over it, later lines over earlier ones."""
    prefixes: list[tuple[str, str, AreaId]] = []
    origins: list[Origin | None] = [None]
    index_of_place: list[int] = []
    for province, city, code in issued.places:
        origins.append(_origin(province, city, code, tree))
        index_of_place.append(len(origins) - 1)
    segments = array("H", bytes(2 * SEGMENTS))
    for segment, place in issued.segments.items():
        if 0 <= segment - FIRST_SEGMENT < SEGMENTS:
            segments[segment - FIRST_SEGMENT] = index_of_place[place]
    sure: dict[str, int] = {}
    for line in named:
        area = tree.named(line.area)
        if area is None:
            raise BadInput(f"{line.area} is no area of {tree.root.name}")
        if line.segment[0] == "0":
            prefixes.append((line.segment[:4], line.segment[4:], area.id))
            continue
        if line.area not in sure:
            origins.append(Origin(area.name, area.id, True))
            sure[line.area] = len(origins) - 1
        segments[int(line.segment) - FIRST_SEGMENT] = sure[line.area]
    known = tree.with_prefixes(prefixes)
    return tables_of(known, tuple(origins), segments, _places(issued, tree), version)


def tables_of(
    tree: AreaTree, origins: tuple[Origin | None, ...], segments: "array[int]", places: Mapping[str, str], version: str
) -> RoutingTables:
    """Tables from their parts."""
    return RoutingTables(tree, origins, segments, places, Plan(tree.codes, frozenset(places)), version)


def dump(tables: RoutingTables, province: str, facts: Mapping[str, Any]) -> bytes:
    """One file: magic, checksum, then compressed JSON and segments. `province` is the text the tree was read from."""
    head = json.dumps(
        {
            "province": province,
            "origins": [[origin.place, origin.area, origin.sure] if origin else None for origin in tables.origins],
            "places": dict(tables.places),
            "prefixes": [
                (code.code, prefix, area) for code in tables.tree.codes.values() for prefix, area in code.prefixes
            ],
            "data_version": tables.data_version,
            "facts": dict(facts),
        },
        ensure_ascii=False,
    ).encode()
    segments = array("H", tables.segments)
    if sys.byteorder == "big":
        segments.byteswap()
    body = zlib.compress(struct.pack("<I", len(head)) + head + segments.tobytes(), 6)
    return _MAGIC + struct.pack("<I", zlib.crc32(body)) + body


def undump(data: bytes) -> tuple[RoutingTables, dict[str, Any]]:
    """The tables of `dump`, and its facts. Raises `BadInput` if a byte is wrong."""
    if data[:8] != _MAGIC or len(data) < 12 or zlib.crc32(data[12:]) != struct.unpack_from("<I", data, 8)[0]:
        raise BadInput(
            "the stored routing table is damaged or of another version; build it again: hotline segments build"
        )
    plain = zlib.decompress(data[12:])
    length = struct.unpack_from("<I", plain)[0]
    head = json.loads(plain[4 : 4 + length])
    segments = array("H")
    segments.frombytes(plain[4 + length :])
    if sys.byteorder == "big":
        segments.byteswap()
    origins = tuple(Origin(*entry) if entry else None for entry in head["origins"])
    tree = parse(head["province"]).with_prefixes(head["prefixes"])
    return tables_of(tree, origins, segments, head["places"], head["data_version"]), head["facts"]


def _origin(province: str, city: str, code: str, tree: AreaTree) -> Origin:
    if province != tree.root.name:
        return Origin(city, None, False)
    area = tree.named(city)
    if area is None:
        # A town with a segment list of its own: its code says whose it is.
        area = tree.area(tree.codes[code].area) if code in tree.codes else tree.root
    return Origin(area.name, area.id, False)


def _places(issued: Issued, tree: AreaTree) -> dict[str, str]:
    """Area code -> place for other provinces. A shared code is called after the place with most segments."""
    sizes = Counter(issued.segments.values())
    best: dict[str, tuple[int, str]] = {}
    for index, (_, city, code) in enumerate(issued.places):
        if code not in tree.codes:
            best[code] = max(best.get(code, (-1, "")), (sizes[index], city))
    merged = {code: place for code, place in _MERGED_ELSEWHERE.items() if code not in tree.codes}
    return {**merged, **{code: city for code, (_, city) in sorted(best.items())}}
