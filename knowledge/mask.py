"""Numbers that callers speak (identity, tax, telephone, bank) hidden before their words are stored or logged. Pure.

`mask("我手机号幺三八,零三七一,四个零")` -> `"我手机号〔11位号码〕"`; amounts, years and rates stay.
"""

import re

LONG = 7
"""Digits in a row from which a number can name a person; amounts and dates have fewer, or units between."""

_DIGIT = "0-9０-９零〇一二三四五六七八九幺两拐勾洞"
_REPEATED = f"[二两三四五六七八九2-9]个[{_DIGIT}]"
_LETTER = "A-Za-zＡ-Ｚａ-ｚ"
_GAP = r"(?:[\s,，、.。·:：;；\-—–_/+()（）]|嗯|呃|额|啊|哦|那个|然后|还有|后面是?|再|横?杠|空格|叉|艾克斯)"
_RUN = re.compile(
    f"(?:{_REPEATED}|[{_DIGIT}{_LETTER}])(?:{_GAP}{{0,6}}(?:{_REPEATED}|[{_DIGIT}{_LETTER}]))+(?:{_GAP}{{0,2}}(?:叉|艾克斯))?"
)
_COUNTED = re.compile(f"([二两三四五六七八九2-9])个[{_DIGIT}]|[{_DIGIT}]")
_TIMES = {c: n for n, c in enumerate("二三四五六七八九", 2)} | {c: n for n, c in enumerate("23456789", 2)} | {"两": 2}


def mask(text: str) -> str:
    """`text` with every long number, in digits or spoken one by one, replaced by `〔n位号码〕`."""
    return _RUN.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    digits = sum(_TIMES[found[1]] if found[1] else 1 for found in _COUNTED.finditer(match[0]))
    return f"〔{digits}位号码〕" if digits >= LONG else match[0]
