"""Load files: who calls how often, how patient they are, how seats behave, what must hold. Every run is bounded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import BadScenario
from sim.problems import Problem, near, problem_of
from sim.words import decimal, duration, integer, number, several, share, words
from sim.yamltext import Items, Lined, read_yaml

MOST_CALLS, MOST_AT_ONCE, LONGEST = 20_000, 400, 4 * 3600.0
"""No file can ask for more: a slip of the pen must not become a flood."""
SHAPES = ("steady", "ramp", "poisson", "filing-day", "replay")
SPREADS = ("fixed", "uniform", "exponential", "lognormal")


@dataclass(frozen=True, slots=True)
class Spread:
    """A time that varies from call to call. Seconds."""

    mean: float
    shape: str = "fixed"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How calls arrive. Rates are calls a second."""

    shape: str = "steady"
    rate: float = 1.0
    """Steady and Poisson: the rate; ramp: where it begins; filing-day: the highest of the day."""
    to: float = 0.0
    """Ramp: where it ends."""
    file: Path | None = None
    """Replay: CSV with columns `at` (seconds or HH:MM:SS), `area`, and perhaps `number`."""
    speed: float = 1.0
    """Replay: how many recorded seconds go by in one."""


@dataclass(frozen=True, slots=True)
class Redial:
    """Callers who gave up or failed, and try again."""

    chance: float = 0.0
    after: float = 5.0
    most: int = 1


@dataclass(frozen=True, slots=True)
class SeatsPlan:
    """Seats and what they do."""

    use: tuple[str, ...] = ()
    """Seats to register; every seat of the profile when empty."""
    answer_after: Spread = field(default_factory=lambda: Spread(1.0))
    talk: Spread = field(default_factory=lambda: Spread(10.0))
    declines: float = 0.0
    no_answer: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What must hold; `None` is not judged."""

    answered: float | None = None
    """Least share of callers a seat took."""
    answered_in_15s: float | None = None
    """Least share of callers a seat took within 15 s of their dialling."""
    failed: float | None = None
    """Most share of calls the system refused or did not reply to."""
    setup_p95: float | None = None
    """Most seconds from dialling to a seat's answer, at the 95th percentile."""
    heard: float | None = None
    """Least share of sampled calls in which the seat was heard."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """A whole load file."""

    file: Path
    name: str
    seconds: float
    arrivals: Arrivals
    areas: Mapping[str, float]
    """Area to its share of the calls (any unit)."""
    numbers: Mapping[str, str]
    """Area to its pattern of calling numbers; `x` is a digit that makes each number different."""
    patience: Spread
    redial: Redial
    seats: SeatsPlan
    limits: Limits
    calls: int = 1000
    at_once: int = 100
    listen: float = 0.0
    """Share of calls placed by phones that listen."""
    seed: int = 1


def load_plan(file: Path) -> LoadPlan:
    """The plan of `file`. Raises `BadScenario`, one problem a line."""
    made, problems = _read(file)
    if problems or made is None:
        raise BadScenario("\n".join(map(str, problems)))
    return made


def load_problems(file: Path) -> list[Problem]:
    """What is wrong with `file`."""
    try:
        return _read(file)[1]
    except BadScenario as error:
        return [problem_of(file, error)]


def _read(file: Path) -> tuple[LoadPlan | None, list[Problem]]:
    document = read_yaml(file)
    if not isinstance(document, Lined):
        return None, [Problem(file, 1, "a load file is a mapping: load, for, arrivals, callers, seats, pass")]
    reader = _Reader(file)
    made = reader.plan(document)
    return made, sorted(reader.problems)


class _Reader:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def plan(self, top: Lined) -> LoadPlan | None:
        known = {"load", "for", "most", "arrivals", "callers", "seats", "listen", "pass", "seed", "about", "tags"}
        self._known(top, known, "a load file")
        callers, most = self._part(top, "callers"), self._part(top, "most")
        self._known(callers, {"areas", "numbers", "patience", "redial"}, "callers")
        self._known(most, {"calls", "at_once"}, "most")
        numbers = {str(k): self._one(callers["numbers"], k, number, "") for k in self._part(callers, "numbers")}
        areas = {str(k): self._one(callers["areas"], k, decimal, 1.0) for k in self._part(callers, "areas")}
        if not numbers:
            self._wrong(callers.line, "callers: numbers is missing: area: pattern, 郑州: 1380371xxxx for example")
        for area in areas:
            if area not in numbers:
                self._wrong(callers.line, f"callers: no pattern of numbers for {area}{near(area, numbers)}")
        seconds: float = self._one(top, "for", duration, 0.0 if "for" not in top else 1.0)
        if not 0 < seconds <= LONGEST:
            self._wrong(top.lines.get("for", top.line), f"for: how long calls arrive, up to {LONGEST:g} s")
        redial = self._part(callers, "redial")
        self._known(redial, {"chance", "after", "most"}, "redial")
        return LoadPlan(
            file=self.file,
            name=self._one(top, "load", words, self.file.stem),
            seconds=seconds,
            arrivals=self._arrivals(self._part(top, "arrivals")),
            areas=areas or dict.fromkeys(numbers, 1.0),
            numbers=numbers,
            patience=self._spread(callers, "patience", Spread(60.0)),
            redial=Redial(
                self._one(redial, "chance", share, 0.0),
                self._one(redial, "after", duration, 5.0),
                min(5, self._one(redial, "most", integer, 1)),
            ),
            seats=self._seats(self._part(top, "seats")),
            limits=self._limits(self._part(top, "pass")),
            calls=self._bound(most, "calls", MOST_CALLS, 1000),
            at_once=self._bound(most, "at_once", MOST_AT_ONCE, 100),
            listen=self._one(top, "listen", share, 0.0),
            seed=self._one(top, "seed", integer, 1),
        )

    def _arrivals(self, part: Lined) -> Arrivals:
        self._known(part, {"shape", "rate", "to", "file", "speed"}, "arrivals")
        shape = self._one(part, "shape", words, "steady")
        if shape not in SHAPES:
            self._wrong(part.line, f"arrivals: shape is one of {', '.join(SHAPES)}{near(shape, SHAPES)}")
        file = self.file.parent / part["file"] if "file" in part else None
        if shape == "replay" and (file is None or not file.exists()):
            self._wrong(part.line, "arrivals: a replay needs file, a CSV beside the load file")
        rate: float = self._one(part, "rate", decimal, 1.0)
        for key in ("rate", "to"):
            if self._one(part, key, decimal, 1.0) < 0:
                self._wrong(part.lines[key], f"{key}: calls a second, not less than 0")
        return Arrivals(
            shape, rate, self._one(part, "to", decimal, rate), file, max(0.001, self._one(part, "speed", decimal, 1.0))
        )

    def _seats(self, part: Lined) -> SeatsPlan:
        self._known(part, {"use", "answer_after", "talk", "declines", "no_answer"}, "seats")
        return SeatsPlan(
            self._one(part, "use", several, ()),
            self._spread(part, "answer_after", Spread(1.0)),
            self._spread(part, "talk", Spread(10.0)),
            self._one(part, "declines", share, 0.0),
            self._one(part, "no_answer", share, 0.0),
        )

    def _limits(self, part: Lined) -> Limits:
        shares = ("answered", "answered_in_15s", "failed", "heard")
        self._known(part, {*shares, "setup_p95"}, "pass")
        return Limits(
            **{name: self._one(part, name, share, None) for name in shares},
            setup_p95=self._one(part, "setup_p95", duration, None),
        )

    def _spread(self, part: Lined, key: str, default: Spread) -> Spread:
        value = part.get(key)
        if not isinstance(value, Lined):
            return Spread(self._one(part, key, duration, default.mean), "fixed" if key in part else default.shape)
        self._known(value, {"mean", "shape"}, key)
        shape = self._one(value, "shape", words, "fixed")
        if shape not in SPREADS:
            self._wrong(value.line, f"{key}: shape is one of {', '.join(SPREADS)}{near(shape, SPREADS)}")
        return Spread(self._one(value, "mean", duration, default.mean), shape)

    def _bound(self, part: Lined, key: str, most: int, default: int) -> int:
        value: int = self._one(part, key, integer, default)
        if not 0 < value <= most:
            self._wrong(part.line, f"most: {key} is between 1 and {most}")
        return value

    def _part(self, mapping: Lined, key: str) -> Lined:
        value = mapping.get(key, Lined(mapping.line))
        if not isinstance(value, Lined):
            self._wrong(mapping.lines.get(key, mapping.line), f"{key} is a mapping")
            return Lined(mapping.line)
        return value

    def _one(self, mapping: Lined, key: str, read: Callable[[Any], Any], default: Any) -> Any:
        if key not in mapping:
            return default
        try:
            value = mapping[key]
            return read(list(value) if isinstance(value, Items) else value)
        except ValueError as error:
            self._wrong(mapping.lines[key], f"{key}: {error}")
            return default

    def _known(self, mapping: Lined, known: set[str], where: str) -> None:
        for key in mapping:
            if key not in known:
                self._wrong(mapping.lines[key], f"{where} knows no {key}{near(key, known)}")

    def _wrong(self, line: int, text: str) -> None:
        self.problems.append(Problem(self.file, line, text))
