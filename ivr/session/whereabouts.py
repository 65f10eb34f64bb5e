"""Where the caller belongs: as the number says, or as they say themselves, by name or by area code. Pure."""

from core.ids import AreaId
from ivr.session import saying
from ivr.session.house import House
from ivr.session.saying import Saying
from routing import choice
from routing.choice import Move
from routing.reception import OPEN, Reception


class Whereabouts:
    """The caller's area, and the question for it."""

    def __init__(self, area: AreaId | None, house: House, closed: bool = False) -> None:
        """`closed`: nobody sits at the desks of `area` now."""
        self._house = house
        self._arrived_closed = closed
        self.area = area
        self.moved = False
        """They named it themselves: that overrides their number."""
        self._asked = choice.question_of("region/1", house.tree)

    @property
    def name(self) -> str:
        """Chinese name of the area; empty where it is not known."""
        return self._house.tree.area(self.area).name if self.area is not None else ""

    @property
    def closed(self) -> bool:
        """Nobody sits at the desks of where the caller belongs now; where that is not known: nowhere."""
        if self._house.met is None or (self.area is not None and not self.moved):
            return self._arrived_closed
        return bool(self.reception.closed)

    @property
    def reception(self) -> Reception:
        """How callers of there are met now. While no area is known: as by the province, once every area is closed."""
        met, tree = self._house.met, self._house.tree
        if met is None or (self.area is None and not all(met(area.id).closed for area in tree)):
            return OPEN
        return met(self.area or tree.root.id)

    @property
    def scopes(self) -> tuple[str, ...]:
        """Whose entries are told here, nearest first."""
        return self._house.scopes(self.area)

    def move(self, area: AreaId) -> None:
        """The caller has named their area."""
        self.area, self.moved = area, True

    def ask(self) -> Saying:
        """The question, from its beginning."""
        self._asked = choice.question_of("region/1", self._house.tree)
        return saying.where("talk_which_area")

    def keyed(self, digits: str) -> Saying | bool:
        """Another question, or whether the area is known now."""
        found = choice.answer(self._asked, digits, self._house.tree)
        if found.move is Move.AREA and found.area is not None:
            self.move(found.area)
            return True
        if found.move is Move.ASK_NEXT and found.question is not None:
            self._asked = found.question
            return saying.where(found.question.prompt, found.question.digits)
        return False
