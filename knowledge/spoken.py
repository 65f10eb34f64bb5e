"""How long a text takes to say. Pure."""

import re

CHARACTERS_A_SECOND = 4.4
"""Of a calm telephone voice."""

_NUMBER = re.compile(r"\d[\d.]*%?")
_LATIN = re.compile(r"[A-Za-z]")
_SAID = re.compile(r"[\w%]")
_SENTENCE_ENDS = re.compile("[。！？；]")


def spoken_length(text: str) -> int:
    """Characters as said: `2000元` is 两千元, `30%` is 百分之三十; a Latin letter is one, punctuation is none."""
    return len(
        _SAID.sub("x", "".join(c for c in _NUMBER.sub(lambda m: "数" * _digits_said(m[0]), text) if _SAID.match(c)))
    )


def seconds(text: str) -> float:
    """Time to say `text`, pauses at punctuation included."""
    pauses = sum(0.25 for c in text if c in "。！？；") + sum(0.1 for c in text if c in "，、：")
    return spoken_length(text) / CHARACTERS_A_SECOND + pauses


def first_sentence(text: str) -> str:
    """Up to the first full stop, question mark, exclamation mark or semicolon."""
    return _SENTENCE_ENDS.split(text, maxsplit=1)[0]


def _digits_said(number: str) -> int:
    """Characters of a number read aloud: zeros at its end become one unit character."""
    digits = number.rstrip("%")
    significant = digits.rstrip("0") or digits
    units = max(len(significant.replace(".", "")) - 1, 0) + (1 if len(digits) > len(significant) else 0)
    return len(significant) + min(units, 3) + (3 if number.endswith("%") else 0)
