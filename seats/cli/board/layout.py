"""Which columns fit into a width, and where each begins. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len, set_cell_size

from seats.cli.columns import Column

GAP: Final = 1
"""Terminal cells between two columns."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column on the screen."""

    column: Column[Any]
    x: int
    width: int


def placed(columns: Sequence[Column[Any]], width: int) -> tuple[Placed, ...]:
    """The columns that fit into `width` cells, left to right; what is left over goes to those that grow."""
    shown = [column for column in columns if column.needs <= width]
    while len(shown) > 1 and _least(shown) > width:
        shown.pop()
    spare = max(0, width - _least(shown))
    growing = sum(column.grows for column in shown)
    found, x = [], 0
    for column in shown:
        more = 0
        if column.grows:
            more = spare // growing
            spare, growing = spare - more, growing - 1
        found.append(Placed(column, x, min(column.width + more, width)))
        x += column.width + more + GAP
    return tuple(found)


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """`text` as exactly `width` terminal cells; what is cut ends in …"""
    length = cell_len(text)
    if length > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def _least(columns: Sequence[Column[Any]]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)
