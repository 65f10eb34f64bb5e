"""What became of each call, out of the lines SIPp writes, and the figures of a whole run. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sim.load.plan import Limits

QUICK_SECONDS = 15.0
"""GB/T 33358-2016: a call is to be answered within 15 s."""


@dataclass(slots=True)
class Attempt:
    """One call, from dialling to its end. Moments are seconds since the epoch, as SIPp stamps them."""

    number: str
    area: str
    tries: int
    dialled: float
    call_id: str = ""
    connected: float | None = None
    """The system answered."""
    rang: float | None = None
    talked: float | None = None
    """A seat answered."""
    parted: float | None = None
    """The seat hung up; its caller may stay, to rate for example."""
    seat: str = ""
    ended: float | None = None
    ended_by: str = ""
    refused: int | None = None
    heard: bool | None = None
    """Was the seat's voice heard? `None` when nobody listened, or too short a time to tell."""

    @property
    def over(self) -> bool:
        """Ended or refused."""
        return self.ended is not None

    @property
    def talking(self) -> bool:
        """With a seat."""
        return self.talked is not None and self.parted is None and not self.over

    @property
    def wait(self) -> float | None:
        """Seconds from dialling to the seat's answer."""
        return None if self.talked is None else self.talked - self.dialled

    @property
    def outcome(self) -> str:
        """`answered`, `refused`, `no reply`, `gave up`, `turned away` (ended by the system without a seat), `open`."""
        if self.talked is not None:
            return "answered"
        if self.refused is not None:
            return "refused"
        if not self.over:
            return "open"
        return {"here": "gave up", "nobody": "no reply"}.get(self.ended_by, "turned away")


@dataclass(slots=True)
class Tally:
    """Every attempt so far."""

    attempts: list[Attempt] = field(default_factory=list)
    unasked: int = 0
    """Calls seats took whose caller was not on the line: the system's own, to call back who gave up."""
    _current: dict[str, Attempt] = field(default_factory=dict)
    _expected: dict[str, tuple[str, int]] = field(default_factory=dict)

    def expect(self, number: str, area: str, tries: int) -> None:
        """A call of this number is about to be placed."""
        self._expected[_key(number)] = (area, tries)

    def take(self, line: str) -> Attempt | None:
        """One line of SIPp's log: `word;number;detail;date time epoch`. The attempt it is about."""
        parts = line.strip().split(";")
        if len(parts) < 4:
            return None
        try:
            at = float(parts[-1].split()[-1])
        except (ValueError, IndexError):
            return None
        return self.note(parts[0], parts[1], parts[2], at)

    def note(self, word: str, number: str, detail: str, at: float) -> Attempt | None:
        """Something happened to the number's newest call."""
        if word == "dials":
            area, tries = self._expected.get(_key(number), ("", 1))
            attempt = Attempt(number, area, tries, at, detail)
            self.attempts.append(attempt)
            self._current[_key(number)] = attempt
            return attempt
        found = self._current.get(_key(number))
        if found is None or (found.ended is not None and at > found.ended):
            # Logs are read one after the other: what came after the end is told by its moment.
            self.unasked += word == "talks"
            return None
        match word:
            case "answered":
                found.connected = at
            case "rings":
                found.rang = found.rang or at
            case "talks":
                found.talked, found.seat = at, detail
            case "done":
                found.parted = at
            case "refused":
                found.refused, found.ended, found.ended_by = int(detail), at, "far"
            case "ended":
                found.ended, found.ended_by = at, detail
            case "silent" if found.ended is None:
                found.ended, found.ended_by = at, "nobody"
        return found

    @property
    def live(self) -> int:
        """Calls that are up or being set up."""
        return sum(not attempt.over for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Figures:
    """A run in numbers."""

    attempts: int
    callers: int
    answered: float
    """Share of callers (not attempts) a seat took in the end."""
    answered_in_15s: float
    failed: float
    """Share of attempts the system refused or did not reply to."""
    outcomes: dict[str, int]
    codes: dict[str, int]
    setup: dict[str, float]
    """Seconds from dialling to the seat's answer: p50, p90, p95, p99, most."""
    most_at_once: int
    areas: dict[str, dict[str, float]]
    listened: int
    heard: float | None


def figures(attempts: Sequence[Attempt]) -> Figures:
    """The figures of these attempts."""
    people: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        people.setdefault(_key(attempt.number), []).append(attempt)
    waits = sorted(attempt.wait for attempt in attempts if attempt.wait is not None)
    taken = sum(any(a.talked is not None for a in own) for own in people.values())
    quick = sum(any(a.wait is not None and a.wait <= QUICK_SECONDS for a in own) for own in people.values())
    judged = [attempt.heard for attempt in attempts if attempt.heard is not None]
    return Figures(
        attempts=len(attempts),
        callers=len(people),
        answered=_ratio(taken, len(people)),
        answered_in_15s=_ratio(quick, len(people)),
        failed=_ratio(sum(a.outcome in ("refused", "no reply") for a in attempts), len(attempts)),
        outcomes=dict(Counter(attempt.outcome for attempt in attempts).most_common()),
        codes=dict(Counter(str(a.refused) for a in attempts if a.refused is not None).most_common()),
        setup={name: round(percentile(waits, share), 3) for name, share in _PERCENTILES.items()} if waits else {},
        most_at_once=max((count for _, count in concurrency(attempts)), default=0),
        areas=_areas(attempts),
        listened=len(judged),
        heard=_ratio(sum(judged), len(judged)) if judged else None,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of sorted values."""
    return values[max(0, math.ceil(share * len(values)) - 1)]


def concurrency(attempts: Iterable[Attempt]) -> list[tuple[float, int]]:
    """(moment, calls up) at every change."""
    changes = sorted([(a.dialled, 1) for a in attempts] + [(a.ended, -1) for a in attempts if a.ended is not None])
    made, up = [], 0
    for at, change in changes:
        up += change
        made.append((at, up))
    return made


def judged(found: Figures, limits: Limits) -> list[tuple[str, bool, str]]:
    """(condition, does it hold, what was seen) for each limit of the file."""
    made = []
    for name, value, least in (
        ("answered", found.answered, limits.answered),
        ("answered_in_15s", found.answered_in_15s, limits.answered_in_15s),
        ("heard", found.heard, limits.heard),
    ):
        if least is not None:
            made.append((f"{name} ≥ {least:.1%}", value is not None and value >= least, _share(value)))
    if limits.failed is not None:
        made.append((f"failed ≤ {limits.failed:.1%}", found.failed <= limits.failed, _share(found.failed)))
    if limits.setup_p95 is not None:
        seen = found.setup.get("p95")
        ok = seen is not None and seen <= limits.setup_p95
        made.append(
            (f"setup p95 ≤ {limits.setup_p95:g} s", ok, "no call was set up" if seen is None else f"{seen:.2f} s")
        )
    return made


_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "most": 1.0}


def _areas(attempts: Sequence[Attempt]) -> dict[str, dict[str, float]]:
    made: dict[str, dict[str, float]] = {}
    for area in dict.fromkeys(attempt.area for attempt in attempts):
        own = [attempt for attempt in attempts if attempt.area == area]
        waits = sorted(attempt.wait for attempt in own if attempt.wait is not None)
        made[area] = {
            "calls": len(own),
            "answered": _ratio(len(waits), len(own)),
            "p95": round(percentile(waits, 0.95), 3) if waits else 0.0,
        }
    return made


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _share(value: float | None) -> str:
    return "nobody listened" if value is None else f"{value:.1%}"


def _key(number: str) -> str:
    return number.removeprefix("+86").lstrip("+0")
