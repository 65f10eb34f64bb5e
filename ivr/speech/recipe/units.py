"""What the model hears: Mandarin initials and finals without tone, 57 units. Tones are left to the language model."""

from functools import cache
from typing import Final

from pypinyin import Style, lazy_pinyin

INITIALS: Final = (
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s",
)  # fmt: skip
# i1 is the vowel of zi, i2 that of zhi; v is ü.
FINALS: Final = (
    "a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "er", "i", "i1", "i2", "ia", "ie", "iao", "iou",
    "ian", "in", "iang", "ing", "iong", "ong", "u", "ua", "uo", "uai", "uei", "uan", "uen", "uang", "ueng", "v", "ve",
    "van", "vn",
)  # fmt: skip
UNITS: Final = INITIALS + FINALS
BLANK: Final = 0
"""The network's class 0: nothing new here (silence, or the sound before goes on)."""
CLASS_OF: Final = {unit: place + 1 for place, unit in enumerate(UNITS)}

# Finals written with y or w where no initial stands before them.
_BARE: Final = {
    "yi": "i", "ya": "ia", "yo": "o", "ye": "ie", "yao": "iao", "you": "iou", "yan": "ian", "yin": "in", "yang": "iang",
    "ying": "ing", "yong": "iong", "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn", "wu": "u", "wa": "ua",
    "wo": "uo", "wai": "uai", "wei": "uei", "wan": "uan", "wen": "uen", "wang": "uang", "weng": "ueng", "r": "er",
}  # fmt: skip
_SHORTENED: Final = {"iu": "iou", "ui": "uei", "un": "uen", "ue": "ve"}


@cache
def units_of_syllable(pinyin: str) -> tuple[str, ...]:
    """Units of one syllable: `zhuan` -> (zh, uan), a tone digit is ignored. Raises KeyError for what is no syllable."""
    pinyin = pinyin.rstrip("12345").replace("ü", "v")
    initial = next((one for one in INITIALS if pinyin.startswith(one)), "") if pinyin not in _BARE else ""
    final = pinyin[len(initial) :]
    if not initial:
        final = _BARE.get(final, final)
    elif initial in {"j", "q", "x"} and final.startswith("u"):
        final = "v" + final[1:]
    final = _SHORTENED.get(final, final)
    if final == "i" and initial in {"z", "c", "s"}:
        final = "i1"
    elif final == "i" and initial in {"zh", "ch", "sh", "r"}:
        final = "i2"
    elif final == "o" and initial in {"b", "p", "m", "f"}:
        final = "uo"
    units = (initial, final) if initial else (final,)
    if final not in FINALS:
        raise KeyError(f"{pinyin} is no syllable of Mandarin")
    return units


def units_of_word(word: str) -> tuple[str, ...]:
    """Units of a word in characters; empty when a character has no reading."""
    syllables = lazy_pinyin(word, style=Style.NORMAL, errors="ignore")
    if len(syllables) != len(word):
        return ()
    try:
        return tuple(unit for syllable in syllables for unit in units_of_syllable(syllable))
    except KeyError:
        return ()
