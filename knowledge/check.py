"""The lint of entries: what an editor must mend before they are published. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.entry import COUNTRY, Entry, Library, Review
from knowledge.normalize import normalize
from knowledge.spoken import first_sentence, seconds, spoken_length

FIRST_SENTENCE = 60
"""Characters of the first sentence, punctuation not counted."""
WHOLE_SECONDS = 25.0
SLOWEST_VOICE = 1.15
"""How much longer than reckoned the built-in voice takes for the wordiest of numbers."""
_LATIN_WORD = re.compile("[A-Za-z]*[a-z][A-Za-z]*|[A-Z]{6,}")
"""Latin that a Mandarin voice would spell out where a person says a word: abbreviations alone are spelled."""
LABEL = 12
PHRASINGS = 12
FAR = 0.5
"""Phrasings sharing less of their character pairs are far apart in wording; `PHRASINGS` of an entry must be."""
TWINS = 0.8
"""Two phrasings sharing this much of their character pairs are one."""
_YEAR_NAMED = re.compile(r"(20\d\d)年(?:度|底)")
_UNSPEAKABLE = ("http", "www.", "①", "·", "—", "~", "/", "|", "<", ">", "【", "】", "\n")
_DOUBT = ("最新公告", "最新规定", "当年公告", "当地", "现行", "目前", "公布", "为准", "按规定", "一般", "人工")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong (`error`) or worth a look (`warning`) with one entry."""

    level: str
    entry: str
    text: str


def check(library: Library, today: date, scopes: frozenset[str]) -> list[Finding]:
    """Findings on every entry; `scopes` are the area ids an entry may be for, besides the country."""
    found = [finding for entry in library.entries for finding in _one(entry, library, today, scopes | {COUNTRY})]
    return [*found, *_across(library.entries)]


def far_apart(phrasings: Sequence[str]) -> int:
    """How many phrasings differ each from every other: picked one by one, first come."""
    picked: list[frozenset[str]] = []
    for phrasing in phrasings:
        pairs = _pairs(phrasing)
        if all(_shared(pairs, other) < FAR for other in picked):
            picked.append(pairs)
    return len(picked)


def _one(entry: Entry, library: Library, today: date, scopes: frozenset[str]) -> Iterator[Finding]:
    def error(text: str) -> Finding:
        return Finding("error", entry.key, text)

    if (length := spoken_length(first_sentence(entry.answer))) > FIRST_SENTENCE:
        yield error(f"first sentence has {length} characters, {FIRST_SENTENCE} at most")
    if (duration := seconds(entry.answer) * SLOWEST_VOICE) > WHOLE_SECONDS:
        yield error(f"takes {duration:.1f} s to say, {WHOLE_SECONDS:.0f} at most")
    if bad := [mark for mark in _UNSPEAKABLE if mark in entry.answer]:
        yield error(f"cannot be said: {' '.join(map(repr, bad))}")
    if words := _LATIN_WORD.findall(entry.answer + entry.label):
        yield error(f"would be spelled letter by letter: {', '.join(words)}")
    if not 1 <= len(entry.label) <= LABEL:
        yield error(f"label has {len(entry.label)} characters, {LABEL} at most")
    if not any(text.strip() for text in entry.basis):
        yield error("no legal basis")
    if entry.scope not in scopes:
        yield error(f"scope {entry.scope!r} is neither the country nor an area of this province")
    if entry.valid_until is not None and entry.valid_until < entry.valid_from:
        yield error("ends before it begins")
    if entry.version < 1:
        yield error("version counts from 1")
    if entry.retired:
        return
    if not entry.holds_on(today):
        yield Finding(
            "warning",
            entry.key,
            f"not spoken on {today}: valid {entry.valid_from} to {entry.valid_until or 'open end'}",
        )
    if entry.review is Review.NEEDED and not any(word in entry.answer for word in _DOUBT):
        yield error("review is needed, yet nothing in the answer says so")
    if past := [year for year in _YEAR_NAMED.findall(entry.answer) if int(year) < today.year]:
        yield Finding("warning", entry.key, f"speaks of {'、'.join(past)}, which is over: still so?")
    known = {other.id for other in library.entries if not other.retired}
    if missing := [other for other in entry.related if other not in known or other == entry.id]:
        yield error(f"related to {', '.join(missing)}: no such entry")
    yield from _phrasings(
        entry, bool([other for other in library.entries if other.id == entry.id and other.scope != entry.scope])
    )


def _phrasings(entry: Entry, has_siblings: bool) -> Iterator[Finding]:
    # A city's wording of a topic is found by the phrasings of the province's.
    if len(entry.phrasings) < PHRASINGS and not has_siblings:
        yield Finding("error", entry.key, f"{len(entry.phrasings)} phrasings, {PHRASINGS} at least")
    elif (apart := far_apart(entry.phrasings)) < PHRASINGS and not has_siblings:
        yield Finding("error", entry.key, f"only {apart} phrasings are far apart in wording, {PHRASINGS} at least")
    pairs = [(phrasing, _pairs(phrasing)) for phrasing in entry.phrasings]
    for place, (one, own) in enumerate(pairs):
        for other, its in pairs[:place]:
            if _shared(own, its) >= TWINS:
                yield Finding("warning", entry.key, f"nearly the same: {other} / {one}")


def _across(entries: Iterable[Entry]) -> Iterator[Finding]:
    entries = [entry for entry in entries if not entry.retired]
    for key, count in Counter(entry.key for entry in entries).items():
        if count > 1:
            yield Finding("error", key, f"there are {count} of it")
    said: dict[str, str] = {}
    for entry in entries:
        for phrasing in dict.fromkeys((entry.question, *entry.phrasings)):
            owner = said.setdefault(normalize(phrasing), entry.id)
            if owner != entry.id:
                yield Finding("error", entry.key, f"asks the same as {owner}: {phrasing}")


def _pairs(text: str) -> frozenset[str]:
    text = f"^{normalize(text)}$"
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice: twice what is common over both sizes."""
    return 2 * len(one & other) / (len(one) + len(other))
