"""The policy card: what holds in one area and not everywhere, for a seat that answers for it. Reads files."""

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from core.errors import BadInput
from knowledge.entry import COUNTRY, Entry, Review
from knowledge.files import DATA

FOLDER: Final = DATA / "cards"
_WORDS: Final = ("area", "topic", "text", "source", "review")
_DAYS: Final = ("valid_from", "valid_until")
_TOPIC: Final = 12


@dataclass(frozen=True, slots=True)
class LocalFact:
    """One fact of one area."""

    area: str
    topic: str
    text: str
    source: str
    review: Review
    valid_from: date | None = None
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on `day`."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class CardEntry:
    """An answer worded for this area."""

    id: str
    scope: str
    label: str
    question: str
    answer: str
    basis: Sequence[str]
    valid_until: date | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class CardFact:
    """A local fact, as shown."""

    area: str
    topic: str
    text: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class PolicyCard:
    """What is particular about the areas of `scopes`, the nearest first."""

    scopes: Sequence[str]
    entries: Sequence[CardEntry]
    facts: Sequence[CardFact]


def read(folder: Path = FOLDER, known: Callable[[str], bool] = bool) -> tuple[LocalFact, ...]:
    """Every fact in `folder`, file by file. Raises `BadInput` naming file and fact; `known` says what is an area."""
    return tuple(fact for file in sorted(folder.glob("*.toml")) for fact in _facts(file, known))


def card(scopes: Sequence[str], entries: Iterable[Entry], facts: Collection[LocalFact], day: date) -> PolicyCard:
    """The card of an area: `scopes` are its own id, its city's, the province's. Pure.

    Of a topic worded for several of them the nearest area's wording counts; what holds everywhere is no part of a card.
    """
    order = {scope: place for place, scope in enumerate(scopes)}
    nearest: dict[str, Entry] = {}
    for entry in entries:
        if entry.scope in order and entry.scope != COUNTRY and entry.holds_on(day):
            before = nearest.get(entry.id)
            if before is None or order[entry.scope] < order[before.scope]:
                nearest[entry.id] = entry
    chosen = sorted(nearest.values(), key=lambda entry: (order[entry.scope], entry.id))
    here = sorted((fact for fact in facts if fact.area in order and fact.holds_on(day)), key=lambda f: order[f.area])
    return PolicyCard(tuple(scopes), tuple(map(_entry, chosen)), tuple(map(_fact, here)))


def _entry(entry: Entry) -> CardEntry:
    confirmed = entry.review is Review.DONE
    words = (entry.id, entry.scope, entry.label, entry.question, entry.answer)
    return CardEntry(*words, entry.basis, entry.valid_until, confirmed)


def _fact(fact: LocalFact) -> CardFact:
    return CardFact(fact.area, fact.topic, fact.text, fact.source, fact.review is Review.DONE)


def _facts(file: Path, known: Callable[[str], bool]) -> Iterable[LocalFact]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} is not TOML: {error}") from error
    rows = data.get("fact", [])
    if set(data) - {"fact"} or not isinstance(rows, list):
        raise BadInput(f"{file}: only [[fact]] is expected")
    for number, row in enumerate(rows, 1):
        yield _read(row, f"{file}: fact {number}", known)


def _read(row: Mapping[str, Any], where: str, known: Callable[[str], bool]) -> LocalFact:
    if unknown := sorted(set(row) - {*_WORDS, *_DAYS}):
        raise BadInput(f"{where}: unknown {unknown[0]!r}")
    for name in _WORDS:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise BadInput(f"{where}: {name} is missing")
    for name in _DAYS:
        if name in row and type(row[name]) is not date:
            raise BadInput(f"{where}: {name} is a day, e.g. 2026-01-01")
    if not known(row["area"]):
        raise BadInput(f"{where}: {row['area']} is no area")
    if len(row["topic"]) > _TOPIC:
        raise BadInput(f"{where}: topic is longer than {_TOPIC} characters")
    if row["review"] not in {review.value for review in Review}:
        raise BadInput(f"{where}: review is done or needed")
    return LocalFact(**{**row, "review": Review(row["review"])})
