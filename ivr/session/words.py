"""What a caller wants at each step of the conversation, by their words or by a key. Pure; tables.

Requests for a person are not known here: `knowledge` knows them in any wording, at every step.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

LONGEST: Final = 24
"""Characters up to which a caller's words may be one of these; more are a question."""


class Step(StrEnum):
    """What was said to the caller last, as far as it decides what their reply means."""

    ASK = "ask"
    """「请直接说出您的问题」"""
    MORE = "more"
    """「还有其他问题吗?」, after an answer."""
    CONFIRM = "confirm"
    """「您是想问甲,还是乙?」"""
    WHERE = "where"
    """「请问您在哪个市县?」"""
    CLOSED = "closed"
    """「现在没有人工值班,留言请按1…」"""
    MENU = "menu"
    """A menu of topics, by keys."""


class Wish(StrEnum):
    """What a reply asks for."""

    HUMAN = "human"
    YES = "yes"
    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"
    AGAIN = "again"
    SLOWER = "slower"
    REST = "rest"
    """The second half of an answer."""
    OTHER = "other"
    """Another question, not said yet."""
    BYE = "bye"
    MESSAGE = "message"
    CALLBACK = "callback"
    TOPICS = "topics"
    """The menu by keys."""
    PLACE = "place"
    """Another area, not said which."""
    NODDED = "nodded"
    """「嗯」「哦」: heard, and no request at all."""


_LEAD: Final = (
    "(?:你|您|请|麻烦|劳驾|能不能|可不可以|可以|能|我|给我|帮我|再|那|就|想|要|先|喂|哎|诶|哦|嗯|啊|呃|不好意思|对不起|"
    "老师|同志)*"
)
_TAIL: Final = "(?:吧|呗|吗|嘛|啊|呀|哈|呢|了|的|好吗|行吗|好不好|行不行|可以吗|中不中|谢谢|你|您|我|年纪大了|老师)*"
_ONCE: Final = "(?:一?(?:遍|次|下|回))?"


def _whole(core: str) -> re.Pattern[str]:
    return re.compile(f"{_LEAD}(?:{core}){_TAIL}")


_YES: Final = _whole(
    "是|对|没错|就是|就是这个|就是它|是这个|对对对?|是是是?|是的是的|对的对的|可以|行|好|中|得劲|嗯+|是对的|正是|要听"
)
_NO: Final = _whole(
    "不+|不?不是|都不是|两个都不是|不对|错|错了|没有|都没有|不是这个|不是这些|都不对|哪个都不是|不要|不用|没"
)
_FIRST: Final = _whole("(?:是|要|选|听)?(?:第一|前一|前面那|头一|上一|第1|1|一)(?:个|项|种|条)?|前者|前面的|前面那个")
_SECOND: Final = _whole("(?:是|要|选|听)?(?:第二|后一|后面那|第2|2|二)(?:个|项|种|条)?|后者|后面的|后面那个")
_AGAIN: Final = _whole(
    f"(?:说|讲|念|播|放|来|听|重复|重说|重播|重听|重放|重讲|重念){_ONCE}|(?:重复|重新|从头)(?:说|讲|念|播|放|听){_ONCE}|没听(?:清楚?|见|到|明白|懂)|"
    "(?:刚才|刚刚)?说的?(?:是)?(?:啥|什么)|什么|啥|听不(?:清楚?|见|到)"
)
_SLOWER: Final = re.compile(
    f"{_LEAD}(?:你|您)?(?:说|讲|念|读|播|语速)?(?:话)?(?:得|的)?(?:太快|有点快|快了|慢|大声|大点声|声音大)(?:了|一?点|点儿|些)*"
    f"(?:说|讲|念)?{_TAIL}|(?!.*[人转接叫]).{{0,8}}(?:(?:说|讲|念)(?:得|的|话)?(?:太快|慢一?点|慢些)|听不清楚?|听不(?:懂|明白)你|耳朵(?:不好|背|聋)|耳背).{{0,8}}"
)
_REST: Final = _whole("继续(?:说|讲|念|听)?|接着(?:说|讲|念)?|往下(?:说|讲|念)|后面的?|还要听|要听|听后面的?|说完|讲完")
_OTHER: Final = _whole(
    "有|还有|还有一个|还有问题|有问题|还有个问题|还有一个问题|有个问题|问别的|别的问题|其他问题|换个问题|另外一个问题|问一个"
)
_BYE: Final = re.compile(
    "(?:嗯|哦|啊|好|好的|行|中|那|那就|就|我|对|哎)*(?:没有?了|没有其他(?:问题)?了?|没有|没有?问题了?|没事了?|没别的了?|没其他的?了?|不用了?|不需要了?|可以了|行了|好了|够了|"
    "知道了|明白了|懂了|清楚了|晓得了|就这样|就这些|谢谢|谢谢[你您]|谢谢啊|多谢|感谢|再见|拜拜|挂了|结束|好的|行|中)+(?:吧|啊|呀|哈|了|的|谢谢|谢谢[你您]|再见|拜拜|挂了|好的|麻烦了|老师|您|你)*"
)
_MESSAGE: Final = _whole("留言|留个言|留一个言|留条言|留个话|留句话|录音|录个音|留言给你们")
_CALLBACK: Final = _whole(
    "回(?:个|一个)?电话?|回拨|预约|预约回电|预约回拨|(?:让|叫)?(?:他们|你们|人|工作人员)?(?:给我)?(?:打回来|打给我|回电话?|回拨|回我|打过来)"
)
_TOPICS: Final = _whole("按键|菜单|选项|听选项|用按键|听菜单")
_PLACE: Final = _whole(
    "换(?:个|一个|到别的|别的)?(?:城市|地区|地方|地市|市|县)|(?:转|接)到?(?:别的|其他|另一个)(?:城市|地区|地方|地市)|不是(?:本地|这里|这个城市)的?"
)
_NODDED: Final = re.compile("(?:嗯|哦|噢|啊|唔|好|好的|对|是|是的|行|呃|额|哎|嗯哼)+")

_Rule = tuple[Wish, re.Pattern[str]]
_ANYWHERE: Final[tuple[_Rule, ...]] = (
    (Wish.SLOWER, _SLOWER),
    (Wish.AGAIN, _AGAIN),
    (Wish.MESSAGE, _MESSAGE),
    (Wish.CALLBACK, _CALLBACK),
    (Wish.TOPICS, _TOPICS),
    (Wish.PLACE, _PLACE),
)
WORDS: Final[Mapping[Step, tuple[_Rule, ...]]] = MappingProxyType(
    {
        Step.ASK: ((Wish.NODDED, _NODDED), *_ANYWHERE, (Wish.OTHER, _OTHER), (Wish.BYE, _BYE)),
        Step.MORE: (
            *((Wish.NODDED, _NODDED), (Wish.REST, _REST), (Wish.FIRST, _FIRST), (Wish.SECOND, _SECOND)),
            *((Wish.OTHER, _OTHER), (Wish.BYE, _BYE), *_ANYWHERE),
        ),
        Step.CONFIRM: (
            *((Wish.FIRST, _FIRST), (Wish.SECOND, _SECOND), (Wish.NEITHER, _NO), (Wish.YES, _YES)),
            *((Wish.BYE, _BYE), *_ANYWHERE),
        ),
        Step.WHERE: ((Wish.BYE, _BYE), *_ANYWHERE),
        Step.CLOSED: (
            *((Wish.MESSAGE, _YES), (Wish.FIRST, _FIRST), (Wish.SECOND, _SECOND), (Wish.OTHER, _OTHER)),
            *((Wish.BYE, _NO), (Wish.BYE, _BYE), *_ANYWHERE),
        ),
        Step.MENU: ((Wish.BYE, _BYE), *_ANYWHERE),
    }
)
"""The first that fits the whole reply is what it means; none: it is a question."""

_EVERYWHERE: Final = {"0": Wish.HUMAN, "9": Wish.AGAIN, "*": Wish.SLOWER}
KEYS: Final[Mapping[Step, Mapping[str, Wish]]] = MappingProxyType(
    {
        Step.ASK: {**_EVERYWHERE, "1": Wish.TOPICS, "2": Wish.OTHER, "3": Wish.PLACE},
        Step.MORE: {
            **_EVERYWHERE,
            **{"1": Wish.AGAIN, "2": Wish.OTHER, "3": Wish.FIRST, "4": Wish.SECOND, "5": Wish.TOPICS, "#": Wish.BYE},
        },
        Step.CONFIRM: {**_EVERYWHERE, "1": Wish.FIRST, "2": Wish.SECOND, "3": Wish.NEITHER},
        Step.WHERE: _EVERYWHERE,
        Step.CLOSED: {**_EVERYWHERE, "1": Wish.MESSAGE, "2": Wish.CALLBACK, "3": Wish.OTHER, "#": Wish.BYE},
        Step.MENU: _EVERYWHERE,
    }
)
"""Keys of a menu's own lines, of area codes and of `1` in the midst of a long answer come before these."""

_MARKS: Final = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """`text` in half-width lower case without spaces and punctuation."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).lower()


def wish(step: Step, text: str) -> Wish | None:
    """What `text` wants at `step`; None for anything that is a question or nonsense."""
    said = plain(text[: 4 * LONGEST])
    if not said or len(said) > LONGEST:
        return None
    return next((found for found, rule in WORDS[step] if rule.fullmatch(said)), None)
