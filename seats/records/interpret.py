"""Events of one call → its record. Pure, and total: whatever the events, there is one record with one outcome."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.ids import LinkedId
from core.journal import Fact
from seats.records.cel import CelEvent
from seats.records.leg_result import unanswered
from seats.records.outcome import Ending, outcome_of
from seats.records.record import CallRecord, EndedBy, Leg, LegResult, Origin, Recording, Role
from seats.records.recording import is_id
from seats.supervision.floor import OURS

_SEAT_CHANNEL = re.compile(r"PJSIP/([0-9]{6,8})-[0-9a-f]+\Z")
_LOCAL = "Local/"
_OURS = "dialplan/"
"""Asterisk's hang-up source when the dialplan ended the channel."""
_WITHHELD = frozenset({"anonymous", "unknown", "restricted", "unavailable"})


def interpret(
    events: Sequence[CelEvent], facts: Sequence[Fact] = (), interrupted_at: datetime | None = None
) -> CallRecord:
    """The record of the call whose events these are, in the order Asterisk wrote them (at least one).

    `facts` are the journal's facts of this call. `interrupted_at` is when Asterisk was found dead with the call open;
    it counts only if the caller's channel never ended by itself.
    """
    steady = _steady(events)
    tale = _Tale(steady)
    for event in steady:
        tale.hear(event)
    return tale.record(facts, interrupted_at)


def _steady(events: Sequence[CelEvent]) -> list[CelEvent]:
    """The same events on a clock that never goes back: an event earlier than the one before it happened with it."""
    latest = events[0].at
    steady = []
    for event in events:
        latest = max(latest, event.at)
        steady.append(event if event.at == latest else replace(event, at=latest))
    return steady


@dataclass(slots=True)
class _Channel:
    """What is known of one channel so far."""

    first: CelEvent
    position: int
    queue: str | None
    answered_at: datetime | None = None
    joined_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None
    source: str = ""
    talk_ms: float = 0

    @property
    def seat(self) -> str | None:
        match = _SEAT_CHANNEL.match(self.first.channel)
        return match.group(1) if match else None


@dataclass(slots=True)
class _Tale:
    """A call as it unfolds: one method an event type, chosen by table."""

    events: Sequence[CelEvent]
    channels: dict[str, _Channel] = field(default_factory=dict)
    bridges: dict[str, set[str]] = field(default_factory=dict)
    clock: datetime | None = None
    talk_ms: float = 0
    queue: str | None = None
    waiting: bool = False
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    answering_seat: str | None = None
    answering_queue: str | None = None
    said: set[str] = field(default_factory=set)
    routed: tuple[datetime, Mapping[str, Any]] | None = None
    recording: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    """By id: when it began, and what the caller had talked by then."""

    @property
    def caller_id(self) -> str:
        """uniqueid of the caller's channel: the one the call is named after, else the first there was."""
        linkedid = self.events[0].linkedid
        return linkedid if linkedid in self.channels else next(iter(self.channels))

    def hear(self, event: CelEvent) -> None:
        """Take in the next event."""
        self._let_time_pass(event.at)
        channel = self.channels.get(event.uniqueid)
        if channel is None:
            channel = _Channel(event, len(self.channels), self.queue if self.waiting else None)
            self.channels[event.uniqueid] = channel
        if event.of_dialplan:
            self._of_dialplan(event)
        elif action := _ACTIONS.get(event.type):
            action(self, event, channel)

    def _let_time_pass(self, now: datetime) -> None:
        """Give everyone who is joined with somebody the time since the last event."""
        if self.clock is not None and now > self.clock:
            passed = (now - self.clock).total_seconds() * 1000
            for members in self.bridges.values():
                if len(members) < 2:
                    continue
                for member in members:
                    self.channels[member].talk_ms += passed
        self.clock = now

    def _of_dialplan(self, event: CelEvent) -> None:
        self.said.add(event.type)
        if event.type == "ROUTED":
            self.routed = (event.at, event.details())
        elif event.type == "RECORDING" and is_id(name := event.details().get("id")):
            self.recording[name] = (event.at, self.channels[self.caller_id].talk_ms)

    def _answer(self, event: CelEvent, channel: _Channel) -> None:
        if channel.answered_at is None:
            channel.answered_at = event.at

    def _app_start(self, event: CelEvent, channel: _Channel) -> None:
        if event.app.lower() != "queue" or event.uniqueid != self.caller_id:
            return
        self.queue = event.app_data.split(",", 1)[0]
        self.waiting = True
        if self.queued_at is None:
            self.queued_at = event.at

    def _app_end(self, event: CelEvent, channel: _Channel) -> None:
        if event.app.lower() == "queue" and event.uniqueid == self.caller_id:
            self.waiting = False

    def _bridge_enter(self, event: CelEvent, channel: _Channel) -> None:
        members = self.bridges.setdefault(str(event.details().get("bridge_id", "")), set())
        members.add(event.uniqueid)
        if self.caller_id not in members or len(members) < 2:
            return
        for member in members:
            if self.channels[member].joined_at is None:
                self.channels[member].joined_at = event.at
        if self.answered_at is None:
            others = (self.channels[member] for member in members if member != self.caller_id)
            first = min(others, key=lambda other: (other.seat is None, other.position))
            self.answered_at = event.at
            self.answering_seat = first.seat
            self.answering_queue = first.queue or self.queue

    def _bridge_exit(self, event: CelEvent, channel: _Channel) -> None:
        for members in self.bridges.values():
            members.discard(event.uniqueid)

    def _hangup(self, event: CelEvent, channel: _Channel) -> None:
        details = event.details()
        cause, source = details.get("hangupcause"), details.get("hangupsource")
        if isinstance(cause, int) and cause > 0:
            channel.cause = cause
        if isinstance(source, str):
            channel.source = source
        self._end(event, channel)

    def _end(self, event: CelEvent, channel: _Channel) -> None:
        if channel.ended_at is None:
            channel.ended_at = event.at
        self._bridge_exit(event, channel)

    def record(self, facts: Sequence[Fact], interrupted_at: datetime | None) -> CallRecord:
        """What it all comes to."""
        first, last = self.events[0], self.events[-1].at
        caller = self.channels[self.caller_id]
        if caller.ended_at is not None or any(event.type == "LINKEDID_END" for event in self.events):
            interrupted_at = None
        end = max(last, interrupted_at) if interrupted_at is not None else last
        self._let_time_pass(end)
        ended_by = self._ended_by(caller, interrupted_at)
        decided_at, decision = self._decision(facts)
        area = decision.get("area_id") or decision.get("queue") if decision is not None else None
        rings = [c.first.at for c in self.channels.values() if c.seat and c is not caller]
        started = first.at
        return CallRecord(
            linkedid=LinkedId(first.linkedid),
            origin=_origin(caller),
            caller=_number(caller.first.caller_number),
            dialled=caller.first.exten,
            area=str(area) if area else None,
            queue=self.answering_queue or self.queue,
            answered_by=self.answering_seat,
            started_at=started,
            queued_at=self.queued_at,
            answered_at=self.answered_at,
            ended_at=end,
            set_up_ms=_ms(started, min(rings)) if rings else None,
            wait_ms=None if self.queued_at is None else _ms(self.queued_at, self.answered_at or end),
            talk_ms=round(caller.talk_ms),
            outcome=outcome_of(
                Ending(
                    interrupted=interrupted_at is not None,
                    joined=self.answered_at is not None,
                    queued=self.queued_at is not None,
                    ended_by=ended_by,
                    said=frozenset(self.said),
                )
            ),
            ended_by=ended_by,
            cause=caller.cause,
            interrupted_at=interrupted_at,
            legs=tuple(self._leg(uniqueid, channel, end) for uniqueid, channel in self.channels.items()),
            decision=decision,
            decided_at=decided_at,
            recordings=tuple(
                Recording(name, begun, caller.ended_at or end, round(caller.talk_ms - talked))
                for name, (begun, talked) in self.recording.items()
            ),
        )

    def _ended_by(self, caller: _Channel, interrupted_at: datetime | None) -> EndedBy:
        if interrupted_at is not None or caller.source.startswith(_OURS):
            return EndedBy.PLATFORM
        if caller.source == caller.first.channel:
            return EndedBy.CALLER
        if any(c.seat and c.first.channel == caller.source for c in self.channels.values()):
            return EndedBy.SEAT
        return EndedBy.UNKNOWN

    def _decision(self, facts: Sequence[Fact]) -> tuple[datetime | None, dict[str, Any] | None]:
        """`ROUTED` has the last word, because it says what was done; the journal's fact fills in the rest."""
        noted = [fact for fact in facts if fact.kind == "routing_decided"]
        if self.routed is None and not noted:
            return None, None
        whole = dict(noted[-1].fields) if noted else {}
        at, said = self.routed if self.routed is not None else (noted[-1].at, {})
        whole.update({name: value for name, value in said.items() if value not in (None, "") or name not in whole})
        if self.queue and not whole.get("queue"):
            whole["queue"] = self.queue
        return at, whole

    def _leg(self, uniqueid: str, channel: _Channel, end: datetime) -> Leg:
        started = channel.first.at
        ended = channel.ended_at or end
        is_caller = uniqueid == self.caller_id
        picked_up = channel.answered_at or channel.joined_at
        return Leg(
            uniqueid=channel.first.uniqueid,
            position=channel.position,
            role=Role.CALLER if is_caller else Role.SEAT if channel.seat else Role.OTHER,
            channel=channel.first.channel,
            seat=channel.seat,
            queue=channel.queue,
            started_at=started,
            answered_at=picked_up,
            ended_at=ended,
            ring_ms=_ms(started, picked_up or ended),
            talk_ms=round(channel.talk_ms),
            result=LegResult.ANSWERED if picked_up else unanswered(channel.cause, taken=self._taken(channel, ended)),
            cause=channel.cause,
        )

    def _taken(self, channel: _Channel, ended: datetime) -> bool:
        """Whether another seat answered while this one rang."""
        others = (other.answered_at for other in self.channels.values() if other.seat and other is not channel)
        return bool(channel.seat) and any(at is not None and channel.first.at <= at <= ended for at in others)


_ACTIONS = {
    "ANSWER": _Tale._answer,
    "APP_START": _Tale._app_start,
    "APP_END": _Tale._app_end,
    "BRIDGE_ENTER": _Tale._bridge_enter,
    "BRIDGE_EXIT": _Tale._bridge_exit,
    "HANGUP": _Tale._hangup,
    "CHAN_END": _Tale._end,
}


def _origin(caller: _Channel) -> Origin:
    if caller.first.channel.startswith(_LOCAL) or caller.first.uniqueid.startswith(OURS):
        return Origin.PLATFORM
    return Origin.SEAT if caller.seat else Origin.TRUNK


def _number(received: str) -> str:
    return "" if received.lower() in _WITHHELD else received


def _ms(start: datetime, end: datetime) -> int:
    return max(round((end - start).total_seconds() * 1000), 0)
