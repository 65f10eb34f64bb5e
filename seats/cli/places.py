"""Areas as a terminal names and orders them. Pure."""

from core.errors import BadInput
from routing.areas import AreaTree
from seats.cli.words import Words


class Places:
    """The province's areas in one language; an id nobody knows is shown as it is."""

    def __init__(self, tree: AreaTree, words: Words) -> None:
        self._tree = tree
        self._words = words
        self._order = {area.id: place for place, area in enumerate(tree)}

    def name(self, area: str | None) -> str:
        """`郑州`, in English `Zhengzhou`; `-` for none."""
        if area is None:
            return "-"
        if self._words.lang == "en":
            return area.capitalize()
        return self._tree.area(area).name if area in self._tree else area

    def order(self, area: str | None) -> int:
        """Its place in the province's own order; what is unknown comes last."""
        return self._order.get(area or "", len(self._order))  # type: ignore[call-overload, no-any-return]

    def inside(self, area: str) -> frozenset[str]:
        """The area and its counties; all of them for the province."""
        if area == self._tree.root.id:
            return frozenset(self._order)
        return frozenset({area, *(each.id for each in self._tree if each.parent == area)})

    def called(self, word: str) -> str:
        """The id of the area of that name or id. Raises `BadInput`."""
        found = self._tree.named(word)
        if found is None:
            raise BadInput(f"no area {word!r}; write it like 郑州 or zhengzhou")
        return found.id

    @property
    def root(self) -> str:
        """The province."""
        return self._tree.root.id
