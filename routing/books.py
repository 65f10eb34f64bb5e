"""The tables a decision reads: the area tree, the segment table, the code book of other provinces. Frozen; no I/O."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

from core.ids import AreaId
from routing.areas import AreaTree
from routing.numbers import Plan

FIRST_SEGMENT = 1_300_000
SEGMENTS = 700_000
"""Segments run from 1300000 to 1999999."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a segment was issued."""

    place: str
    """Chinese name: a city or county unit of the province, or a place outside it."""
    area: AreaId | None
    """The province's area; None for a place outside."""
    sure: bool
    """From an override or a carrier's file: not in doubt even where a code is shared."""


@dataclass(frozen=True, slots=True)
class RoutingTables:
    """Everything `routing.lookup.decide` reads."""

    tree: AreaTree
    origins: tuple[Origin | None, ...]
    """What the entries of `segments` point at; entry 0 is None: not issued, or not known."""
    segments: "array[int]"
    """`SEGMENTS` unsigned 16-bit indexes into `origins`, at segment - `FIRST_SEGMENT`."""
    places: Mapping[str, str]
    """Area code of another province (`010`) -> place (`北京`)."""
    plan: Plan
    """The codes of `tree` and `places`, for reading numbers."""
    data_version: str
    """Source and date of the data, e.g. `phone-2312+3`."""

    def origin(self, number: str) -> Origin | None:
        """Where a mobile number or segment (ASCII digits, `1300000…` to `1999999…`) was issued; None if not known."""
        return self.origins[self.segments[int(number[:7]) - FIRST_SEGMENT]]
