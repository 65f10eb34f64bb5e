"""Areas of the province: its cities and county units, their codes, and what a code leaves open. Pure."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from core.errors import BadInput
from core.ids import AreaId

AreaKind = Literal["province", "city", "county"]


@dataclass(frozen=True, slots=True)
class Area:
    """A routing region. `id` is also the name of its queue."""

    id: AreaId
    name: str
    """Chinese, without 市 or 县: `郑州`."""
    kind: AreaKind
    parent: AreaId | None
    """The city of a county, the province of a city, None for the province."""
    code: str
    """Area code with its leading 0 (`0371`); a county has its city's, the province none (``)."""
    pair: AreaId | None
    """The city whose seats help first; a county has its city's pair."""
    share: float
    """Per cent of the province's traffic, for simulation; 0 where it is counted with the parent."""


@dataclass(frozen=True, slots=True)
class Code:
    """What an area code says about a landline behind it."""

    code: str
    digits: tuple[int, ...]
    """Lengths of local numbers behind it."""
    area: AreaId
    """Whose number it is when no prefix says otherwise."""
    prefixes: tuple[tuple[str, AreaId], ...]
    """Leading local digits that say more, longest first."""
    menu: Mapping[str, AreaId]
    """Key -> city of the question that tells sharers apart; empty if one city owns the code."""
    settled: bool
    """Whether the prefixes and segments tell the sharers apart completely."""
    withdrawn: bool

    def named_by_prefix(self, local: str) -> AreaId | None:
        """The area of a local number's longest known prefix; None if no prefix is known of it."""
        for prefix, area in self.prefixes:
            if local.startswith(prefix):
                return area
        return None

    def area_of(self, local: str) -> AreaId:
        """The area of a local number: that of its longest known prefix, else the owner of the code."""
        return self.named_by_prefix(local) or self.area


@dataclass(frozen=True, slots=True)
class AreaTree:
    """Province, cities, counties and their codes. Build one with `parse`."""

    root: Area
    areas: tuple[Area, ...]
    """Every area, the province first, each city before its counties."""
    codes: Mapping[str, Code]
    """Code with its leading 0 -> what it says; withdrawn codes included."""
    _by_id: Mapping[str, Area] = field(repr=False, compare=False)
    _by_name: Mapping[str, Area] = field(repr=False, compare=False)

    def __iter__(self) -> Iterator[Area]:
        return iter(self.areas)

    def area(self, area_id: str) -> Area:
        """The area of that id; `KeyError` if there is none."""
        return self._by_id[area_id]

    def __contains__(self, area_id: object) -> bool:
        return area_id in self._by_id

    def named(self, name: str) -> Area | None:
        """The area of that Chinese name (with or without 市/县) or id; None if there is none."""
        return (
            self._by_name.get(name)
            or self._by_name.get(name.removesuffix("市").removesuffix("县"))
            or self._by_id.get(name)
        )

    def city_of(self, area_id: str) -> Area:
        """The city of a county; the area itself otherwise."""
        area = self._by_id[area_id]
        return self._by_id[area.parent] if area.kind == "county" and area.parent else area

    def with_prefixes(self, prefixes: Iterable[tuple[str, str, AreaId]]) -> "AreaTree":
        """The tree with more (code, first local digits, area) known; later ones win over earlier and own."""
        codes = dict(self.codes)
        for code, prefix, area in prefixes:
            others = [entry for entry in codes[code].prefixes if entry[0] != prefix]
            codes[code] = replace(codes[code], prefixes=_longest_first([*others, (prefix, area)]))
        return replace(self, codes=codes)

    @property
    def cities(self) -> tuple[Area, ...]:
        """The cities, in the data file's order."""
        return tuple(area for area in self.areas if area.kind == "city")

    @property
    def counties(self) -> tuple[Area, ...]:
        """The county units, in the data file's order within their city."""
        return tuple(area for area in self.areas if area.kind == "county")


def parse(text: str) -> AreaTree:
    """The tree of a province's data file (form: `routing/data/henan.toml`). Raises `BadInput` naming what is wrong."""
    try:
        data = tomllib.loads(text)
        return _tree(data)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"province data is not TOML: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"province data: {type(error).__name__} at {error}") from error


def _tree(data: Mapping[str, Any]) -> AreaTree:
    root = Area(AreaId(data["province"]["id"]), data["province"]["name"], "province", None, "", None, 0.0)
    areas = [root]
    for city in data["city"]:
        own = Area(
            AreaId(city["id"]), city["name"], "city", root.id, city["code"], AreaId(city["pair"]), float(city["share"])
        )
        areas.append(own)
        areas.extend(
            Area(AreaId(county["id"]), county["name"], "county", own.id, own.code, own.pair, 0.0)
            for county in data["county"]
            if county["parent"] == own.id
        )
    by_id: dict[str, Area] = {area.id: area for area in areas}
    by_name = {area.name: area for area in areas}
    if len(by_id) != len(areas) or len(by_name) != len(areas):
        raise BadInput("province data: two areas have one id or one name")
    if len(areas) != 1 + len(data["city"]) + len(data["county"]):
        raise BadInput("province data: a county names a parent that is no city")
    for area in areas:
        if area.pair is not None and (
            area.pair not in by_id or by_id[area.pair].kind != "city" or area.pair == area.id
        ):
            raise BadInput(f"province data: the pair of {area.id} is not another city: {area.pair}")
    return AreaTree(root, tuple(areas), _codes(data, areas), by_id, by_name)


def _codes(data: Mapping[str, Any], areas: list[Area]) -> dict[str, Code]:
    known = {area.id for area in areas}
    shared = {entry["code"]: entry for entry in data["shared"]}
    codes: dict[str, Code] = {}
    for code in sorted({area.code for area in areas if area.code}):
        cities = [area.id for area in areas if area.code == code and area.kind == "city"]
        counties = [county for county in data["county"] if county["parent"] in cities]
        prefixes = [(prefix, AreaId(county["id"])) for county in counties for prefix in county["prefixes"]]
        entry = shared.get(code)
        if entry is None and len(cities) > 1:
            raise BadInput(f"province data: {code} is shared by {', '.join(cities)} and has no [[shared]] entry")
        menu: dict[str, AreaId] = {}
        if entry is not None:
            prefixes += [(prefix, AreaId(area)) for prefix, area in entry["prefixes"].items()]
            menu = {key: AreaId(area) for key, area in entry["menu"].items()}
            if set(menu.values()) != set(cities) or entry["default"] not in cities:
                raise BadInput(
                    f"province data: the menu or default of {code} does not name its cities {', '.join(cities)}"
                )
        digits = data["numbering"]["digits_of"].get(code, data["numbering"]["digits"])
        codes[code] = Code(
            code=code,
            digits=(digits,),
            area=AreaId(entry["default"]) if entry else cities[0],
            prefixes=_longest_first(prefixes),
            menu=menu,
            settled=entry is None or bool(entry["settled"]),
            withdrawn=False,
        )
    for gone in data["withdrawn"]:
        if gone["code"] in codes or gone["area"] not in known:
            raise BadInput(f"province data: withdrawn code {gone['code']} is in force or names no area")
        codes[gone["code"]] = Code(gone["code"], tuple(gone["digits"]), AreaId(gone["area"]), (), {}, True, True)
    return codes


def _longest_first(prefixes: list[tuple[str, AreaId]]) -> tuple[tuple[str, AreaId], ...]:
    return tuple(sorted(prefixes, key=lambda entry: (-len(entry[0]), entry[0])))
