"""Who may help whom, and what each area keeps back: the plan, from reviewed text. Pure."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import floor
from typing import Any, Final

from core.errors import BadInput
from core.ids import AreaId
from routing.areas import Area, AreaTree


class Rule(StrEnum):
    """By which rule a seat answers for an area."""

    HOME = "home"
    PARENT = "parent"
    """A county's city."""
    PAIR = "pair"
    PROVINCE = "province"
    NOBODY = "nobody"

    @property
    def text(self) -> str:
        """For people."""
        return _RULES[self]


_RULES: Final = {
    Rule.HOME: "本地",
    Rule.PARENT: "上级市",
    Rule.PAIR: "结对",
    Rule.PROVINCE: "省局",
    Rule.NOBODY: "无",
}


@dataclass(frozen=True, slots=True)
class Reserve:
    """Free seats an area never lends: a fixed `count`, or a `share` of its seats at work."""

    share: float = 0.25
    count: int | None = None

    def of(self, staffed: int) -> int:
        """Of `staffed` seats at work; halves are rounded up, so that two seats keep one and one seat keeps none."""
        return self.count if self.count is not None else floor(self.share * staffed + 0.5)


@dataclass(frozen=True, slots=True)
class Step:
    """Areas asked together, after the steps before had nobody."""

    rule: Rule
    areas: tuple[AreaId, ...]


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """One area: what it keeps, and who helps it in which order."""

    area: AreaId
    name: str
    reserve: Reserve
    lends: bool
    steps: tuple[Step, ...]
    """Without its own seats, which always come first."""

    @property
    def penalties(self) -> dict[AreaId, int]:
        """Every area that may answer for this one -> its place in the order; its own seats have 0."""
        return {self.area: 0} | {near: place for place, step in enumerate(self.steps, 1) for near in step.areas}


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole province's."""

    areas: Mapping[AreaId, AreaPlan]

    def __iter__(self) -> Iterator[AreaPlan]:
        return iter(self.areas.values())

    def __getitem__(self, area: AreaId) -> AreaPlan:
        return self.areas[area]

    def rule(self, area: AreaId, helper: AreaId | None) -> Rule:
        """By which rule seats of `helper` answer for `area`."""
        if helper == area:
            return Rule.HOME
        steps = self.areas[area].steps if area in self.areas else ()
        return next((step.rule for step in steps if helper in step.areas), Rule.NOBODY)


_OF_AREA: Final = frozenset({"pairs", "reserve", "lends", "province"})


def parse(text: str, tree: AreaTree) -> Plan:
    """The plan of a file of the form `routing/data/sharing/henan.toml`. Raises `BadInput` naming what is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"sharing plan is not TOML: {error}") from error
    if unknown := sorted(data.keys() - {"reserve", "area"}):
        raise BadInput(f"sharing plan: unknown {unknown[0]!r}; known: reserve, area")
    areas = _table(data.get("area", {}), "area")
    if strangers := sorted(areas.keys() - {area.id for area in tree}):
        raise BadInput(f"sharing plan: {strangers[0]} is no area of {tree.root.id}")
    usual = _reserve(data.get("reserve", {}), "reserve", Reserve())
    return Plan({area.id: _area(area, tree, areas, usual) for area in tree})


def default(tree: AreaTree) -> Plan:
    """The plan when nobody wrote one: pairs as the province's data has them."""
    return parse("", tree)


def _area(area: Area, tree: AreaTree, areas: Mapping[str, Any], usual: Reserve) -> AreaPlan:
    own = _own(areas, area)
    where = f"area.{area.id}"
    lends = own.get("lends", area.kind != "county")
    helped = own.get("province", True)
    for name, value in (("lends", lends), ("province", helped)):
        if not isinstance(value, bool):
            raise BadInput(f"sharing plan: {where}.{name} is true or false")
    steps = [
        Step(Rule.PARENT, (area.parent,)) if area.kind == "county" and area.parent else None,
        Step(Rule.PAIR, _pairs(area, tree, areas)),
        Step(Rule.PROVINCE, (tree.root.id,)) if helped and area.id != tree.root.id else None,
    ]
    kept = tuple(step for step in steps if step is not None and step.areas)
    return AreaPlan(area.id, area.name, _reserve(own.get("reserve", {}), f"{where}.reserve", usual), lends, kept)


def _own(areas: Mapping[str, Any], area: Area) -> Mapping[str, Any]:
    own = _table(areas.get(area.id, {}), f"area.{area.id}")
    if unknown := sorted(own.keys() - _OF_AREA):
        raise BadInput(f"sharing plan: area.{area.id}: unknown {unknown[0]!r}; known: {', '.join(sorted(_OF_AREA))}")
    return own


def _pairs(area: Area, tree: AreaTree, areas: Mapping[str, Any]) -> tuple[AreaId, ...]:
    own = _own(areas, area).get("pairs")
    if own is None and area.kind == "county":
        city = tree.city_of(area.id)
        own = _own(areas, city).get("pairs")
    if own is None:
        return (area.pair,) if area.pair is not None else ()
    where = f"sharing plan: area.{area.id}.pairs"
    if not isinstance(own, list) or not all(isinstance(name, str) for name in own):
        raise BadInput(f"{where} is a list of area ids")
    if len(set(own)) != len(own):
        raise BadInput(f"{where} names an area twice")
    for name in own:
        if name not in tree or tree.area(name).kind != "city" or name == area.id or name == area.parent:
            raise BadInput(f"{where}: {name} is not another city of {tree.root.id}")
    return tuple(AreaId(name) for name in own)


def _reserve(value: Any, where: str, usual: Reserve) -> Reserve:
    given = _table(value, where)
    if unknown := sorted(given.keys() - {"share", "count"}):
        raise BadInput(f"sharing plan: {where}: unknown {unknown[0]!r}; known: share, count")
    if not given:
        return usual
    if len(given) > 1:
        raise BadInput(f"sharing plan: {where} is a share or a count, not both")
    if "count" in given:
        count = given["count"]
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise BadInput(f"sharing plan: {where}.count is a whole number from 0")
        return Reserve(count=count)
    share = given["share"]
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        raise BadInput(f"sharing plan: {where}.share is a part from 0 to 1")
    return Reserve(share=float(share))


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"sharing plan: {where} is a table")
    return value
