"""What was said, brought to one form: NFKC, simplified characters, numerals as digits, fillers out. Pure.

`normalize("請問一下，三百六十天的專票還能抵扣嗎")` -> `"360天的专票还能抵扣吗"`.
"""

import re
import unicodedata

from knowledge.traditional import SIMPLIFIED

LONGEST = 200
"""Characters of a question that are read; the rest is no question any more."""

_FILLERS = re.compile(
    "请问一下|请问|麻烦问一下|麻烦问下|麻烦您|麻烦你|我想问一下|想问一下|我想问问|想问问|我想问下|想问下|我想问|问一下|问下|"
    "我想咨询一下|想咨询一下|咨询一下|咨询下|我想了解一下|想了解一下|了解一下|请教一下|请教下|请教|打听一下|打听个事|跟您打听|"
    "你好|您好|喂|那个什么|就是说|怎么说呢|是这样的|是这样|(?<![个位接转找叫跟和让请班询台席务的])(?:老师|同志)(?!接|来|说|讲|听)|师傅|小姐|哎呀|诶|哎|唉|嗯|呃|额额|啊|呀|哦|噢|嘛|哈|咯|呗|嘞|呐|unk"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_PARTS = re.compile(r"(百|千|万)分之(零?点?[零一二三四五六七八九十百\d.]+)")
_NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万点]{2,}")
_PLAIN = re.compile("[零〇一二三四五六七八九]{3,}")
_WHOLE = re.compile("[零〇一二两三四五六七八九十百千万]*[十百千万][零〇一二两三四五六七八九十百千万]*")
_BEFORE_UNIT = re.compile(
    "(?<![零〇一二两三四五六七八九十百千万])[一二两三四五六七八九十](?=年|月|号|日|天|元|块|岁|倍|个点|个月)"
)
_POINTS = re.compile(r"(\d[\d.]*)个点")
_DIALECT = (("恁", "你"), ("俺", "我"), ("咱家", "我家"), ("弄啥", "干什么"), ("咋", "怎么"), ("啥", "什么"))
"""As Henan says it, and as everybody writes it."""
_CORRECTED = re.compile(
    "^(?:(?:我|想|要|问|下|一下|咨询|那个|这个|就是|嗯|啊|呃|哎)*不是(?!不|说|要|应该|可以|能).{1,6}?是(?!不是|否|啥|什么|怎么)|.{0,18}?"
    "(?:(?:不对|不是)+(?:我是?[想要]?[问说](?:的是)?|应该是)|不不+(?:对|是)?|(?:我?说|我?问)错了(?!怎么|能|可以|要))+)(?=.{4})"
)
"""What a caller took back: 「那个不是社保是个税起征点」 asks of the latter."""
_THANKED = re.compile("(?<=.{4})(?:谢谢|多谢|麻烦)(?:您|你|了|啦)*$")
"""Thanks behind a question; alone they are what was said."""
_NOISE = re.compile(r"[^\w%‰‱.]+|_")
_NO_NUMBERS = frozenset({"万一", "千万", "一一"})


def normalize(text: str) -> str:
    """One form of `text`, without spaces, at most `LONGEST` characters."""
    # Half-width first: NFKC also folds compatibility ideographs and ligatures.
    text = unicodedata.normalize("NFKC", text[: LONGEST * 4])[:LONGEST].lower().translate(SIMPLIFIED)
    text = _NOISE.sub(" ", text)
    text = text.replace(" ", "")
    for said, written in _DIALECT:
        text = text.replace(said, written)
    text = _THANKED.sub("", _FILLERS.sub("", _CORRECTED.sub("", text)))
    return _numerals(text)


def _numerals(text: str) -> str:
    text = _PARTS.sub(_fraction, text)
    text = _BEFORE_UNIT.sub(lambda match: _value(match[0]), text)
    text = _NUMERAL.sub(_number, text)
    return _POINTS.sub(r"\1%", text)


def _fraction(match: re.Match[str]) -> str:
    sign = {"百": "%", "千": "‰", "万": "‱"}[match[1]]
    return f"{_value(match[2])}{sign}"


def _number(match: re.Match[str]) -> str:
    word = match[0]
    if word in _NO_NUMBERS:
        return word
    if _PLAIN.fullmatch(word):
        return "".join(str(_DIGITS[c]) for c in word)
    if "点" in word or not _WHOLE.fullmatch(word):
        return word
    return _value(word)


def _value(word: str) -> str:
    """`三百六十` -> `360`, `一万二` -> `12000`, `三十万` -> `30万`; digits stay as they are."""
    if "点" in word:
        whole, _, part = word.partition("点")
        return f"{_value(whole) or 0}.{''.join(str(_DIGITS.get(c, c)) for c in part)}"
    total = section = last = 0
    step = 1
    for character in word:
        if character in _DIGITS:
            last = _DIGITS[character]
        elif character in _UNITS:
            step = _UNITS[character]
            section += (last or 1) * step
            last = 0
        elif character == "万":
            total += (section + last or 1) * 10_000
            section = last = 0
            step = 10_000
        else:
            return word
    # 「一万二」 and 「三百五」 leave out their last unit.
    section += last * step // 10 if last and step > 10 and "零" not in word else last
    value = total + section
    return f"{value // 10_000}万" if value >= 10_000 and value % 10_000 == 0 else str(value)
