"""Who answers the next caller of an area, and why. Pure: the one rule for the platform, the simulation and people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.ids import AreaId, SeatNumber
from seats.sharing.plan import AreaPlan, Plan, Rule, Step


@dataclass(frozen=True, slots=True)
class Idle:
    """A free seat, and since when (seconds, any one clock)."""

    since: float
    seat: SeatNumber


@dataclass(frozen=True, slots=True)
class AreaNow:
    """An area's own seats and callers, as few words as the choice needs: its size does not matter."""

    free: int = 0
    staffed: int = 0
    """Seats at work: free, ringing, talking or writing up; not paused, not away."""
    waiting: int = 0
    """Callers in its queue for whom no seat rings."""
    idle: tuple[Idle, ...] = ()
    """Of the free seats, the first few: longest free first."""
    waiting_since: float = 0.0
    """Of the first of those who wait; 0 when nobody does."""


View = Mapping[AreaId, AreaNow]
NOBODY_THERE = AreaNow()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An area that was looked at, and its seat that would have answered."""

    area: AreaId
    rule: Rule
    free: int
    waiting: int
    reserve: int
    room: int
    """Free seats it may lend now: above its reserve, and above those its own waiting callers take."""
    seat: SeatNumber | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer. `seat` None: nobody, the caller waits."""

    seat: SeatNumber | None
    area: AreaId | None
    """Whose seat."""
    rule: Rule
    why: str
    """For people, in Chinese."""
    candidates: tuple[Candidate, ...]
    """Every area considered, in the order of asking."""


def room(plan: AreaPlan, now: AreaNow) -> int:
    """Seats the area may lend at once; 0 when its own callers or its reserve need what is free."""
    if not plan.lends:
        return 0
    return max(0, now.free - now.waiting - plan.reserve.of(now.staffed))


def next_seat(area: AreaId, view: View, plan: Plan) -> Choice:
    """Who answers the next caller of `area`. `KeyError` for an area the plan does not know.

    Its own seats first; then step by step those of areas with room to spare, most room first, then longest idle.
    """
    own = plan[area]
    home = view.get(area, NOBODY_THERE)
    seen = [_candidate(Rule.HOME, plan[area], home, spare=home.free)]
    if home.free and home.idle:
        return _choice(own, plan, seen, seen[0])
    for step in own.steps:
        asked = list(_asked(step, view, plan))
        seen += [candidate for candidate, _ in asked]
        able = [(-candidate.room, since, candidate.area, candidate) for candidate, since in asked if candidate.seat]
        if able:
            return _choice(own, plan, seen, min(able, key=lambda each: each[:3])[3])
    return _choice(own, plan, seen, None)


def _asked(step: Step, view: View, plan: Plan) -> Iterator[tuple[Candidate, float]]:
    for area in step.areas:
        now = view.get(area, NOBODY_THERE)
        since = now.idle[0].since if now.idle else 0.0
        yield _candidate(step.rule, plan[area], now, spare=room(plan[area], now)), since


def _candidate(rule: Rule, plan: AreaPlan, now: AreaNow, *, spare: int) -> Candidate:
    seat = now.idle[0].seat if spare and now.idle else None
    return Candidate(plan.area, rule, now.free, now.waiting, plan.reserve.of(now.staffed), spare, seat)


def _choice(own: AreaPlan, plan: Plan, seen: list[Candidate], chosen: Candidate | None) -> Choice:
    why = _words(own, plan, seen, chosen)
    if chosen is None:
        return Choice(None, None, Rule.NOBODY, why, tuple(seen))
    return Choice(chosen.seat, chosen.area, chosen.rule, why, tuple(seen))


_HELPS = {Rule.PARENT: "上级市", Rule.PAIR: "结对的", Rule.PROVINCE: "省局"}


def _words(own: AreaPlan, plan: Plan, seen: list[Candidate], chosen: Candidate | None) -> str:
    if chosen is not None and chosen.rule is Rule.HOME:
        return f"{own.name}本地座席空闲"
    if chosen is not None:
        kept = f"空闲 {chosen.free}，保留 {chosen.reserve}"
        return f"{own.name}无空闲座席，{_HELPS[chosen.rule]}{plan[chosen.area].name}可支援 {chosen.room} 席（{kept}）"
    refusals = "；".join(f"{plan[each.area].name}{_refusal(each)}" for each in seen[1:])
    return f"{own.name}无空闲座席" + (f"；{refusals}" if refusals else "")


def _refusal(each: Candidate) -> str:
    if not each.free:
        return "也无空闲"
    if each.waiting:
        return f"有 {each.waiting} 人在等"
    return f"空闲 {each.free} 席留给本地"
