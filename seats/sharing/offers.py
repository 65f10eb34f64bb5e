"""Which seats may be rung for which other areas' callers now. Pure."""

from dataclasses import replace

from core.ids import AreaId, SeatNumber
from seats.sharing.choice import NOBODY_THERE, AreaNow, Choice, View, next_seat
from seats.sharing.plan import Plan

Pair = tuple[AreaId, SeatNumber]
"""A queue, and a seat of another area that may be rung for its callers."""


def offers(view: View, plan: Plan) -> dict[Pair, Choice]:
    """The pairs to be open, each with the choice behind it.

    Whoever waits longest is given a seat first, and such a seat is given to nobody else. Then every area without a free
    seat of its own has one seat offered ahead, so that its next caller rings at once: an offer takes nothing from the
    lender, who offers the same seat to all. So of no area are more seats offered than it may lend.
    """
    now: dict[AreaId, AreaNow] = dict(view)
    given: dict[Pair, Choice] = {}
    waiting = [each for each in plan if _short(now.get(each.area, NOBODY_THERE)) > 0]
    for each in sorted(waiting, key=lambda each: now[each.area].waiting_since):
        own = now[each.area]
        # The callers its own free seats take need no help.
        now[each.area] = replace(own, free=0, idle=(), waiting=_short(own))
        for _ in range(_short(own)):
            choice = next_seat(each.area, now, plan)
            if choice.seat is None or choice.area is None:
                break
            given[each.area, choice.seat] = choice
            lender = now[choice.area]
            now[choice.area] = replace(lender, free=lender.free - 1, idle=lender.idle[1:])
    for each in plan:
        if now.get(each.area, NOBODY_THERE).free == 0:
            choice = next_seat(each.area, now, plan)
            if choice.seat is not None:
                given.setdefault((each.area, choice.seat), choice)
    return given


def _short(now: AreaNow) -> int:
    """Callers whom no free seat of its own will take."""
    return now.waiting - now.free
