"""Queues that theory can answer: callers at random, one kind of seat, callers who lose patience (M/M/n+M). Pure.

Erlang C (nobody hangs up) and Erlang A (patience is exponential). Sources: A. K. Erlang 1917; C. Palm 1957; O. Garnett,
A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers", 2002.
"""

from dataclasses import dataclass
from itertools import count
from typing import Final

_NOTHING: Final = 1e-14
"""States rarer than that, of the most frequent, are left out."""


@dataclass(frozen=True, slots=True)
class Service:
    """What callers get, in parts of 1."""

    connected: float
    in_time: float
    """Of all callers: answered within the time asked for."""
    waits: float
    """Of all callers: not answered at once."""


def erlang_c(load: float, seats: int) -> float:
    """The part of callers who wait when nobody hangs up; `load` in erlangs, below `seats`. Else 1."""
    if load >= seats:
        return 1.0
    blocked = 1.0
    for busy in range(1, seats + 1):
        blocked = load * blocked / (busy + load * blocked)
    return seats * blocked / (seats - load * (1 - blocked))


def erlang_a(calls: float, handling: float, patience: float, seats: int, in_time: float = 15.0) -> Service:
    """`calls` a second, `handling` and `patience` mean seconds, `seats` at work; `in_time` seconds is in time."""
    if seats <= 0:
        return Service(0.0, 0.0, 1.0)
    ends, leaves = 1 / handling, 1 / patience
    weights = [1.0]
    for present in count(1):
        away = min(present, seats) * ends + max(0, present - seats) * leaves
        weights.append(weights[-1] * calls / away)
        if present > seats and weights[-1] < _NOTHING * max(weights):
            break
    total = sum(weights)
    chance = [weight / total for weight in weights]
    lost = sum((present - seats) * leaves * part for present, part in enumerate(chance) if present > seats) / calls
    queued = chance[seats:]
    soon = _served_within(in_time, len(queued), seats * ends, leaves)
    waits = sum(queued)
    answered = (1 - waits) + sum(part * soon[ahead] for ahead, part in enumerate(queued))
    return Service(1 - lost, answered, waits)


def _served_within(seconds: float, most: int, ends: float, leaves: float) -> list[float]:
    """For a caller with `ahead` = 0, 1, … others before them: the chance to be served within `seconds`.

    One place nearer at rate `ends` + `ahead` * `leaves`, gone at rate `leaves`; solved in small steps (Heun's method).
    """
    steps = max(200, int(seconds * (ends + most * leaves) * 8))
    step = seconds / steps
    served = [0.0] * most

    def slope(now: list[float]) -> list[float]:
        found = []
        for ahead, value in enumerate(now):
            nearer = ends + ahead * leaves
            found.append(nearer * (now[ahead - 1] if ahead else 1.0) - (nearer + leaves) * value)
        return found

    for _ in range(steps):
        first = slope(served)
        second = slope([value + step * change for value, change in zip(served, first, strict=True)])
        served = [value + step * (one + two) / 2 for value, one, two in zip(served, first, second, strict=True)]
    return served


def seats_needed(calls: float, handling: float, patience: float, connected: float, in_time: float) -> int:
    """The fewest seats that connect the part `connected` of callers, and answer `in_time` of them in 15 s."""
    for seats in count(1):
        if seats > 5000:
            break
        service = erlang_a(calls, handling, patience, seats)
        if service.connected >= connected and service.in_time >= in_time:
            return seats
    raise ValueError(f"no number of seats does that for {calls} calls a second")
