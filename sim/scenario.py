"""A scenario as it is run: actors and steps, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class CallerPlan:
    """A caller of a scenario."""

    name: str
    number: str
    shown_name: str = ""
    says: str = ""
    patience: float | None = None
    codec: str = "pcma"
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""

    @property
    def withheld(self) -> bool:
        """The number is not sent."""
        return not self.number


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """A seat of a scenario."""

    name: str
    seat: str
    answer_after: float | None = None
    declines: bool = False
    says: str = ""
    wrap_up: float = 0.0
    registers: bool = True
    codec: str = "pcma"


@dataclass(frozen=True, slots=True)
class Step:
    """One step."""

    line: int
    kind: str
    """`do`, `expect`, `wait`, `mark`, `fault`."""
    text: str
    """As a tester reads it."""
    actor: str = ""
    verb: str = ""
    """Verb, expectation, or what is done to a process."""
    argument: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole file."""

    file: Path
    name: str
    steps: tuple[Step, ...]
    callers: tuple[CallerPlan, ...] = ()
    seats: tuple[SeatPlan, ...] = ()
    tags: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    about: str = ""
    alone: bool = False
