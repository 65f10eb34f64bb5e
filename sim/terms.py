"""What the tables of the scenario language are made of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PREPOSITION = re.compile(r" (to|into|of)$")


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a mapping."""

    kind: str
    """A key of `sim.words.KINDS`."""
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """What an actor can do."""

    words: tuple[str, ...]
    """How a sentence says it, English and Chinese."""
    actors: tuple[str, ...]
    about: str
    argument: Field | None = None
    options: tuple[tuple[str, Field], ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What can be expected; named by its own key."""

    about: str
    fields: tuple[tuple[str, Field], ...]
    within: float = 5.0
    """Seconds it is given when the file names none."""
    open: bool = False
    """Other keys are allowed too (columns of a record)."""


def shown(actor: str, entry: Verb, argument: Any, given: Mapping[str, Any]) -> str:
    """A deed as a tester reads it in the report."""
    plain = entry.argument is None or argument in ("", None)
    spoken = entry.words[0]
    words = [actor, _PREPOSITION.sub("", spoken) if plain and entry.argument else spoken]
    words += [] if plain else [str(argument)]
    words += ["to", str(given["to"])] if "to" in given else []
    extra = [f", {name} {text}" for name, text in given.items() if not isinstance(text, dict) and name != "to"]
    return " ".join(words) + "".join(extra)
