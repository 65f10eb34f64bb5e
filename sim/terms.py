"""What the tables of the scenario language are made of."""

from dataclasses import dataclass


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
