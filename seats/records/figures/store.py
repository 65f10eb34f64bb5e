"""Figures asked of Postgres."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import answering
from core.errors import BadInput
from core.ids import AreaId
from routing.areas import AreaTree
from seats.accounts.scope import AreaScope
from seats.records.figures.figure import VERSION, Figures
from seats.records.reach import within

BY: Final = ("area", "half-hour", "day")
"""What figures can be grouped by."""


class StoredFigures:
    """`seats.http.services.Figures` over stored calls."""

    def __init__(self, database: AsyncEngine, tree: AreaTree) -> None:
        self._database = database
        self._tree = tree

    async def figures(
        self, scope: AreaScope, *, since: datetime, until: datetime, by: str, area: AreaId | None
    ) -> Sequence[Figures]:
        """Figures of calls that began from `since` until before `until`, one row a group, then one of all of them.

        `by` is a word of `BY`, or two joined by a comma (`area,day`). `area` stands for itself and what lies below
        it; nothing outside `scope` is counted. Raises `BadInput`, `DatabaseAway`.
        """
        words = by.split(",")
        times = [word for word in words if word != "area"]
        if not set(words) <= set(BY) or len(times) > 1 or len(set(words)) != len(words):
            raise BadInput(f"figures by {by!r}: choose {', '.join(BY)}, or area with one of the others (area,day)")
        if since >= until:
            raise BadInput("figures: the end must be after the beginning")
        areas = within(self._tree, scope, area)
        asked = (
            since,
            until,
            areas,
            "area" in words,
            times[0] if times else None,
            self._tree.root.id,
            *_counties(self._tree),
        )
        async with answering(), self._database.connect() as connection:
            found = await connection.exec_driver_sql(_sql(), asked)
            return tuple(Figures(**row) for row in found.mappings())


def _counties(tree: AreaTree) -> tuple[list[str], list[str]]:
    """County units, and the city of each."""
    return [county.id for county in tree.counties], [tree.city_of(county.id).id for county in tree.counties]


@cache
def _sql() -> str:
    return Path(__file__).with_name(f"calls_v{VERSION}.sql").read_text(encoding="utf-8")
