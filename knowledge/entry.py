"""A knowledge entry: what the voice answers to one question, from when to when, for whom, by which rule. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

COUNTRY = "country"
"""Scope of an entry that holds everywhere. Other scopes are area ids: the province's or a city's."""


class Review(StrEnum):
    """What an editor has said about an entry."""

    DONE = "done"
    NEEDED = "needed"
    """The rule behind it may have changed: worded so that nothing doubtful is stated as certain."""


class Exact(StrEnum):
    """What in the answer must not be wrong: such an entry is held to the higher precision."""

    AMOUNT = "amount"
    DEADLINE = "deadline"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer of one topic in one scope. A city's own wording of a topic has the same id and the city's scope."""

    id: str
    version: int
    group: str
    label: str
    """At most 12 characters, for 「您是想问…吗?」."""
    question: str
    answer: str
    """Spoken text: the topic first, at most 60 characters in the first sentence, at most 25 s in all."""
    facts: tuple[str, ...]
    basis: tuple[str, ...]
    scope: str
    valid_from: date
    valid_until: date | None
    """Last day it may be spoken; None while no end is known."""
    review: Review
    exact: frozenset[Exact]
    related: tuple[str, ...]
    phrasings: tuple[str, ...]
    retired: bool = False

    @property
    def key(self) -> str:
        """Unique in a library."""
        return f"{self.id}@{self.scope}"

    def holds_on(self, day: date) -> bool:
        """Whether it may be spoken on `day`."""
        return not self.retired and self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


HANDOVER = "-handover"
"""Class of the ways of asking for a person."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A topic we are asked about and do not answer; its phrasings teach the index what to leave alone."""

    id: str
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """Everything the index is built from."""

    entries: tuple[Entry, ...]
    declined: tuple[Declined, ...] = ()
    """Taxes and neighbours we do not cover, chat, noise."""
    handover: tuple[str, ...] = ()
    """Ways of asking for a person."""
    not_handover: tuple[str, ...] = ()
    """Questions that sound like it and are not."""
    foreign_terms: tuple[str, ...] = ()
    """Words of matters we do not cover: a question holding one is never answered at once by an entry that does not."""
    glossary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Concept -> the ways it is said."""

    def topics(self) -> dict[str, tuple[Entry, ...]]:
        """Entries by id, in order of first appearance; retired ones left out."""
        found: dict[str, tuple[Entry, ...]] = {}
        for entry in self.entries:
            if not entry.retired:
                found[entry.id] = (*found.get(entry.id, ()), entry)
        return found


def spoken_for(entries: Iterable[Entry], day: date, scopes: tuple[str, ...]) -> Entry | None:
    """Of one topic's entries the one to speak on `day`: the first of `scopes`, nearest first, that has a valid one."""
    valid = {entry.scope: entry for entry in entries if entry.holds_on(day)}
    return next((valid[scope] for scope in scopes if scope in valid), None)
