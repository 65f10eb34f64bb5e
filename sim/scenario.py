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
    story: str = ""
    """Name of a story, or its file: told turn by turn."""
    patience: float | None = None
    codec: str = "pcma"
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    receives: bool = False
    answer_after: float | None = None
    declines: bool = False

    @property
    def called(self) -> bool:
        """Waits to be called."""
        return self.receives or self.declines or self.answer_after is not None

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
    user: str = ""


@dataclass(frozen=True, slots=True)
class SupervisorPlan:
    """A supervisor of a scenario: an account at the API and a softphone."""

    name: str
    user: str
    seat: str = ""
    """Number of the softphone; empty: the profile's."""
    answer_after: float | None = 0.3
    declines: bool = False
    says: str = ""
    registers: bool = True
    codec: str = "pcma"


ActorPlan = CallerPlan | SeatPlan | SupervisorPlan
_PLANS: dict[str, type[ActorPlan]] = {"caller": CallerPlan, "seat": SeatPlan, "supervisor": SupervisorPlan}
_RENAMED = {"name": "shown_name", "from": "address", "phone": "seat"}


def plan_of(kind: str, name: str, values: Mapping[str, Any]) -> ActorPlan:
    """The actor `name` of that kind, from the fields of its table in `sim.grammar`."""
    return _PLANS[kind](name, **{_RENAMED.get(key, key): value for key, value in values.items()})


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
    supervisors: tuple[SupervisorPlan, ...] = ()
    needs: tuple[str, ...] = ()
    """What the system under test must offer (`carrier`, `recording:hebi`)."""
    tags: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    about: str = ""
    alone: bool = False
