"""Written Mandarin as a person would read it out: numbers, dates, times, amounts, addresses become words. Pure.

`spoken` is a row of rewriting rules; the first rule that knows a piece of text wins, because what it makes holds no
digits any more. Latin letters stay (a voice decides how it spells them), in capitals and apart: `APP` -> `A P P`.
"""

import re
from collections.abc import Callable
from typing import Final

from ivr.speech.numerals import LARGEST, decimal, one_by_one, quantity

_NUMBER: Final = r"\d+(?:,\d{3})*(?:\.\d+)?"
_APART: Final = r"(?<![\d.])(?<!\d,)"
_TO: Final = r"\s*(?:-|–|—|——|~|～|至|到)\s*"

# Measure words before which a lone 2 is 两 (两个, 两年) and not 二 (二月, 二号).
_MEASURES: Final = "[个元块万亿千天次人位家张份周倍套辆笔项类种档条件户层步名间岁]|年(?!第)|小时|分钟|公里"
_UNITS: Final = {
    "㎡": "平方米", "m²": "平方米", "m2": "平方米", "km": "公里", "kg": "公斤", "cm": "厘米", "℃": "摄氏度",
}  # fmt: skip
_SYMBOLS: Final = {
    "#": "井号", "*": "星号", "&": "和", "+": "加", "=": "等于", "×": "乘", "@": "艾特", "_": "下划线", "%": "百分号",
    "¥": "元",
}  # fmt: skip
_IN_ADDRESSES: Final = {
    ".": "点", "-": "杠", "/": "斜杠", "@": "艾特", "_": "下划线", ":": "冒号", "?": "问号", "=": "等于", "&": "和"
}  # fmt: skip
_HOTLINES: Final = "12366|12333|12345|12315|12329|12348|12393|12306|10086|10000|10010|95598"
_FULL_WIDTH: Final = str.maketrans(
    {code: code - 0xFEE0 for span in ("０９", "ＡＺ", "ａｚ") for code in range(ord(span[0]), ord(span[1]) + 1)}
    | {ord(wide): narrow for wide, narrow in zip("％＃＊＠＋－／￥．＆＝", "%#*@+-/¥.&=", strict=True)}
)
_PAUSES: Final = (
    (re.compile(r"[\r\n]+"), "。"),
    (re.compile(r"[\u201c\u201d\u2018\u2019\"'「」『』《》〈〉【】\[\]{}<>|`^~～]"), ""),
    (re.compile(r"[()（）〔〕]"), "，"),
    (re.compile(r"\s*,\s*"), "，"),
    (re.compile(r"\s*[;；]\s*"), "；"),
    (re.compile(r"\s*[:：]\s*"), "，"),
    (re.compile(r"\s*[?？]\s*"), "？"),
    (re.compile(r"\s*[!！]\s*"), "！"),
    (re.compile(r"\s*(?:……|…|\.{2,}|——|—|–)\s*"), "，"),
    (re.compile(r"(?<![A-Za-z])\.(?=\s|$)"), "。"),
    (re.compile(r"(?<=[\u4e00-\u9fff])\s*[-/\\·•.]\s*(?=[\u4e00-\u9fff])"), "，"),
    (re.compile(r"\s*[/\\]\s*"), "、"),
    (re.compile(r"[-·•.]"), " "),
    (re.compile(r"\s{2,}"), " "),
    # Each pause once, the strongest of a row, none at the beginning.
    (re.compile(r"[，、\s]*([。？！；])[，、；。？！\s]*"), r"\1"),
    (re.compile(r"，[，、\s]*|、[、\s]*，[，、\s]*"), "，"),
    (re.compile(r"、[、\s]+"), "、"),
    (re.compile(r"^[，、；。\s]+"), ""),
    (re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])"), "，"),
    (re.compile(r"\s+(?=[\u4e00-\u9fff，。？！；、])|(?<=[\u4e00-\u9fff，。？！；、])\s+"), ""),
)  # fmt: skip


def spoken(text: str) -> str:
    """`text` with nothing left to think about before it is said: Chinese characters, capitals, `，。？！；、`."""
    said = text.translate(_FULL_WIDTH)
    for pattern, words in _RULES:
        said = pattern.sub(words, said)
    for pattern, mark in _PAUSES:
        said = pattern.sub(mark, said)
    return said.strip()


def _address(match: re.Match[str]) -> str:
    """A web or mail address, spelled out; https:// and www. are not said, nobody needs them."""
    body = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0]).rstrip("/.,")
    tail = match[0][len(match[0].rstrip(".,")) :]
    return "".join(
        _IN_ADDRESSES.get(c) or (one_by_one(c) if c.isdigit() else f" {c.upper()} " if c.isalpha() else " ")
        for c in body
    ) + tail.replace(".", "。")


def _day(match: re.Match[str]) -> str:
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return one_by_one(year) + "，" + quantity(month) + "，" + quantity(day)
    return f"{one_by_one(year, spoken_one='一')}年{quantity(month)}月{quantity(day)}日"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    if minute == 0:
        return f"{quantity(hour)}点" if hour != 2 else "两点"
    spoken_hour = "两" if hour == 2 else quantity(hour)
    return f"{spoken_hour}点半" if minute == 30 else f"{spoken_hour}点{'零' if minute < 10 else ''}{quantity(minute)}分"


def _money(amount: str) -> str:
    """An amount in yuan: exactly two digits after the point are 角 and 分."""
    whole, _, fraction = amount.replace(",", "").partition(".")
    if not fraction or len(fraction) > 2:
        return ("两" if amount == "2" else decimal(amount)) + "元"
    jiao, fen = int(fraction[0]), int((fraction + "0")[1])
    yuan = "" if not int(whole) and (jiao or fen) else ("两" if int(whole) == 2 else quantity(int(whole))) + "元"
    small = (f"{quantity(jiao)}角" if jiao else "零" if fen and yuan else "") + (f"{quantity(fen)}分" if fen else "")
    return (yuan + small).replace("二角", "两角") if yuan != "两元" or small else "两元"


def _ratio(text: str) -> str:
    """`3%` -> 百分之三, `0.5‰` -> 千分之零点五."""
    return ("千分之" if text[-1] == "‰" else "百分之") + decimal(text[:-1].strip())


def _telephone(match: re.Match[str]) -> str:
    """Digit by digit with a breath between the groups a person makes: 138 1234 5678, 0371 6533 1234."""
    groups = re.split(r"[-\s]+", match[0])
    if len(groups) == 1:
        row = groups[0]
        groups = [row[:3], row[3:7], row[7:]] if row.startswith("1") else [row]
    parts = [part for group in groups for part in ([group[:-4], group[-4:]] if len(group) > 6 else [group])]
    return "，".join(one_by_one(part) for part in parts if part)


def _code(match: re.Match[str]) -> str:
    """Letters and digits mixed (credit codes, order numbers): one by one, a breath after every fourth."""
    row = match[0]
    parts = [row[i : i + 4] for i in range(0, len(row), 4)]
    return "，".join("".join(one_by_one(c) if c.isdigit() else f" {c.upper()} " for c in part) for part in parts)


def _row(row: str) -> str:
    """A bare number: long, or with a leading 0, it is one to be noted down digit by digit; else a quantity."""
    whole = row.replace(",", "").partition(".")[0]
    if "." not in row and "," not in row:
        if len(whole) > 8:
            return "，".join(one_by_one(whole[i : i + 4]) for i in range(0, len(whole), 4))
        if len(whole) > 1 and whole[0] == "0":
            return one_by_one(whole)
    return decimal(row) if int(whole) <= LARGEST else one_by_one(whole)


def _year(match: re.Match[str]) -> str:
    return one_by_one(match[1], spoken_one="一")


def _ratios(match: re.Match[str]) -> str:
    return f"{_ratio(match[1] + match[2][-1])}到{_ratio(match[2])}"


def _measured(match: re.Match[str]) -> str:
    return decimal(match[1]) + _UNITS[match[2].lower()]


def _sign(match: re.Match[str]) -> str:
    return _SYMBOLS[match[0][0]] + ("键" if match[0].endswith("键") else "")


def _short_number(match: re.Match[str]) -> str:
    return match[1] + one_by_one(match[2])


# Pattern (ASCII classes, any case) and what to say instead, in order.
_RULES: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), words)
    for pattern, words in (
        (r"(?<=\d)\s+(?=[\u4e00-\u9fff%‰])|(?<=[\u4e00-\u9fff])\s+(?=\d)", ""),
        # 6%三档 would be heard as 63 档
        (r"(?<=[%‰])(?=[\d一二三四五六七八九十两])", "，"),
        # Addresses
        (r"(?:https?://|www\.)[\w.\-/:@?=&%]+", _address),
        (r"[\w.\-]+@[\w\-]+(?:\.[\w\-]+)+", _address),
        (r"(?<![\w.])[a-z][\w\-]*(?:\.[\w\-]+)*\.(?:cn|com|net|org|gov|io)(?!\w)(?:/[\w.\-/]*)?", _address),
        # Days and years
        (r"(?<=[日号月年])\s*[-–—~～]\s*(?=\d{1,4}\s*[年月日号])", "到"),
        (r"(?<!\d)(?P<year>(?:19|20)\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)[日号]?", _day),
        (r"〔((?:19|20)\d\d)〕", lambda m: f"，{_year(m)}年，"),
        (rf"(?<!\d)((?:19|20)\d\d){_TO}(?=(?:19|20)\d\d年)", lambda m: f"{_year(m)}到"),
        (r"(?<!\d)((?:19|20)\d\d)(?=年)", _year),
        (r"(?<!\d)(\d\d)(?=年(?:度|第|\d{1,2}月))", _year),
        # Times of day
        (r"(?<![\d:：])(?P<hour>[01]?\d|2[0-4])[:：](?P<minute>[0-5]\d)(?:[:：][0-5]\d)?(?![\d:：])", _time),
        (r"(?<=[点半分])\s*[-–—~～]\s*(?=[一二三四五六七八九十两零])", "到"),
        (r"(?<![\d:：])(\d+)\s*[:：]\s*(\d+)(?![\d:：])", lambda m: f"{_row(m[1])}比{_row(m[2])}"),
        # Telephone numbers
        (r"(电话[:：为是]?\s*|[拨打]打?\s*|热线[:：为是]?\s*)(\d{3,6})(?![-\d元万亿个次折])", _short_number),
        (r"(?<!\d)(?:1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}|0\d{2,3}[-\s]\d{7,8}|[48]00-?\d{3,4}-?\d{3,4})(?!\d)", _telephone),
        (r"(?<!\d)360(?=浏览器|安全|的?极速)", "三六零"),
        (rf"{_APART}(?:{_HOTLINES})(?![\d.,]*\d|\s*[元块万亿个人户次份张家])", lambda m: one_by_one(m[0])),
        # Shares and amounts
        (rf"{_APART}({_NUMBER})\s*[%‰]?{_TO}({_NUMBER}\s*[%‰])", _ratios),
        (rf"{_APART}({_NUMBER}\s*[%‰])", lambda m: _ratio(m[1])),
        (rf"¥\s*({_NUMBER})\s*(万|亿)元?", lambda m: f"{decimal(m[1])}{m[2]}元"),
        (rf"¥\s*({_NUMBER})\s*元?", lambda m: _money(m[1])),
        (rf"{_APART}({_NUMBER})元?{_TO}({_NUMBER})\s*元", lambda m: f"{decimal(m[1])}到{_money(m[2])}"),
        (rf"{_APART}({_NUMBER})\s*元", lambda m: _money(m[1])),
        # Counts
        (rf"{_APART}(?<!第)2(?=\s*(?:{_MEASURES}))", "两"),
        (rf"{_APART}([1-9]\d?)/([1-9]\d?)(?![\d/])", lambda m: f"{quantity(int(m[2]))}分之{quantity(int(m[1]))}"),
        (r"(?<![\w-])(?=[\da-z]*\d)(?=[\da-z]*[a-z])[\da-z]{6,}(?![\w-])", _code),
        (rf"{_APART}({_NUMBER})\s*({'|'.join(map(re.escape, _UNITS))})(?![a-z])", _measured),
        (rf"(^|[\s(（为是])[-−](?={_NUMBER})", r"\1负"),
        (rf"{_APART}({_NUMBER}){_TO}(?={_NUMBER})", lambda m: f"{_row(m[1])}到"),
        (_NUMBER, lambda m: _row(m[0])),
        # What is left: letters one by one, signs by name
        (r"[a-z]+", lambda m: f" {' '.join(m[0].upper())} "),
        (rf"[{re.escape(''.join(_SYMBOLS))}](?:键|号键)?", _sign),
    )
)  # fmt: skip
