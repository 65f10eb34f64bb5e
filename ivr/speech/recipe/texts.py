"""The texts of the recipe: what callers may say, as clauses.

General words, so that the model hears more than its own questions.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from core.errors import MissingComponent
from ivr.speech.normalise import spoken

HERE: Final = Path(__file__).parent
_PROJECT: Final = HERE.parents[2]
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_ASKED: Final = frozenset({"question", "phrasings", "handover", "not_handover"})
_DIGITS: Final = "零一二三四五六七八九幺"


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything the model may learn words from."""

    questions: tuple[str, ...]
    """Questions and phrasings of the knowledge, spoken form."""
    phrases: tuple[str, ...]
    """`phrases.txt` with its places filled, spoken form."""
    numbers: tuple[str, ...]
    """Numbers said digit by digit."""

    @property
    def digest(self) -> str:
        """SHA-256 of all of them: the same digest, the same model."""
        return hashlib.sha256("\n".join((*self.questions, "", *self.phrases, "", *self.numbers)).encode()).hexdigest()


def load(areas: Sequence[str], seed: int = 12366) -> Texts:
    """Texts of this working copy. `areas`: names of cities and counties."""
    dice = np.random.default_rng(seed)
    numbers = ["".join(dice.choice(list(_DIGITS), size=length)) for length in dice.choice([1, 2, 3, 4, 6, 8, 11], 400)]
    return Texts(tuple(_questions()), tuple(_phrases(areas)), tuple(numbers))


def lines(name: str) -> list[str]:
    """Lines of one of the text files beside this module, comments and sections left out."""
    rows = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [row.strip() for row in rows if row.strip() and row[0] not in "#["]


def area_names() -> list[str]:
    """Names of the province's cities and counties, from the routing data."""
    found = []
    for file in sorted((_PROJECT / "routing" / "data").glob("*.toml")):
        found += re.findall(r'^name = "([\u4e00-\u9fff]+)"', file.read_text(encoding="utf-8"), re.MULTILINE)
    return list(dict.fromkeys(found))


def general_words(count: int, longest: int = 4) -> list[tuple[str, int]]:
    """The most frequent Chinese words with their counts, from jieba's dictionary; most frequent first."""
    try:
        import jieba
    except ImportError as error:
        raise MissingComponent("the recipe needs jieba: install requirements-recipe.lock") from error
    rows = (
        line.split() for line in (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    )
    words = [(row[0], int(row[1])) for row in rows if len(row[0]) <= longest and _HAN.fullmatch(row[0])]
    return sorted(words, key=lambda word: (-word[1], word[0]))[:count]


def _questions() -> Iterator[str]:
    """Strings under the keys of `_ASKED` in the knowledge's YAML files, and all of those it declines to answer."""
    for file in sorted((_PROJECT / "knowledge" / "data").rglob("*.yaml")):
        for text in dict.fromkeys(
            _strings(yaml.safe_load(file.read_text(encoding="utf-8")), taken=file.stem == "declined")
        ):
            yield spoken(text)


def _strings(node: Any, *, taken: bool) -> Iterator[str]:
    if isinstance(node, str) and taken:
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item, taken=taken)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _strings(value, taken=taken or key in _ASKED)


def _phrases(areas: Sequence[str]) -> Iterator[str]:
    section, taxes = "", []
    for row in (HERE / "phrases.txt").read_text(encoding="utf-8").splitlines():
        line = row.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        if section == "taxes":
            taxes.append(line)
        elif "{area}" in line:
            yield from (line.format(area=area) for area in areas)
        elif "{tax}" in line:
            yield from (line.format(tax=tax) for tax in taxes)
        else:
            yield line
