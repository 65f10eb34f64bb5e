"""Spoken Mandarin as clauses of numbered syllables, what a pinyin voice is fed: `转人工` -> zhuan3 ren2 gong1. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from pypinyin import Style, lazy_pinyin, load_phrases_dict


@dataclass(frozen=True, slots=True)
class Clause:
    """Syllables said in one breath (no marks, `v` for ü, tone 1-5 at the end), and what closed it."""

    syllables: tuple[str, ...]
    mark: str
    """One of `、，；。？！`, or empty at the end of the text."""


_CLAUSE: Final = re.compile(r"([^、，；。？！]*)([、，；。？！]?)")
_PIECE: Final = re.compile(r"[\u3400-\u9fff]+|[A-Za-z]")
_SYLLABLE: Final = re.compile(r"[a-zê]+[1-5]")

# Where the dictionary reads a word otherwise than a tax office in Henan does.
_READINGS: Final = {
    "调增": "tiáo zēng", "调减": "tiáo jiǎn",
    "登记为": "dēng jì wéi", "变更为": "biàn gēng wéi", "转为": "zhuǎn wéi", "记为": "jì wéi",
    "济源": "jǐ yuán", "漯河": "luò hé", "浚县": "xùn xiàn", "长葛": "cháng gě", "武陟": "wǔ zhì",
    "当月": "dāng yuè", "省局": "shěng jú", "着急": "zháo jí", "重按": "chóng àn", "重输": "chóng shū",
    "专票": "zhuān piào", "普票": "pǔ piào", "数电票": "shù diàn piào",
}  # fmt: skip

# Letters as Chinese speakers spell them.
LETTERS: Final = {
    "A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai2 fu5", "G": "ji4", "H": "ei2 chi5", "I": "ai4",
    "J": "zhei4", "K": "kei4", "L": "ai2 lou5", "M": "ai2 mu5", "N": "en1", "O": "ou1", "P": "pi4", "Q": "kiu1",
    "R": "a4 er5", "S": "ai2 si5", "T": "ti4", "U": "you1", "V": "wei1", "W": "da2 bu5 liu5", "X": "ai2 ke4 si5",
    "Y": "wai4", "Z": "zei4",
}  # fmt: skip

# Syllables without a vowel, and what comes near enough with one.
_FULLER: Final = {"r": "er", "n": "en", "ng": "en", "m": "mu", "hm": "heng", "hng": "heng", "ê": "ei"}

_ONE_STAYS_AFTER: Final = frozenset("第十零〇一二三四五六七八九初周期统唯单专逐同")
_ONE_STAYS_BEFORE: Final = frozenset("零〇一二三四五六七八九十月号日级")


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of `text` (what `normalise.spoken` gives); characters nobody can say are passed over."""
    for match in _CLAUSE.finditer(text):
        syllables = tuple(_syllables(match[1]))
        if syllables:
            yield Clause(syllables, match[2])


def readings(characters: str) -> tuple[str, ...]:
    """One syllable a character, as read in this company; empty when a character has no reading."""
    _learn_readings()
    said = lazy_pinyin(characters, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
    if len(said) != len(characters) or not all(map(_SYLLABLE.fullmatch, said)):
        return ()
    return tuple(_with_sandhi(characters, said))


def _syllables(clause: str) -> Iterator[str]:
    for piece in _PIECE.findall(clause):
        if piece.upper() in LETTERS:
            yield from LETTERS[piece.upper()].split()
        else:
            # With an unreadable character among them the rest are still said, one by one.
            yield from readings(piece) or (syllable for character in piece for syllable in readings(character))


def _with_sandhi(characters: str, said: list[str]) -> Iterator[str]:
    """Tones of 一 and 不 before other tones. Third before third is the voice's own doing."""
    for place, (character, syllable) in enumerate(zip(characters, said, strict=True)):
        following = said[place + 1] if place + 1 < len(said) else ""
        if character == "不":
            yield "bu2" if following.endswith("4") else "bu4"
        elif character == "一":
            stays = (
                not following
                or (place > 0 and characters[place - 1] in _ONE_STAYS_AFTER)
                or characters[place + 1] in _ONE_STAYS_BEFORE
            )
            yield "yi1" if stays else "yi2" if following[-1] in "45" else "yi4"
        else:
            body, tone = syllable[:-1], syllable[-1]
            yield _FULLER.get(body, body) + tone


@cache
def _learn_readings() -> None:
    load_phrases_dict({word: [[syllable] for syllable in reading.split()] for word, reading in _READINGS.items()})
