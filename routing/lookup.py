"""Caller number -> where the call belongs, and why. Pure: tables in, decision out; no input raises."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.ids import AreaId
from routing.books import Origin, RoutingTables
from routing.numbers import LONGEST_RAW, Form, Number

Confidence = Literal["high", "shared", "low"]

REASONS = {
    "segment": "手机号段",
    "override": "手机号段（修正或运营商数据）",
    "area-code": "区号",
    "exchange-prefix": "区号和局号",
    "withdrawn-code": "已停用的区号",
    "length": "区号；号码位数不符",
    "landline": "外省区号",
    "mobile": "外省手机号段",
    "diversion": "前转号码提示",
    "dialled-code": "拨号区号提示",
    "keyed": "来电人按键选择",
    "chosen": "来电人另选城市",
    "remembered": "来电人上次按键选择",
    "withheld": "无主叫号码",
    "overseas": "境外号码",
    "iot": "物联网号码",
    "satellite": "卫星电话",
    "service-number": "服务号码",
    "unknown-segment": "未知号段",
    "unknown-area-code": "未知区号",
    "malformed": "号码格式不符",
}
"""Every word `Decision.reason` can hold, as people read it."""


class Kind(StrEnum):
    """What a number says about its caller."""

    CITY = "CITY"
    """An area of this province."""
    OUT = "OUT"
    """A known place outside the province."""
    UNKNOWN = "UNKNOWN"
    """Nothing that tells a place; the reason says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a call belongs, and everything needed to explain it later."""

    raw: str
    """The caller number as it was delivered."""
    normalized: str
    """`037155012345`, `13803710000`, `+12125550123`; empty if the number was withheld."""
    kind: Kind
    area: str | None
    """Chinese name: the city (CITY), the place (OUT), None (UNKNOWN)."""
    area_id: AreaId | None
    """The area whose queue rings: the county unit where one is known, else the city. None unless CITY."""
    county: str | None
    """Chinese name of the county unit, where one is known."""
    confidence: Confidence | None
    """`shared`: the code has two cities and this number does not tell them apart. None for UNKNOWN."""
    reason: str
    """The rule that decided, one word of `REASONS`."""
    data_version: str
    alternatives: tuple[AreaId, ...] = ()
    """Areas that were possible besides `area_id`."""


def decide(raw: str, trunk_area: str, tables: RoutingTables) -> Decision:
    """The decision for a caller number as a trunk of area code `trunk_area` (`0371`) delivered it."""
    number = tables.plan.normalise(raw, trunk_area)
    if number.form is Form.MOBILE:
        return _mobile(raw, number.normalized, tables)
    if number.form is Form.LANDLINE:
        return _landline(raw, number, tables)
    return Decision(
        raw, number.normalized, Kind.UNKNOWN, None, None, None, None, number.form.value, tables.data_version
    )


def in_area(
    raw: str,
    normalized: str,
    area_id: AreaId,
    confidence: Confidence,
    reason: str,
    tables: RoutingTables,
    alternatives: tuple[AreaId, ...] = (),
) -> Decision:
    """A CITY decision for an area of the tree."""
    area = tables.tree.area(area_id)
    city = tables.tree.city_of(area_id)
    county = area.name if area.kind == "county" else None
    return Decision(
        raw, normalized, Kind.CITY, city.name, area_id, county, confidence, reason, tables.data_version, alternatives
    )


def answered(
    decision: Decision, area_id: AreaId, by: Literal["keyed", "chosen", "remembered"], tables: RoutingTables
) -> Decision:
    """The decision once the caller named the area, on this call or an earlier one."""
    before = (decision.area_id, *decision.alternatives)
    others = tuple(area for area in before if area is not None and area != area_id)
    return in_area(decision.raw, decision.normalized, area_id, "high", by, tables, others)


def fact(decision: Decision) -> dict[str, str | list[str] | None]:
    """The decision as fields of a journal fact; what cannot be printed in the raw number is escaped (`\\u{0}`)."""
    return {
        "raw": "".join(_storable(character) for character in decision.raw[:LONGEST_RAW]),
        "normalized": decision.normalized,
        "kind": decision.kind.value,
        "area": decision.area,
        "area_id": decision.area_id,
        "county": decision.county,
        "confidence": decision.confidence,
        "reason": decision.reason,
        "data_version": decision.data_version,
        "alternatives": list(decision.alternatives),
    }


def _storable(character: str) -> str:
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def _mobile(raw: str, number: str, tables: RoutingTables) -> Decision:
    origin = tables.origin(number)
    if origin is None:
        return Decision(raw, number, Kind.UNKNOWN, None, None, None, None, "unknown-segment", tables.data_version)
    if origin.area is None:
        return Decision(raw, number, Kind.OUT, origin.place, None, None, "high", "mobile", tables.data_version)
    sharers = _sharers(origin, origin.area, tables)
    reason = "override" if origin.sure else "segment"
    return in_area(raw, number, origin.area, "shared" if sharers else "high", reason, tables, sharers)


def _sharers(origin: Origin, area: AreaId, tables: RoutingTables) -> tuple[AreaId, ...]:
    """Other cities a segment may belong to: the source lost segments of one sharer to the other, not the reverse."""
    code = tables.tree.codes.get(tables.tree.area(area).code)
    if code is None or code.settled or origin.sure or area != code.area:
        return ()
    return tuple(other for other in code.menu.values() if other != area)


def _landline(raw: str, number: Number, tables: RoutingTables) -> Decision:
    code = tables.tree.codes.get(number.code)
    if code is None:
        place = tables.places[number.code]
        return Decision(raw, number.normalized, Kind.OUT, place, None, None, "high", "landline", tables.data_version)
    named = code.named_by_prefix(number.local)
    area = named or code.area
    others = tuple(other for other in code.menu.values() if other != area)
    if code.withdrawn:
        return in_area(raw, number.normalized, area, "low", "withdrawn-code", tables)
    if not number.fits:
        return in_area(raw, number.normalized, area, "low", "length", tables, others)
    if named is not None:
        parent = (tables.tree.city_of(area).id,) if tables.tree.area(area).kind == "county" else ()
        return in_area(raw, number.normalized, area, "high", "exchange-prefix", tables, parent)
    if others and not code.settled:
        return in_area(raw, number.normalized, area, "shared", "area-code", tables, others)
    return in_area(raw, number.normalized, area, "high", "area-code", tables)
