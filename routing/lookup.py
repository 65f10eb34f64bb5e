"""Caller number -> where the call belongs, and why. Pure: tables in, decision out; no input raises."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.ids import AreaId
from routing.books import RoutingTables

Confidence = Literal["high", "shared", "low"]


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
    """The decision for a caller number as a trunk of area code `trunk_area` delivered it."""
    raise NotImplementedError
