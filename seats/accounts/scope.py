"""Which areas a user sees. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.ids import AreaId
from routing.areas import AreaTree


@dataclass(frozen=True, slots=True)
class AreaScope:
    """A set of areas, or everything there is."""

    areas: frozenset[AreaId] | None
    """None: everything, also what belongs to no area yet."""

    @property
    def whole(self) -> bool:
        """Whether it is everything."""
        return self.areas is None

    def covers(self, area: AreaId | None) -> bool:
        """Whether `area` lies inside; None (not decided yet) lies only in the whole."""
        return self.areas is None or area in self.areas

    def covers_any(self, areas: Iterable[AreaId | None]) -> bool:
        """Whether something of `areas` lies inside: enough to see."""
        return self.areas is None or any(area in self.areas for area in areas)

    def covers_all(self, areas: Iterable[AreaId | None]) -> bool:
        """Whether all of `areas`, and at least one, lie inside: needed to command."""
        if self.areas is None:
            return True
        named = list(areas)
        return bool(named) and all(area in self.areas for area in named)


EVERYWHERE = AreaScope(None)
NOWHERE = AreaScope(frozenset())


def scope_of(tree: AreaTree, area: AreaId) -> AreaScope:
    """`area` and what lies below it; the province is everything. `KeyError` for an area there is not."""
    own = tree.area(area)
    if own.id == tree.root.id:
        return EVERYWHERE
    return AreaScope(frozenset(each.id for each in tree if each.id == own.id or each.parent == own.id))
