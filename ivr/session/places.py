"""Which area a caller names: 「我是洛阳的」, 「转郑州人工」, 「在巩义」, also misheard («罗阳»). Pure."""

import re
from dataclasses import dataclass
from typing import Final

from core.ids import AreaId
from ivr.session.words import plain
from knowledge.syllables import UNKNOWN, SyllableTable
from routing.areas import AreaTree

LONGEST: Final = 60
"""Characters that are looked at."""
_NAME: Final = "@"
_WHO: Final = (
    "(?:我们?|俺们?|咱们?|人|家|公司|单位|企业|户口|电话|这边|这里|现在|帮|请|麻烦|给|想|要|就|不|不是|那|喂|嗯|啊)*"
)
_VERB: Final = "(?:是|在|住|从|转|接|找|换|到|成|改|去|查|说|来|属于|归)"
_SUFFIX: Final = "(?:省|市|县|城区|地区|这边|这里|这儿|那边|那里|的)*"
_STATED: Final = re.compile(
    f"{_WHO}{_VERB}*(?:一下|到|成|去|接)*{_NAME}{_SUFFIX}"
    "(?:人|打来的?|打过来的?|过来的?|来的|税务局|税务|座席|坐席|人工|人工客服|人工服务|客服|接|一下|吧|呢|了|公司|企业|单位|纳税人|户口|谢谢)*"
)
_THEN: Final = re.compile(
    f"(?:我们?|俺们?|咱们?|公司|单位|家)(?:这边|现在|公司|人)*(?:是|在|住|属于|归){_NAME}{_SUFFIX}(?:公司|企业|人|单位|纳税人)?(.{{4,}})"
)


@dataclass(frozen=True, slots=True)
class Named:
    """An area in what the caller said."""

    area: AreaId
    meant: bool
    """They say that they belong there, or want its people; else it is a word of their question."""
    rest: str = ""
    """Their question, where one follows what they said of themselves."""


class Places:
    """The area names of one province. Names without 市 and 县; a name inside another loses to the longer."""

    def __init__(self, tree: AreaTree, sounds: SyllableTable) -> None:
        self._sounds = sounds
        areas = sorted((area for area in tree if area.kind != "province"), key=lambda area: -len(area.name))
        self._names = tuple((area.name, self._sound(area.name), area.id) for area in areas)

    def named(self, text: str) -> Named | None:
        """The area `text` names first; None if there is none."""
        said = plain(text[: 4 * LONGEST])[:LONGEST]
        for name, _, area in self._names:
            if name in said:
                return self._meant(said, said.index(name), len(name), area) or Named(area, meant=False)
        heard = self._sound(said)
        # By sound alone only where the caller says so of themselves: a question has too many syllables that fit.
        for name, sound, area in self._names:
            for place in range(len(said) - len(name) + 1):
                if heard[place : place + len(name)] == sound and (found := self._meant(said, place, len(name), area)):
                    return found
        return None

    def _meant(self, said: str, place: int, length: int, area: AreaId) -> Named | None:
        marked = said[:place] + _NAME + said[place + length :]
        if _STATED.fullmatch(marked):
            return Named(area, meant=True)
        then = _THEN.fullmatch(marked)
        return Named(area, meant=True, rest=then[1]) if then else None

    def _sound(self, text: str) -> tuple[int, ...]:
        # What has no sound (digits, Latin) equals nothing but itself.
        return tuple(self._sounds.of(c) if self._sounds.of(c) != UNKNOWN else -ord(c) for c in text)
