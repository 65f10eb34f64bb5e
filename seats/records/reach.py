"""Which areas a question about stored calls reaches. Pure."""

from core.ids import AreaId
from routing.areas import AreaTree
from seats.accounts.scope import AreaScope, scope_of


def within(tree: AreaTree, scope: AreaScope, area: AreaId | None) -> list[str] | None:
    """Ids of `area` (None: everywhere) and what lies below it, as far as `scope` reaches; None: no bound at all."""
    asked = scope_of(tree, area).areas if area is not None else None
    if asked is None:
        return None if scope.areas is None else sorted(scope.areas)
    return sorted(asked if scope.areas is None else asked & scope.areas)
