"""A call the platform made to somebody who is owed one, as people would tell it: who was called, by whom, whence.

Asterisk has it in two halves: one stood in the queue and talks with the seat, the other calls the person.
"""

from dataclasses import replace
from datetime import datetime

from core.ids import LinkedId
from seats.records.channel import Channel
from seats.records.record import CallRecord, EndedBy, Leg, Origin, Outcome, Role
from seats.records.tale import Tale

PREFIX = "cb-"
"""How the linkedid of such a call begins."""
PERSON = "PJSIP/trunk-out-"


def is_outgoing(linkedid: LinkedId) -> bool:
    """Whether the call of that name is one."""
    return linkedid.startswith(PREFIX)


def told(record: CallRecord, tale: Tale) -> CallRecord:
    """`record` as it is of such a call. The caller is the person called; the seat is who talked with them."""
    queues = [event for event in tale.events if event.type == "APP_START" and event.app.lower() == "queue"]
    person = next((c for c in tale.channels.values() if c.first.channel.startswith(PERSON)), None)
    seats = [channel for channel in tale.channels.values() if channel.seat and channel.answered_at]
    halves = tale.channels[tale.caller_id].ended_at
    answered = record.outcome is Outcome.ANSWERED
    queued_at = queues[0].at if queues else None
    queue = queues[-1].app_data.split(",", 1)[0] if queues else None
    waited = None if queued_at is None else (record.answered_at or record.ended_at) - queued_at
    return replace(
        record,
        origin=Origin.CALLBACK,
        caller=queues[0].caller_number if queues else "",
        dialled="",
        area=record.area or queue,
        queue=queue,
        answered_by=seats[0].seat if answered and seats else None,
        queued_at=queued_at,
        talk_ms=record.talk_ms + sum(leg.talk_ms for leg in record.legs if _direct(leg, halves)),
        wait_ms=None if waited is None else max(round(waited.total_seconds() * 1000), 0),
        ended_by=_ended_by(record, person, seats),
        legs=tuple(_leg(leg, person, queue, halves) for leg in record.legs),
    )


def _ended_by(record: CallRecord, person: Channel | None, seats: list[Channel]) -> EndedBy:
    if record.interrupted_at is not None:
        return EndedBy.PLATFORM
    if record.ended_by is EndedBy.SEAT:
        return EndedBy.SEAT  # and the person was asked to rate
    if person is not None and person.source == person.first.channel:
        return EndedBy.CALLER
    if any(seat.source == seat.first.channel for seat in seats):
        return EndedBy.SEAT
    return EndedBy.PLATFORM


def _leg(leg: Leg, person: Channel | None, queue: str | None, halves: datetime | None) -> Leg:
    if person is not None and leg.uniqueid == person.first.uniqueid:
        return replace(leg, role=Role.CALLER)
    if leg.seat:
        talked = leg.talk_ms if _direct(leg, halves) else leg.caller_ms
        return replace(leg, role=Role.SEAT, queue=leg.queue or queue, caller_ms=talked)
    return replace(leg, role=Role.OTHER)


def _direct(leg: Leg, halves: datetime | None) -> bool:
    """Whether that seat came when the two halves had ended: a person who was there still talks with it directly."""
    return leg.seat is not None and halves is not None and leg.started_at >= halves
