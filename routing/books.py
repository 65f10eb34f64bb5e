"""The tables a decision reads: the area tree, the segment table, the code book of other provinces. Frozen; no I/O."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

from core.ids import AreaId
from routing.areas import AreaTree

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
    segments: array[int]
    """`SEGMENTS` unsigned 16-bit indexes into `origins`, at segment - `FIRST_SEGMENT`."""
    places: Mapping[str, str]
    """Area code of another province (`010`) -> place (`北京`)."""
    data_version: str
    """Source and date of the data, e.g. `phone-2312+3`."""

    def origin(self, segment: str) -> Origin | None:
        """Where the segment (seven ASCII digits, `1300000` to `1999999`) was issued; None if not known."""
        return self.origins[self.segments[int(segment) - FIRST_SEGMENT]]
