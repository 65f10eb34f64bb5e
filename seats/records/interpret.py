"""Events of one call → its record. Pure, and total: whatever the events, there is one record with one outcome."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.ids import LinkedId
from core.journal import Fact
from seats.records import outgoing
from seats.records.cel import CelEvent
from seats.records.channel import LOCAL, Channel
from seats.records.leg_result import unanswered
from seats.records.outcome import Ending, outcome_of
from seats.records.record import CallRecord, EndedBy, Leg, LegResult, MoveHow, Origin, Recording, Role
from seats.records.tale import Tale
from seats.supervision.floor import OURS

_OURS = "dialplan/"
"""Asterisk's hang-up source when the dialplan ended the channel."""
_WITHHELD = frozenset({"anonymous", "unknown", "restricted", "unavailable"})
_ROLES = {
    MoveHow.CONSULT: Role.CONSULT,
    MoveHow.ADVISER: Role.ADVISER,
    MoveHow.THIRD: Role.THIRD,
    MoveHow.THREEWAY: Role.THIRD,
    MoveHow.COMMAND: Role.SEAT,
}


def interpret(
    events: Sequence[CelEvent], facts: Sequence[Fact] = (), interrupted_at: datetime | None = None
) -> CallRecord:
    """The record of the call whose events these are, in the order Asterisk wrote them (at least one); among them
    those of the calls made on its behalf: consultations, experts who were asked.

    `facts` are the journal's facts of this call. `interrupted_at` is when Asterisk was found dead with the call open;
    it counts only if the caller's channel never ended by itself.
    """
    steady = _steady(events)
    tale = Tale(steady)
    for event in steady:
        tale.hear(event)
    record = _record(tale, facts, interrupted_at)
    return outgoing.told(record, tale) if outgoing.is_outgoing(record.linkedid) else record


def _steady(events: Sequence[CelEvent]) -> list[CelEvent]:
    """The same events on a clock that never goes back: an event earlier than the one before it happened with it."""
    latest = events[0].at
    steady = []
    for event in events:
        latest = max(latest, event.at)
        steady.append(event if event.at == latest else replace(event, at=latest))
    return steady


def _record(tale: Tale, facts: Sequence[Fact], interrupted_at: datetime | None) -> CallRecord:
    """What it all comes to."""
    first = tale.events[0]
    own = [event for event in tale.events if event.linkedid == first.linkedid]
    last = own[-1].at
    caller = tale.channels[tale.caller_id]
    if caller.ended_at is not None or any(event.type == "LINKEDID_END" for event in own):
        interrupted_at = None
    end = max(last, interrupted_at) if interrupted_at is not None else last
    tale.let_time_pass(end)
    ended_by = _ended_by(tale, caller, interrupted_at)
    decided_at, decision = _decision(tale, facts)
    area = decision.get("area_id") or decision.get("queue") if decision is not None else None
    rings = [c.first.at for c in tale.channels.values() if c.seat and c is not caller]
    started = first.at
    return CallRecord(
        linkedid=LinkedId(first.linkedid),
        origin=_origin(caller),
        caller=_number(caller.first.caller_number),
        dialled=caller.first.exten,
        area=str(area) if area else None,
        queue=tale.answering_queue or tale.queue,
        answered_by=tale.answering_seat,
        started_at=started,
        queued_at=tale.queued_at,
        answered_at=tale.answered_at,
        ended_at=end,
        set_up_ms=_ms(started, min(rings)) if rings else None,
        wait_ms=None if tale.queued_at is None else _ms(tale.queued_at, tale.answered_at or end),
        talk_ms=round(caller.talk_ms),
        outcome=outcome_of(
            Ending(
                interrupted=interrupted_at is not None,
                joined=tale.answered_at is not None,
                queued=tale.queued_at is not None,
                ended_by=ended_by,
                said=frozenset(tale.said),
            )
        ),
        ended_by=ended_by,
        cause=caller.cause,
        interrupted_at=interrupted_at,
        legs=tuple(_leg(tale, uniqueid, channel, end) for uniqueid, channel in tale.channels.items()),
        decision=decision,
        decided_at=decided_at,
        moves=tale.moves.told(),
        waited_again_ms=round(tale.waited_again_ms),
        recordings=tuple(
            Recording(name, begun, caller.ended_at or end, round(caller.talk_ms - talked))
            for name, (begun, talked) in tale.recording.items()
        ),
    )


def _ended_by(tale: Tale, caller: Channel, interrupted_at: datetime | None) -> EndedBy:
    if interrupted_at is not None or caller.source.startswith(_OURS):
        return EndedBy.SEAT if tale.seat_left and interrupted_at is None else EndedBy.PLATFORM
    if tale.seat_left:
        return EndedBy.SEAT
    if caller.source == caller.first.channel:
        return EndedBy.CALLER
    if any(c.seat and c.first.channel == caller.source for c in tale.channels.values()):
        return EndedBy.SEAT
    return EndedBy.UNKNOWN


def _decision(tale: Tale, facts: Sequence[Fact]) -> tuple[datetime | None, dict[str, Any] | None]:
    """`ROUTED` has the last word, because it says what was done; the journal's fact fills in the rest."""
    noted = [fact for fact in facts if fact.kind == "routing_decided"]
    if tale.routed is None and not noted:
        return None, None
    whole = dict(noted[-1].fields) if noted else {}
    at, said = tale.routed if tale.routed is not None else (noted[-1].at, {})
    whole.update({name: value for name, value in said.items() if value not in (None, "") or name not in whole})
    if tale.queue and not whole.get("queue"):
        whole["queue"] = tale.queue
    return at, whole


def _leg(tale: Tale, uniqueid: str, channel: Channel, end: datetime) -> Leg:
    started = min(channel.first.at, end)
    ended = min(channel.ended_at or end, end)
    picked_up = channel.answered_at or channel.joined_at
    if picked_up is not None:
        picked_up = min(picked_up, end)
    return Leg(
        uniqueid=channel.first.uniqueid,
        position=channel.position,
        role=_role(tale, uniqueid, channel),
        channel=channel.first.channel,
        seat=channel.seat,
        queue=channel.queue,
        started_at=started,
        answered_at=picked_up,
        ended_at=ended,
        ring_ms=_ms(started, picked_up or ended),
        talk_ms=round(channel.talk_ms),
        result=LegResult.ANSWERED if picked_up else unanswered(channel.cause, taken=_taken(tale, channel, ended)),
        cause=channel.cause,
        caller_ms=round(channel.caller_ms),
    )


def _role(tale: Tale, uniqueid: str, channel: Channel) -> Role:
    if uniqueid == tale.caller_id:
        return Role.CALLER
    if channel.seat is None:
        return Role.VOICE if channel.voice else Role.OTHER
    if channel.joined_at is not None:
        return Role.THIRD if channel.third else Role.SEAT
    how = tale.moves.how(channel)
    return Role.SEAT if how is None else _ROLES.get(how, Role.CONSULT)


def _taken(tale: Tale, channel: Channel, ended: datetime) -> bool:
    """Whether another seat answered while this one rang."""
    others = (other.answered_at for other in tale.channels.values() if other.seat and other is not channel)
    return bool(channel.seat) and any(at is not None and channel.first.at <= at <= ended for at in others)


def _origin(caller: Channel) -> Origin:
    if caller.first.channel.startswith(LOCAL) or caller.first.uniqueid.startswith(OURS):
        return Origin.PLATFORM
    if caller.seat and caller.first.exten.startswith("*"):
        return Origin.PLATFORM  # a seat's code: nobody called anybody
    return Origin.SEAT if caller.seat else Origin.TRUNK


def _number(received: str) -> str:
    return "" if received.lower() in _WITHHELD else received


def _ms(start: datetime, end: datetime) -> int:
    return max(round((end - start).total_seconds() * 1000), 0)
