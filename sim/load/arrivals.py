"""When each call comes, from where, with which number, and how patient its caller is. Pure: the same seed, the same
day."""

import csv
import math
import random
from dataclasses import dataclass
from pathlib import Path

from sim.errors import BadScenario
from sim.load.plan import Arrivals, LoadPlan, Spread
from sim.problems import near

_DAY = (0.05, 0.35, 0.9, 1.0, 0.8, 0.45, 0.4, 0.7, 0.95, 0.9, 0.6, 0.2)
"""A filing day between 8 and 18 o'clock in twelve equal parts, as shares of its highest rate: two humps and a noon."""
_STEP = 0.01
_NEVER_LESS = 0.05


@dataclass(frozen=True, slots=True)
class Caller:
    """One call to be placed. Seconds count from the start of the run."""

    at: float
    area: str
    number: str
    patience: float
    listens: bool = False
    tries: int = 1


def callers(plan: LoadPlan) -> list[Caller]:
    """Every call of the plan, in order, no more than it allows."""
    chance = random.Random(plan.seed)
    if plan.arrivals.shape == "replay":
        rows = _replayed(plan.arrivals)
    else:
        names, weights = list(plan.areas), list(plan.areas.values())
        rows = [(at, chance.choices(names, weights)[0], "") for at in times(plan.arrivals, plan.seconds, chance)]
    made = []
    for index, (at, area, given) in enumerate(row for row in rows if row[0] < plan.seconds):
        if index >= plan.calls:
            break
        pattern = plan.numbers.get(area, "")
        if not pattern and not given:
            hint = near(area, plan.numbers)
            raise BadScenario(
                f"{plan.arrivals.file}: neither a number for {area} in its row nor a pattern of {area}{hint}"
            )
        made.append(
            Caller(
                at,
                area,
                given or number_of(pattern, index),
                drawn(plan.patience, chance),
                chance.random() < plan.listen,
            )
        )
    return made


def times(arrivals: Arrivals, seconds: float, chance: random.Random) -> list[float]:
    """Moments of arrival within `seconds`."""
    if arrivals.shape == "poisson":
        made, at = [], 0.0
        while (at := at + chance.expovariate(max(arrivals.rate, 1e-9))) < seconds:
            made.append(at)
        return made
    made, due = [], 0.0
    for step in range(int(seconds / _STEP)):
        due += rate_at(arrivals, step * _STEP / seconds) * _STEP
        while due >= 1.0:
            made.append(step * _STEP)
            due -= 1.0
    return made


def rate_at(arrivals: Arrivals, share: float) -> float:
    """Calls a second when that share of the time has gone by."""
    match arrivals.shape:
        case "ramp":
            return arrivals.rate + (arrivals.to - arrivals.rate) * share
        case "filing-day":
            place = share * (len(_DAY) - 1)
            low = min(int(place), len(_DAY) - 2)
            return arrivals.rate * (_DAY[low] + (_DAY[low + 1] - _DAY[low]) * (place - low))
    return arrivals.rate


def number_of(pattern: str, index: int) -> str:
    """The pattern with its `x`s filled by digits that differ from call to call."""
    free = pattern.count("x") + pattern.count("X")
    # A step without common factor with ten visits every number once before any comes again.
    digits = iter(str(index * 7919 % 10**free).zfill(free) if free else "")
    return "".join(next(digits) if character in "xX" else character for character in pattern)


def drawn(spread: Spread, chance: random.Random) -> float:
    """One time from the spread."""
    match spread.shape:
        case "uniform":
            return chance.uniform(0, 2 * spread.mean)
        case "exponential":
            return max(_NEVER_LESS, chance.expovariate(1 / spread.mean)) if spread.mean else 0.0
        case "lognormal":
            # Half a unit of the logarithm's deviation: most calls short, a few three times the mean.
            return chance.lognormvariate(math.log(max(spread.mean, 1e-9)) - 0.125, 0.5)
    return spread.mean


def _replayed(arrivals: Arrivals) -> list[tuple[float, str, str]]:
    file = arrivals.file or Path()
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [(_moment(row["at"]), row["area"], row.get("number") or "") for row in csv.DictReader(lines)]
    except (OSError, KeyError, ValueError) as error:
        raise BadScenario(f"{file}: a replay is a CSV with columns at, area, number: {error}") from error
    rows.sort()
    start = rows[0][0] if rows else 0.0
    return [((at - start) / arrivals.speed, area, number) for at, area, number in rows]


def _moment(text: str) -> float:
    parts = [float(part) for part in text.split(":")]
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + part
    return seconds
