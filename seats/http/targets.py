"""Whom a request touches, found before the rules are asked."""

from core.ids import AreaId, LinkedId, SeatNumber
from routing.areas import Area
from seats.accounts.user import Role
from seats.http.route import Ask, NotThere
from seats.supervision.rules import NO_TARGET, Target, TargetKind


async def call_now(ask: Ask) -> Target:
    """The call of the path, as it is now. Raises `NotThere`."""
    found = _call(ask, ask.path["linkedid"])
    if found is None:
        raise NotThere("no such call is up")
    return found


async def call_ever(ask: Ask) -> Target:
    """The call of the path, now or in the records. Raises `NotThere`, `DatabaseAway`."""
    linkedid = ask.path["linkedid"]
    found = _call(ask, linkedid)
    if found is not None:
        return found
    record = await ask.services.history.record(LinkedId(linkedid))
    if record is None:
        raise NotThere("no such call is up or stored")
    return Target(TargetKind.CALL, linkedid, _of_record(ask, record.area, record.answered_by))


async def call_or_own(ask: Ask) -> Target:
    """The call of the path, now or in the records. Raises `NotThere`, but never to a seat's user: to them it is a call
    of their own seat, or nothing they learn of."""
    if ask.user.role is not Role.SEAT:
        return await call_ever(ask)
    linkedid = LinkedId(ask.path["linkedid"])
    call = ask.services.live.picture.calls.get(linkedid)
    record = None if call is not None else await ask.services.history.record(linkedid)
    seat = call.seat if call is not None else record.answered_by if record is not None else None
    if seat is not None and seat == ask.user.phone:
        return Target(TargetKind.SEAT, seat, frozenset())
    return Target(TargetKind.CALL, linkedid, frozenset())


async def seat(ask: Ask) -> Target:
    """The seat of the path. Raises `NotThere`."""
    found = _seat(ask, ask.path["seat"])
    if found is None:
        raise NotThere("no such seat")
    return found


async def seat_or_own(ask: Ask) -> Target:
    """The seat of the path. Raises `NotThere`, but never to a seat's user: they learn of no other number whether it
    is there, and their own stays theirs after it left the roster."""
    if ask.user.role is not Role.SEAT:
        return await seat(ask)
    number = ask.path["seat"]
    return _seat(ask, number) or Target(TargetKind.SEAT, number, frozenset())


async def seat_or_call(ask: Ask) -> Target:
    """The body's `target`. Raises `NotThere`."""
    found = _seat(ask, ask.body.target) or _call(ask, ask.body.target)
    if found is None:
        raise NotThere("no such seat, and no such call is up")
    return found


async def supervision(ask: Ask) -> Target:
    """Whom the running supervision of the path touches. Raises `NotThere`."""
    found = ask.services.supervision.target_of(ask.path["id"])
    if found is None:
        raise NotThere("no such supervision is running")
    return found


async def queried_area(ask: Ask) -> Target:
    """The query's `area`, when there is one. Raises `NotThere`."""
    found = area_of(ask, ask.query.area)
    return NO_TARGET if found is None else Target(TargetKind.AREA, found.id, frozenset({found.id}))


async def area(ask: Ask) -> Target:
    """The area of the path. Raises `NotThere`."""
    found = area_of(ask, ask.path["area"])
    if found is None:
        raise NotThere("no area was named")
    return Target(TargetKind.AREA, found.id, frozenset({found.id}))


def area_of(ask: Ask, word: str | None) -> Area | None:
    """The area of that id or name; None when none was named. Raises `NotThere`."""
    if word is None:
        return None
    found = ask.services.tree.named(word)
    if found is None:
        raise NotThere("no such area; write it like 郑州 or zhengzhou")
    return found


def _seat(ask: Ask, number: str) -> Target | None:
    found = ask.services.live.picture.seats.get(SeatNumber(number))
    return None if found is None else Target(TargetKind.SEAT, number, frozenset({found.area}))


def _call(ask: Ask, linkedid: str) -> Target | None:
    found = ask.services.live.picture.calls.get(LinkedId(linkedid))
    if found is None:
        return None
    # The caller's area and the seats': commanding a call commands both ends of it.
    return Target(TargetKind.CALL, linkedid, frozenset(found.areas or (None,)))


def _of_record(ask: Ask, area: str | None, seat_number: str | None) -> frozenset[AreaId | None]:
    found: set[AreaId | None] = {AreaId(area) if area is not None else None}
    if seat_number is not None:
        own = ask.services.live.picture.seats.get(SeatNumber(seat_number))
        # A seat nobody knows any more belongs to nobody but the province.
        found.add(own.area if own is not None else None)
    return frozenset(found)
