"""What is remembered -> what is shown: one call, one seat, one area. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from core.ids import AreaId, LinkedId, SeatNumber
from seats.live import change as c
from seats.live.ledger import Ledger
from seats.live.model import CallState, LiveArea, LiveCall, LiveChannel, LiveSeat, SeatState
from seats.live.parts import NOTICE, Channel, Desk, age_of
from seats.live.today import Count
from seats.roster import reasons

WRITING_UP: Final = frozenset({reasons.WRAP_UP, reasons.MORE_TIME, "wrap-up", "话后", "话后整理"})
"""Reasons of a pause that mean the seat is writing up its last call."""
_LOGGED_OUT: Final = (reasons.LOGGED_OUT, "logout:")
"""Beginnings of reasons that mean nobody works there: the seat's own word, or a supervisor's."""
SUPERVISION: Final = "supervision"


def moment(at: float) -> datetime:
    """Asterisk's seconds as UTC."""
    return datetime.fromtimestamp(at, UTC)


def call_of(linkedid: LinkedId, ledger: Ledger) -> LiveCall | None:
    """The call of that name; None when there is none to show: ended, only a supervisor's ear, or our own announcing."""
    if linkedid.startswith(NOTICE):
        return None
    legs = _parties(linkedid, ledger)
    legs.sort(key=lambda leg: (not leg.outside, age_of(leg.uniqueid)))
    if _hidden(legs):
        return None
    caller = legs[0]
    state, since = _state_of(caller, legs)
    seat = _seat_of(caller, legs)
    belongs = caller.area or caller.queue
    touched = [belongs, *(ledger.desks[leg.seat].area for leg in legs if leg.seat is not None)]
    waiting = state in (CallState.WAITING, CallState.RINGING) and caller.waiting_since is not None
    return LiveCall(
        linkedid=linkedid,
        number=caller.number,
        name=caller.caller_name,
        area=caller.area,
        reason=caller.reason,
        state=state,
        since=moment(since),
        queue=caller.queue,
        waiting_since=moment(caller.waiting_since) if waiting and caller.waiting_since else None,
        seat=seat,
        started=moment(min(leg.created for leg in legs)),
        channels=tuple(
            LiveChannel(leg.uniqueid, leg.name, leg.seat, leg.state == c.UP, leg.bridge, leg.held) for leg in legs
        ),
        areas=tuple(dict.fromkeys(area for area in touched if area is not None)),
    )


def _parties(linkedid: LinkedId, ledger: Ledger) -> list[Channel]:
    legs = (ledger.channels[uniqueid] for uniqueid in ledger.calls.get(linkedid, ()))
    return [leg for leg in legs if not leg.spying]


def _hidden(legs: Sequence[Channel]) -> bool:
    """A single called leg is a supervisor's phone on its way to listen."""
    return not legs or (len(legs) == 1 and legs[0].seat is not None and (legs[0].rang or legs[0].state == c.DOWN))


def seat_of(desk: Desk, ledger: Ledger, now: float) -> LiveSeat:
    """The seat as it is at `now` (Asterisk's clock)."""
    state, since, reason, call = _desk_state(desk, ledger, now)
    return LiveSeat(desk.number, desk.area, desk.name, state, reason, moment(since), call)


def writes_up_until(desk: Desk) -> float:
    """End of the queue's time after a call; 0 when it gives none."""
    return desk.ended_at + desk.wrap_up if desk.wrap_up and desk.ended_at else 0.0


def area_of(
    area: AreaId, seats: Iterable[LiveSeat], calls: Iterable[LiveCall], count: Count, now: datetime
) -> LiveArea:
    """The area's row from its own seats, the calls that belong to it, and today's count."""
    waits = [call.waiting_since for call in calls if call.waiting_since is not None]
    states = [seat.state for seat in seats]
    return LiveArea(
        area=area,
        waiting=len(waits),
        longest_wait_s=max(0, int((now - min(waits)).total_seconds())) if waits else 0,
        offered_today=count.offered,
        answered_today=count.answered,
        answered_in_15_today=count.in_time,
        decided_today=count.decided,
        connect_rate_today=round(count.answered / count.decided, 4) if count.decided else None,
        in_15_rate_today=round(count.in_time / count.decided, 4) if count.decided else None,
        free=states.count(SeatState.READY),
        ringing=states.count(SeatState.RINGING),
        talking=states.count(SeatState.TALKING) + states.count(SeatState.HELD),
        paused=states.count(SeatState.PAUSED) + states.count(SeatState.WRAP_UP),
        offline=states.count(SeatState.OFFLINE) + states.count(SeatState.LOGGED_OUT),
    )


def _state_of(caller: Channel, legs: Sequence[Channel]) -> tuple[CallState, float]:
    if _holder(caller, legs) is not None:
        return CallState.HELD, caller.bridge_at
    joined = _joined(caller, legs)
    if joined:
        held = [leg.held_at for leg in joined if leg.held]
        if held:
            return CallState.HELD, min(held)
        # Joined is when the second one came in; back from hold counts as talking on.
        return CallState.TALKING, sorted(leg.bridge_at for leg in joined)[1]
    others = [leg for leg in legs if leg is not caller]
    ringing = [leg.state_at for leg in others if leg.state == c.RINGING]
    answering = [leg.state_at for leg in others if _answers(leg)]
    if caller.queue is not None:
        if ringing or answering:
            return CallState.RINGING, min(ringing or answering)
        return CallState.WAITING, caller.queue_at
    if answering:
        return CallState.TALKING, min(answering)
    if ringing:
        return CallState.RINGING, min(ringing)
    return CallState.MENU, max(caller.created, caller.queue_at, caller.bridge_at)


def _holder(caller: Channel, legs: Sequence[Channel]) -> Channel | None:
    """The seat that has put the caller aside by command: both have been joined, the caller is with nobody, waits in no
    queue, and the seat is still there, alone or with whom it asks."""
    if caller.state != c.UP or caller.bridge is not None or not caller.bridge_at or caller.queue is not None:
        return None
    seats = [leg for leg in legs if leg is not caller and leg.seat and leg.state == c.UP and leg.bridge_at]
    return min(seats, key=lambda leg: age_of(leg.uniqueid)) if seats else None


def _answers(leg: Channel) -> bool:
    """Up and not in any bridge yet: it will be within milliseconds. One that was in a bridge is on its way out."""
    return leg.state == c.UP and leg.bridge is None and not leg.bridge_at


def _joined(caller: Channel, legs: Sequence[Channel]) -> list[Channel]:
    """Everybody in the caller's bridge, else in the first bridge that joins two; empty when nobody is joined."""
    for bridge in dict.fromkeys(leg.bridge for leg in (caller, *legs) if leg.bridge is not None):
        inside = [leg for leg in legs if leg.bridge == bridge]
        if len(inside) > 1:
            return inside
    return []


def _seat_of(caller: Channel, legs: Sequence[Channel]) -> SeatNumber | None:
    if (holder := _holder(caller, legs)) is not None:
        return holder.seat
    joined = _joined(caller, legs)
    for wanted in (
        [leg for leg in joined if leg is not caller],
        [leg for leg in legs if leg is not caller and _answers(leg)],
        [leg for leg in legs if leg is not caller and leg.state == c.RINGING],
    ):
        for leg in sorted(wanted, key=lambda leg: (-leg.state_at, leg.uniqueid)):
            if leg.seat is not None:
                return leg.seat
    return caller.seat if joined else None


def _shown_call(leg: Channel, ledger: Ledger) -> LinkedId | None:
    call = ledger.call_of(leg)
    return None if _hidden(_parties(call, ledger)) else call


def _desk_state(desk: Desk, ledger: Ledger, now: float) -> tuple[SeatState, float, str | None, LinkedId | None]:
    legs = sorted((ledger.channels[uniqueid] for uniqueid in desk.channels), key=lambda leg: age_of(leg.uniqueid))
    up = [leg for leg in legs if leg.state == c.UP]
    for leg in up:
        if leg.spying:
            return SeatState.TALKING, leg.spying_at, SUPERVISION, None
    active = [leg for leg in up if not leg.held] or up
    if active:
        leg = active[-1]
        since = leg.held_at if leg.held else max(leg.state_at, leg.bridge_at)
        return SeatState.HELD if leg.held else SeatState.TALKING, since, None, _shown_call(leg, ledger)
    if legs:
        leg = legs[-1]
        # A seat that dials hears it ring; a called one rings.
        return SeatState.RINGING, max(leg.state_at, leg.created), None, _shown_call(leg, ledger)
    if desk.paused and desk.reason.startswith(_LOGGED_OUT):
        return SeatState.LOGGED_OUT, desk.paused_at, desk.reason, None
    if desk.away:
        return SeatState.OFFLINE, max(desk.away_at, desk.touched), None, None
    if desk.paused:
        state = SeatState.WRAP_UP if desk.reason in WRITING_UP else SeatState.PAUSED
        return state, desk.paused_at, desk.reason or None, None
    if desk.ended_at <= now < writes_up_until(desk):
        return SeatState.WRAP_UP, desk.ended_at, None, None
    return SeatState.READY, max(desk.touched, desk.paused_at, writes_up_until(desk)), None, None
