"""How many seats a promise needs, each area alone and all sharing: the question, the search, the answer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from core.ids import AreaId
from routing.areas import AreaTree
from seats.sharing.plan import Plan
from seats.sharing.staffing import simulation
from seats.sharing.staffing.erlang import seats_needed
from seats.sharing.staffing.simulation import Caller, Tally

HANDLING: Final = 240.0
"""Mean seconds of a call, talk and writing up."""
PATIENCE: Final = 180.0
"""Mean seconds a caller waits before giving up."""
OF_COUNTY: Final = 0.08
"""Of a city's calls, the part of each of its county units."""
OF_PROVINCE: Final = 0.03
"""Of all calls, those for the province's own centre: from nowhere known, or key 0."""
LOADS: Final = {"typical": 240.0, "filing day": 720.0}
"""Calls an hour that want a seat. A centre of 2015: 587,000 requests a year, 31 % answered by automatic voice, 250 days
of 8 hours, the busiest hour 1.2 times the mean: 240. The day before a filing deadline: three times that."""
_DOUBT: Final = 2.0
"""Standard errors within which a simulated rate counts as kept."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Parts of 1, of every area's callers."""

    connected: float = 0.98
    in_time: float = 0.80


@dataclass(frozen=True, slots=True)
class Needed:
    """The answer for one load and one promise."""

    load: str
    calls: float
    promise: Promise
    isolated: Mapping[AreaId, int]
    shared: Mapping[AreaId, int]
    connected: float
    """Of the shared seats, on another day than the one they were found with."""
    in_time: float
    helped: float
    """The part of connected callers whom another area's seat answered."""
    worst: float
    """Connected, of the area with the least."""


def calls_of(tree: AreaTree, an_hour: float) -> dict[AreaId, float]:
    """Calls an hour of every area: the province's data's shares, the counties' part taken from their city."""
    shares = {area.id: area.share for area in tree.cities}
    for county in tree.counties:
        if county.parent is not None:
            shares[county.id] = tree.area(county.parent).share * OF_COUNTY
            shares[county.parent] -= shares[county.id]
    whole = sum(shares.values())
    found = {area: an_hour * (1 - OF_PROVINCE) * share / whole for area, share in shares.items()}
    return found | {tree.root.id: an_hour * OF_PROVINCE}


def isolated(calls: Mapping[AreaId, float], promise: Promise) -> dict[AreaId, int]:
    """Seats of each area when nobody helps, by theory."""
    asked = promise.connected, promise.in_time
    return {area: seats_needed(rate / 3600, HANDLING, PATIENCE, *asked) for area, rate in calls.items()}


def shared(callers: Sequence[Caller], calls: Mapping[AreaId, float], plan: Plan, promise: Promise) -> dict[AreaId, int]:
    """Seats of each area when all share: from one seat each up, where most calls fail the promise, then down again."""
    seats = {area: max(1, ceil(rate * HANDLING / 3600)) for area, rate in calls.items()}
    while failing := _failing(simulation.simulate(callers, seats, plan), promise):
        seats[failing] += 1
    for area in sorted(seats, key=lambda each: -seats[each]):
        while seats[area] > 1:
            fewer = {**seats, area: seats[area] - 1}
            if _failing(simulation.simulate(callers, fewer, plan), promise):
                break
            seats = fewer
    return seats


def _failing(tallies: Mapping[AreaId, Tally], promise: Promise) -> AreaId | None:
    """The area with most calls too many lost or late; None when every area and the whole keep the promise."""
    short = {area: _short(tally, promise, _DOUBT) for area, tally in tallies.items()}
    worst = max(short, key=lambda area: short[area])
    if short[worst] > 0:
        return worst
    if _short(simulation.total(tallies), promise, 0.0) <= 0:
        return None
    plain = {area: _short(tally, promise, 0.0) for area, tally in tallies.items()}
    return max(plain, key=lambda area: plain[area])


def _short(tally: Tally, promise: Promise, doubt: float) -> float:
    """Calls by which it falls short of the promise, beyond `doubt` standard errors."""
    if not tally.offered:
        return 0.0
    pairs = ((promise.connected, tally.rate), (promise.in_time, tally.timely))
    return max(
        tally.offered * (wanted - had - doubt * sqrt(wanted * (1 - wanted) / tally.offered)) for wanted, had in pairs
    )


def answer(
    tree: AreaTree, plan: Plan, load: str, promise: Promise, *, hours: float = 60.0, seed: int = 12366
) -> Needed:
    """Both numbers of seats; the shared one found on one simulated stretch of `hours`, and tried on another."""
    calls = calls_of(tree, LOADS[load])
    seats = shared(simulation.day(calls, hours, HANDLING, PATIENCE, seed), calls, plan, promise)
    tallies = simulation.simulate(simulation.day(calls, hours, HANDLING, PATIENCE, seed + 1), seats, plan)
    whole = simulation.total(tallies)
    return Needed(
        load=load,
        calls=LOADS[load],
        promise=promise,
        isolated=isolated(calls, promise),
        shared=seats,
        connected=whole.rate,
        in_time=whole.timely,
        helped=whole.helped / max(1, whole.connected),
        worst=min(tally.rate for tally in tallies.values()),
    )


def spread(seats: int, calls: Mapping[AreaId, float]) -> dict[AreaId, int]:
    """So many seats over the areas by their calls, as near as whole seats allow, nobody's neighbour left out first."""
    whole = sum(calls.values())
    given = {area: int(seats * rate / whole) for area, rate in calls.items()}
    rest = sorted(calls, key=lambda area: (given[area] > 0, given[area] - seats * calls[area] / whole, area))
    for area in rest[: seats - sum(given.values())]:
        given[area] += 1
    return given


@dataclass(frozen=True, slots=True)
class Rush:
    """So many callers to so few seats, alone and shared."""

    callers: int
    seats: Mapping[AreaId, int]
    alone: Tally
    together: Tally


def rush(tree: AreaTree, plan: Plan, *, callers: int = 200, seats: int = 20, days: int = 30) -> Rush:
    """`callers` an hour, the province's shares; the figures are of `days` such hours."""
    whole = sum(area.share for area in tree.cities)
    calls = {area.id: callers * area.share / whole for area in tree.cities}
    places = spread(seats, calls)
    happened = simulation.day(calls, float(days), HANDLING, PATIENCE)
    apart = simulation.total(simulation.simulate(happened, places, simulation.alone(plan)))
    return Rush(callers, places, apart, simulation.total(simulation.simulate(happened, places, plan)))
