"""Which calls are one. Calls only ever grow together, so the order in which that is told does not matter."""

from collections.abc import Set

from core.ids import LinkedId
from seats.live.parts import age_of


class Kinship:
    """Names of calls that became one. It has the oldest of their names."""

    def __init__(self) -> None:
        self._older: dict[LinkedId, LinkedId] = {}
        """A call that was joined with another -> an older one."""
        self._met: dict[str, LinkedId] = {}
        """Bridge -> call of whoever was in it."""

    def __len__(self) -> int:
        return len(self._older) + len(self._met)

    @property
    def bridges(self) -> Set[str]:
        """Bridges somebody was seen in and whose end was not told."""
        return self._met.keys()

    def root(self, linkedid: LinkedId) -> LinkedId:
        """The name of the call that was, or is part of, `linkedid`."""
        while (older := self._older.get(linkedid)) is not None:
            linkedid = older
        return linkedid

    def join(self, one: LinkedId, other: LinkedId) -> tuple[LinkedId, LinkedId] | None:
        """Two calls are one. Answers (the name it has, the name it no longer has); None when that was known."""
        first, second = self.root(one), self.root(other)
        if first == second:
            return None
        if age_of(second) < age_of(first):
            first, second = second, first
        self._older[second] = first
        return first, second

    def meet(self, bridge: str, linkedid: LinkedId) -> tuple[LinkedId, LinkedId] | None:
        """Somebody of that call is in the bridge: all who ever were in it are of one call. Answers as `join`."""
        return self.join(self._met.setdefault(bridge, linkedid), linkedid)

    def forget_bridge(self, bridge: str) -> None:
        """Nobody will be told to be in it any more."""
        self._met.pop(bridge, None)

    def forget(self, young: LinkedId) -> None:
        """Nobody will be told of under that name any more."""
        self._older.pop(young, None)
