"""A call as it unfolds, event by event. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from seats.records.cel import CelEvent
from seats.records.channel import LOCAL, Channel
from seats.records.moving import Moves
from seats.records.recording import is_id

_ALONE = frozenset({"queue", "dial"})
"""Applications in which a caller without anybody waits for somebody."""


@dataclass(slots=True)
class Tale:
    """A call as it unfolds: one method an event type, chosen by table."""

    events: Sequence[CelEvent]
    channels: dict[str, Channel] = field(default_factory=dict)
    bridges: dict[str, set[str]] = field(default_factory=dict)
    moves: Moves = field(default_factory=Moves)
    company: set[str] = field(default_factory=set)
    """Who is in one talk with the caller."""
    clock: datetime | None = None
    queue: str | None = None
    waiting: bool = False
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    answering_seat: str | None = None
    answering_queue: str | None = None
    alone_ms: float = 0
    """Since the caller was left, not known yet for what."""
    waited_again_ms: float = 0
    seat_left: bool = False
    """The seat hung up and the caller was still there; nobody has taken them since."""
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
        self.let_time_pass(event.at)
        channel = self.channels.get(event.uniqueid)
        if channel is None:
            channel = Channel(event, len(self.channels), self.queue if self.waiting else None)
            self.channels[event.uniqueid] = channel
        self.moves.ring(event, channel)
        if event.of_dialplan:
            self._of_dialplan(event)
        elif action := _ACTIONS.get(event.type):
            action(self, event, channel)

    def let_time_pass(self, now: datetime) -> None:
        """Give everyone who is joined with somebody the time since the last event."""
        if self.clock is not None and now > self.clock:
            passed = (now - self.clock).total_seconds() * 1000
            for members in self.bridges.values():
                if len(members) > 1:
                    for member in members - {self.caller_id}:
                        self.channels[member].talk_ms += passed
            if self._accompanied(self.company):
                self.channels[self.caller_id].talk_ms += passed
                for member in (self.caller_id, *self.company):
                    self.channels[member].caller_ms += passed
            elif self.waiting and self.answered_at is not None:
                self.alone_ms += passed
        self.clock = now

    def _accompanied(self, company: set[str]) -> bool:
        """Whether somebody of them is not the platform's own voice."""
        return any(not self.channels[member].voice for member in company)

    def _look_around(self) -> None:
        """Find the caller's company anew: a Local channel joins what stands at its two ends."""
        found: set[str] = set()
        looked: set[str] = set()
        todo = [self.caller_id]
        while todo:
            one = todo.pop()
            looked.add(one)
            for members in self.bridges.values():
                if one in members:
                    found |= members
            ends = {other for member in found if (other := self._other_end(member)) is not None}
            todo += ends - looked - set(todo)
            found |= {end for end in ends if any(end in members for members in self.bridges.values())}
        self.company = found - {self.caller_id}

    def _other_end(self, uniqueid: str) -> str | None:
        name = self.channels[uniqueid].first.channel
        if not name.startswith(LOCAL):
            return None
        other = name[:-1] + ("2" if name.endswith("1") else "1")
        return next((each for each, channel in self.channels.items() if channel.first.channel == other), None)

    def _of_dialplan(self, event: CelEvent) -> None:
        self.said.add(event.type)
        self.moves.hear(event)
        if event.type == "ROUTED":
            self.routed = (event.at, event.details())
        elif event.type == "AFTER_SEAT":
            # Lost is not left: the caller goes back to the queue.
            self.seat_left, self.alone_ms = event.details().get("lost") is not True, 0
        elif event.type == "RECORDING" and is_id(name := event.details().get("id")):
            self.recording[name] = (event.at, self.channels[self.caller_id].talk_ms)

    def _answer(self, event: CelEvent, channel: Channel) -> None:
        if channel.answered_at is None:
            channel.answered_at = event.at

    def _app_start(self, event: CelEvent, channel: Channel) -> None:
        app = event.app.lower()
        if app not in _ALONE or event.uniqueid != self.caller_id:
            return
        self.seat_left = False
        self.waiting = True
        if app == "queue":
            self.queue = event.app_data.split(",", 1)[0]
            if self.queued_at is None:
                self.queued_at = event.at

    def _app_end(self, event: CelEvent, channel: Channel) -> None:
        if event.app.lower() in _ALONE and event.uniqueid == self.caller_id:
            self.waiting = False
            self.waited_again_ms, self.alone_ms = self.waited_again_ms + self.alone_ms, 0

    def _bridge_enter(self, event: CelEvent, channel: Channel) -> None:
        before = self.company
        members = self.bridges.setdefault(str(event.details().get("bridge_id", "")), set())
        members.add(event.uniqueid)
        self._look_around()
        if not self._accompanied(self.company):
            if len(members) > 1 and self.caller_id not in members:
                for member in members:
                    self.moves.joined_seat(self.channels[member], event.at)
            return
        if event.uniqueid in self.company and channel.joined_at is None:
            channel.third = any(self.channels[member].seat for member in before - {event.uniqueid})
        for member in (self.caller_id, *sorted(self.company)):
            if self.channels[member].joined_at is None:
                self.channels[member].joined_at = event.at
            if member != self.caller_id:
                self.moves.joined_caller(self.channels[member], event.at)
        for member in members - self.company - {self.caller_id}:
            self.moves.joined_seat(self.channels[member], event.at)
        self.waited_again_ms, self.alone_ms = self.waited_again_ms + self.alone_ms, 0
        if self.answered_at is None:
            others = (self.channels[member] for member in self.company)
            first = min(others, key=lambda other: (other.seat is None, other.voice, other.position))
            self.answered_at = event.at
            self.answering_seat = first.seat
            self.answering_queue = first.queue or self.queue

    def _bridge_exit(self, event: CelEvent, channel: Channel) -> None:
        for members in self.bridges.values():
            if event.uniqueid in members:
                members.discard(event.uniqueid)
                self._look_around()

    def _hangup(self, event: CelEvent, channel: Channel) -> None:
        details = event.details()
        cause, source = details.get("hangupcause"), details.get("hangupsource")
        if isinstance(cause, int) and cause > 0:
            channel.cause = cause
        if isinstance(source, str):
            channel.source = source
        self._end(event, channel)

    def _end(self, event: CelEvent, channel: Channel) -> None:
        if channel.ended_at is None:
            channel.ended_at = event.at
            self.moves.left(channel, event.at)
        self._bridge_exit(event, channel)


_ACTIONS = {
    "ANSWER": Tale._answer,
    "APP_START": Tale._app_start,
    "APP_END": Tale._app_end,
    "BRIDGE_ENTER": Tale._bridge_enter,
    "BRIDGE_EXIT": Tale._bridge_exit,
    "HANGUP": Tale._hangup,
    "CHAN_END": Tale._end,
}
