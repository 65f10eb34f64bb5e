"""Where the caller belongs: as the number says, or as they say themselves, by name or by area code. Pure."""

from core.ids import AreaId
from ivr.session import saying
from ivr.session.house import House
from ivr.session.saying import Saying
from routing import choice
from routing.choice import Move


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
        """Nobody sits at the desks of where the caller belongs now."""
        if self._house.closed is not None and self.moved and self.area is not None:
            return self._house.closed(self.area)
        return self._arrived_closed

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
