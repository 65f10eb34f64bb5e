"""Numbers as Mandarin words: `10050` -> 一万零五十, `0371` -> 零三七幺. Pure."""

_DIGITS = "零一二三四五六七八九"
_SMALL = ("", "十", "百", "千")
_LARGE = ("", "万", "亿", "万亿")
LARGEST = 10**16 - 1
"""The largest whole number read as a quantity; a longer row of digits is read one by one."""


def one_by_one(digits: str, *, spoken_one: str = "幺") -> str:
    """`digits` (ASCII 0-9) read singly, as in telephone numbers; 1 is 幺 there, and 一 in years (`spoken_one`)."""
    return "".join(spoken_one if digit == "1" else _DIGITS[int(digit)] for digit in digits)


def quantity(number: int) -> str:
    """`number` as a quantity: 12 -> 十二, 2000 -> 两千, 10050 -> 一万零五十. Raises ValueError above `LARGEST`."""
    if number < 0:
        return "负" + quantity(-number)
    if number > LARGEST:
        raise ValueError(f"{number} is too large to be read as a quantity")
    if number == 0:
        return _DIGITS[0]
    words = ""
    gap = False
    for place in range(len(_LARGE) - 1, -1, -1):
        group = number // 10_000**place % 10_000
        if not group:
            # 一亿零五: a group of nothing between two others is one 零.
            gap = gap or bool(words)
            continue
        words += ("零" if words and (gap or group < 1000) else "") + _group(group) + _LARGE[place]
        gap = False
    return words.removeprefix("一") if words.startswith("一十") else words


def decimal(text: str) -> str:
    """`text` such as `1234`, `0.5`, `1,234.50` as words; what stands after the point is read one by one."""
    whole, _, fraction = text.replace(",", "").partition(".")
    value = int(whole or "0")
    words = quantity(value) if value <= LARGEST else one_by_one(whole)
    return f"{words}点{one_by_one(fraction, spoken_one='一')}" if fraction else words


def _group(number: int) -> str:
    """1..9999 without 万. 二 becomes 两 before 千 only: 二百 and 两百 are both said, 两千 alone."""
    if number == 2:
        return "二"
    words = ""
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += "两千" if (digit, place) == (2, 3) else _DIGITS[digit] + _SMALL[place]
        elif words and number % 10**place and not words.endswith("零"):
            words += "零"
    return words
