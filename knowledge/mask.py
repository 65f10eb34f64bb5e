"""Numbers that callers speak (identity, tax, telephone, bank) hidden before their words are stored or logged. Pure.

`mask("我手机号幺三八,零三七一,四个零")` -> `"我手机号〔11位号码〕"`; amounts, dates, years and rates stay.
"""

import re

LONG = 7
"""Digits in a row from which a number can name a person; spoken amounts and dates have units between."""
TOLD = 4
"""The same right after a word that announces such a number."""
ALONE = 5
"""The same where nothing else is said: a group of a number told in pieces."""

ASIDE = 40
"""Characters around a group beyond which something else is said for sure."""

_DIGIT = "0-9０-９零〇一二三四五六七八九幺妖腰两拐勾洞壹贰叁肆伍陆柒捌玖"
_LETTER = "A-Za-zＡ-Ｚａ-ｚ"
_REPEATED = f"[一二两三四五六七八九1-9]个[{_DIGIT}]"
_ONE = f"(?:{_REPEATED}|[{_DIGIT}{_LETTER}])"
_SPELLED = "艾克斯|艾姆|艾斯|艾弗|艾尔|达不溜|诶|欸|恩|比|西|吉|杰|开|批|提|优|维|歪"
"""Letters as they are pronounced, written down as they sound."""
_BETWEEN = (
    r"[\s,，、.。·:：;；\-—–_/+()（）]|嗯|呃|额|啊|哦|呀|吧|啦|呢|对|是|那个|这个|然后|接着|完了|再|中间|[前后]面|还有|还是"
    f"|横?杠|空格|叉|转|分机|等一?下|稍等|[你您]?记一?下|不对|不是|说?错了|{_SPELLED}"
)
"""What is said between the groups of one number."""
_RUN = re.compile(f"{_ONE}(?:(?:{_BETWEEN}){{0,6}}{_ONE})+(?:(?:{_BETWEEN}){{0,2}}(?:叉|艾克斯))?")
_COUNTED = re.compile(f"([一二两三四五六七八九1-9])个[{_DIGIT}]|[{_DIGIT}]")
_TIMES = {c: n for n, c in enumerate("一二三四五六七八九", 1)} | {c: int(c) for c in "123456789"} | {"两": 2}

_DAY = f"[{_DIGIT}十]{{1,3}}"
_BORN = re.compile(
    f"(?:[{_DIGIT}](?:{_BETWEEN}){{0,3}}){{6}}[{_DIGIT}]{{4}}年{_DAY}月{_DAY}[日号]?"
    f"(?:(?:{_BETWEEN}){{0,3}}[{_DIGIT}]){{3,4}}(?:(?:{_BETWEEN}){{0,2}}(?:[XxＸｘ叉]|艾克斯))?"
)
"""An identity number whose middle is said as a day of birth."""
_PLATE = re.compile(
    f"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z](?:[ ·]?[{_DIGIT}A-Z]){{5,6}}"
)
_ANNOUNCED = re.compile(
    "(?:验证码|密码|口令|身份证号?码?|手机号?码?|电话号?码?|卡号|税号|账号|尾号|[前后][四六]位)"
    "(?:[是为的:： ]|嗯|呃){0,3}$"
)
_PUBLIC = re.compile("12366|12345|12315|12333|一二三六六|幺二三六六|110|120|一一零|幺幺零")
_AMOUNT = re.compile(r"\d{1,10}(?:\.\d+)?(?=元|块|万|亿|平|人|户|张|份|股|吨|%)")
_YEAR = "(?:(?:19|20|一九|二零|二〇)[0-9零〇一二三四五六七八九]{2})"
_MONTH, _IN_MONTH = (
    "(?:[0零〇]?[1-9一二三四五六七八九]|[1一][012零〇一二])",
    "(?:[0-3零〇一二三]?[0-9零〇一二三四五六七八九])",
)
_DATE = re.compile(rf"{_YEAR}([-./]?){_MONTH}\1{_IN_MONTH}")
_YEARS = re.compile(rf"{_YEAR}(?:[\s、，,和到至]+{_YEAR})+(?=年)")
_ROUND = re.compile(r"[1-9]\d{0,3}00(?:[、，,和或到至]+[1-9]\d{0,3}00)+")
_HARMLESS = (_AMOUNT, _DATE, _YEARS, _ROUND)


def mask(text: str) -> str:
    """`text` with every long number, in digits or spoken one by one, replaced by `〔n位号码〕`."""
    for whole in (_BORN, _PLATE):
        text = whole.sub(lambda match: f"〔{_digits(match[0])}位号码〕", text)
    return _RUN.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    digits, said = _digits(match[0]), match[0]
    if any((found := kind.match(match.string, match.start())) and found.end() >= match.end() for kind in _HARMLESS):
        return said
    if digits < TOLD or _PUBLIC.fullmatch(said) or re.fullmatch(_YEAR, said):
        return said
    before = match.string[max(0, match.start() - 16) : match.start()]
    told = digits >= LONG or _ANNOUNCED.search(before) or (digits >= ALONE and _alone(match))
    return f"〔{digits}位号码〕" if told else said


def _alone(match: re.Match[str]) -> bool:
    """Whether nothing but pauses surrounds a number that is no round amount."""
    others = match.string[: match.start()] + match.string[match.end() :]
    return not match[0].endswith("00") and len(others) <= ASIDE and not re.sub(_BETWEEN, "", others)


def _digits(number: str) -> int:
    return sum(_TIMES[found[1]] if found[1] else 1 for found in _COUNTED.finditer(number))
