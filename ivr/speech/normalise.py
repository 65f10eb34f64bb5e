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
_MEASURES: Final = (
    "[个元块万亿千天次人位家张份周倍套辆笔项类种档条件户层步名间岁米吨秒克斤台只本页枚]"
    "|年(?!第)|小时|分钟|公里|平方米|点(?!\\d)"
)
_SPANS: Final = "个|天|年(?!第)|次|周|小时|分钟|倍|户|人|家|张|份|元|万|千|亿|项|类|种|套|辆|笔|岁|名|页"
_COUNTED: Final = "[个元块张份天次人户家]|万元?|亿元?|千元|公里|平方米|公斤|吨"
_EACH: Final = "月|年|度|人|户|次|天|日|亩|辆|件|张|份|套|小时|吨|升|公里|平方米|平米|季度|学期|米"
_UNITS: Final = {
    "㎡": "平方米", "m²": "平方米", "m2": "平方米", "km/h": "公里每小时", "km": "公里", "cm": "厘米", "mm": "毫米",
    "kg": "公斤", "mg": "毫克", "ml": "毫升", "min": "分钟", "mb": "兆", "℃": "摄氏度",
}  # fmt: skip
# Their capitals mean something else: 5G, 3T.
_SHORT_UNITS: Final = {"g": "克", "t": "吨", "h": "小时", "L": "升", "l": "升", "m": "米"}
_SYMBOLS: Final = {
    "#": "井号", "*": "星号", "&": "和", "+": "加", "=": "等于", "×": "乘", "÷": "除以", "±": "正负", "@": "艾特",
    "_": "下划线", "%": "百分号", "¥": "元", "≥": "不低于", "≤": "不超过", "≈": "约等于",
}  # fmt: skip
_IN_ADDRESSES: Final = {
    ".": "点", "-": "杠", "/": "斜杠", "@": "艾特", "_": "下划线", ":": "冒号", "?": "问号", "=": "等于", "&": "和"
}  # fmt: skip
_HOTLINES: Final = "12366|12333|12345|12315|12329|12348|12393|12306|10086|(?:10000|10010)(?=号)|95598"
_FULL_WIDTH: Final = str.maketrans(
    {code: code - 0xFEE0 for span in ("０９", "ＡＺ", "ａｚ") for code in range(ord(span[0]), ord(span[1]) + 1)}
    | {ord(wide): narrow for wide, narrow in zip("％＃＊＠＋－／￥．＆＝＞＜−", "%#*@+-/¥.&=><-", strict=True)}
    | {ord("①") + number: f"，{number + 1}，" for number in range(20)}
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
    (re.compile(r"\s*(?:……|…|→|\.{2,}|——|—|–)\s*"), "，"),
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
    row = row.removesuffix(".00")
    whole = row.replace(",", "").partition(".")[0]
    if "." not in row and "," not in row and not (whole[0] != "0" and whole.endswith("0000")):
        if len(whole) > 8:
            return "，".join(one_by_one(whole[i : i + 4]) for i in range(0, len(whole), 4))
        if len(whole) > 1 and whole[0] == "0":
            return one_by_one(whole)
    return decimal(row) if int(whole) <= LARGEST else one_by_one(whole)


def _dots(match: re.Match[str]) -> str:
    """A number of several parts, as of a clause or a version: 3.2.1."""
    return "点".join(quantity(int(part)) for part in match[0].split("."))


def _year(match: re.Match[str]) -> str:
    return one_by_one(match[1], spoken_one="一")


def _years(match: re.Match[str]) -> str:
    return f"{one_by_one(match[1], spoken_one='一')}到{one_by_one(match[2], spoken_one='一')}"


def _each(match: re.Match[str]) -> str:
    return match[1] + "".join(f"每{one}" for one in re.split("[/·]", match[2]))


def _ratios(match: re.Match[str]) -> str:
    return f"{_ratio(match[1] + match[2][-1])}到{_ratio(match[2])}"


def _measured(match: re.Match[str]) -> str:
    unit = _SHORT_UNITS.get(match[2]) or _UNITS[match[2].lower()]
    return ("两" if match[1] == "2" else decimal(match[1])) + unit


def _share(match: re.Match[str]) -> str:
    parts = {"100": "百", "1000": "千", "10000": "万"}
    return f"{parts.get(match[2]) or quantity(int(match[2]))}分之{quantity(int(match[1]))}"


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
        (r"(?<![\w.])[a-z][\w\-]*(?:\.[\w\-]+)*\.(?:cn|com|net|org|gov|io)(?!\w)(?::\d+)?(?:/[\w.\-/]*)?", _address),
        # Signs that belong to a number, and numbers in brackets
        (r"[(（]\s*(含(?:本数)?|不含)\s*[)）]", r"\1"),
        (r"第\s*[(（]\s*([\d一二三四五六七八九十百]+)\s*[)）]\s*(?=[项款条目章节类])", r"第\1"),
        (r"[\[(（【]((?:19|20)\d\d)[】）)\]](?=\s*第?\s*\d+\s*号)", r"〔\1〕"),
        (r">=|≧|⩾", "≥"),
        (r"<=|≦|⩽", "≤"),
        (r">\s*(?=[\d.]*\d)", "大于"),
        (r"<\s*(?=[\d.]*\d)", "小于"),
        (r"\bno\.\s*(?=\d)", "第"),
        (r"(?<=\d)\s*\*\s*(?=\d)", "×"),
        (r"(?<=[\d元%‰)）])\s*-\s*(?=[\d,.]+[%元]?\s*[=×])", "减"),
        (rf"(?<=[\d%‰])((?:{_COUNTED})?)/((?:{_EACH})(?:[/·](?:{_EACH}))*)", _each),
        # Days and years
        (r"(?<=[日号月年])\s*[-–—~～]\s*(?=\d{1,4}\s*[年月日号])", "到"),
        (r"(?<=[\u4e00-\u9fff])\s*[—–~～]\s*(?=(?:周|星期|礼拜|上午|下午)[一二三四五六日天\d])", "至"),
        (r"(?<!\d)(?P<year>(?:19|20)\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)[日号]?", _day),
        (r"(?<=[\u4e00-\u9fff]日)\s*[-–—~～]\s*(?=[一二]\S{3}年)", "到"),
        (r"(?<![\d.-])((?:19|20)\d\d)-(0[1-9]|1[0-2])(?![\d-])", lambda m: f"{_year(m)}年{quantity(int(m[2]))}月"),
        (r"(?<!\d)(?:\d{1,2})(?:\.\d{1,2}){2,}(?![\d.])", _dots),
        (r"〔((?:19|20)\d\d)〕", lambda m: f"，{_year(m)}年，"),
        (rf"(?<!\d)((?:19|20)\d\d){_TO}(?=(?:19|20)\d\d(?:年|学年|财年))", lambda m: f"{_year(m)}到"),
        (rf"(?<![\d.])((?:19|20)\d\d){_TO}((?:19|20)\d\d)(?=学年|财年|[，。；、)）\s]|$)", _years),
        (r"(?<!\d)((?:19|20)\d\d)(?=[学财]?年)", _year),
        (r"(?<!\d)(\d\d)(?=年(?:度|第|\d{1,2}月))", _year),
        # Times of day
        (r"(?<![\d:：])(?P<hour>[01]?\d|2[0-4])[:：](?P<minute>[0-5]\d)(?:[:：][0-5]\d)?(?![\d:：])", _time),
        (r"(?<=[点半分])\s*[-–—~～]\s*(?=[一二三四五六七八九十两零])", "到"),
        (r"((?:附表|附件|表|图)\s*\d+)-(?=\d)", r"\1杠"),
        (r"(?<![\d:：])(\d+)\s*[:：]\s*(\d+(?:\.\d+)?)(?![\d:：])", lambda m: f"{_row(m[1])}比{_row(m[2])}"),
        # Telephone numbers
        (r"(电话[:：为是]?\s*|[拨打]打?\s*|热线[:：为是]?\s*)(\d{3,6})(?![-\d元万亿个次折])", _short_number),
        (r"(?:\+|(?<!\d)00)86[-\s]*(?=1[3-9]\d|0?\d{2,3}[-\s])", "八六，"),
        (r"[(（](0\d{2,3})[)）]\s*(\d{7,8})(?!\d)", r"\1-\2"),
        (r"(?<!\d)(?:1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}|0\d{2,3}[-\s]\d{7,8}|[48]00-?\d{3,4}-?\d{3,4})(?!\d)", _telephone),
        (r"(?<!\d)360(?=浏览器|安全|的?极速)", "三六零"),
        (rf"{_APART}(?:{_HOTLINES})(?![\d.,]*\d|\s*[元块万亿个人户次份张家])", lambda m: one_by_one(m[0])),
        # Shares and amounts
        (rf"(^|[\s(（，、为是至到])-(?={_NUMBER})", r"\1负"),
        (rf"(?<=[\u4e00-\u9fff])-(?={_NUMBER}\s*℃)", "负"),
        (rf"{_APART}({_NUMBER})\s*[%‰]?{_TO}({_NUMBER}\s*[%‰])", _ratios),
        (rf"{_APART}({_NUMBER}\s*[%‰])", lambda m: _ratio(m[1])),
        (rf"(?:rmb|cny)\s*(?={_NUMBER})", "¥"),
        (rf"¥\s*({_NUMBER})\s*(万|亿)元?", lambda m: f"{decimal(m[1])}{m[2]}元"),
        (rf"¥\s*({_NUMBER})\s*元?", lambda m: _money(m[1])),
        (rf"(?<=\d)([万亿千]元?){_TO}(?=\d)", r"\1到"),
        (rf"{_APART}({_NUMBER})元?{_TO}({_NUMBER})\s*元", lambda m: f"{decimal(m[1])}到{_money(m[2])}"),
        (rf"{_APART}({_NUMBER})\s*元", lambda m: _money(m[1])),
        # Counts
        (r"(?<![\d.])(\d\d)(?=折)", _year),
        (rf"{_APART}1{_TO}2(?={_SPANS})", "一到两"),
        (rf"{_APART}({_NUMBER}){_TO}2(?={_SPANS})", lambda m: f"{_row(m[1])}到两"),
        (rf"{_APART}(?<!第)2(?=\s*(?:{_MEASURES}))", "两"),
        (rf"{_APART}([1-9]\d?)/([1-9]\d?|10{{2,4}})(?![\d/]|\s*[天日个人位岁月年元])", _share),
        (r"(?<![\w-])(?=[\da-z]*\d)(?=[\da-z]*[a-z])[\da-z]{6,}(?![\w-])", _code),
        (rf"{_APART}({_NUMBER})\s*({'|'.join(map(re.escape, _UNITS))})(?![a-z])", _measured),
        (rf"{_APART}({_NUMBER})\s*((?-i:[{''.join(_SHORT_UNITS)}]))(?![a-z])", _measured),
        (rf"{_APART}({_NUMBER}){_TO}(?={_NUMBER})", lambda m: f"{_row(m[1])}到"),
        (_NUMBER, lambda m: _row(m[0])),
        # What is left: letters one by one, signs by name
        (r"[a-z]+", lambda m: f" {' '.join(m[0].upper())} "),
        (rf"[{re.escape(''.join(_SYMBOLS))}](?:键|号键)?", _sign),
    )
)  # fmt: skip
