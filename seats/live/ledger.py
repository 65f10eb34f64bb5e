"""The one `apply` for snapshot and events. Pure: no clock, no I/O; mutable, so that an event costs microseconds."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, Final

from core.ids import LinkedId, SeatNumber, UniqueId
from seats.live import change as c
from seats.live.parts import Channel, Desk, age_of, newer
from seats.live.today import Today
from seats.live.translate import is_outside, seat_of_channel
from seats.roster.seat import Seat

REMEMBERED: Final = 60.0
"""Seconds (Asterisk's) what has gone is kept in mind, so that an event that comes late does not bring it back."""


class Ledger:
    """Channels, seats and today's figures. `apply` changes them; `changed_*` collect what readers must look at."""

    def __init__(self, today: Today) -> None:
        self.today = today
        self.channels: dict[UniqueId, Channel] = {}
        self.desks: dict[SeatNumber, Desk] = {}
        self.calls: dict[LinkedId, set[UniqueId]] = {}
        """Channels of each call, by the oldest linkedid it has."""
        self.changed_calls: set[LinkedId] = set()
        self.changed_seats: set[SeatNumber] = set()
        self.enrolled = False
        """Whether a roster was ever had. Before, a seat's area is the queue it serves first."""
        self.newest = 0.0
        """Asterisk's clock at the newest change."""
        self._gone: dict[UniqueId, LinkedId] = {}
        self._older: dict[LinkedId, LinkedId] = {}
        """A call that was joined with another -> the older one."""
        self._met: dict[str, LinkedId] = {}
        """Bridge -> call of whoever was in it: two calls that meet in one bridge are one."""
        self._forget: deque[tuple[float, Callable[[], object]]] = deque()
        self._appliers: Mapping[type, Callable[[Any], None]] = {
            c.ChannelSeen: self._channel_seen,
            c.ChannelGone: self._channel_gone,
            c.BridgeEntered: self._bridge_entered,
            c.BridgeLeft: self._bridge_left,
            c.BridgeGone: self._bridge_gone,
            c.HoldSet: self._hold_set,
            c.QueueJoined: self._queue_joined,
            c.QueueLeft: self._queue_left,
            c.Answered: self._answered,
            c.Decided: self._decided,
            c.SpySet: self._spy_set,
            c.DeviceSet: self._device_set,
            c.PauseSet: self._pause_set,
            c.WorkEnded: self._work_ended,
            c.ChannelTruth: self._channel_truth,
            c.ChannelAbsent: self._channel_absent,
            c.SeatTruth: self._seat_truth,
            c.SeatAbsent: self._seat_absent,
        }

    def apply(self, change: c.Change) -> None:
        """One change, from an event or a snapshot. Told twice, it changes nothing more."""
        if newer(change.at, self.newest):
            self.newest = change.at
        self._appliers[type(change)](change)

    def enrol(self, seats: Iterable[Seat]) -> None:
        """The roster, whole: who sits where. Seats not enabled are not in it."""
        self.enrolled = True
        for desk in self.desks.values():
            desk.known = False
        for seat in seats:
            if seat.enabled:
                desk = self._desk(seat.number)
                desk.area, desk.name, desk.known, desk.home = seat.area, seat.name, True, seat.area
        for number, desk in self.desks.items():
            if not desk.known:
                desk.area, desk.name = None, ""
            self.changed_seats.add(number)
        self.changed_calls |= self.calls.keys()

    def call_of(self, channel: Channel) -> LinkedId:
        """The call a channel belongs to."""
        return self._root(channel.linkedid)

    def same_call(self, linkedid: LinkedId, channel: Channel) -> bool:
        """Whether that name is one of the channel's call."""
        return self._root(linkedid) == self._root(channel.linkedid)

    @property
    def bridges(self) -> Set[str]:
        """Bridges somebody was seen in and whose end was not told."""
        return self._met.keys()

    @property
    def remembered(self) -> int:
        """How much of what has gone is kept in mind."""
        return len(self._gone) + len(self._older) + len(self._met)

    def tidy(self) -> None:
        """Forget what has gone long enough ago."""
        end = self.newest - REMEMBERED
        while self._forget and not end < self._forget[0][0] <= self.newest:
            self._forget.popleft()[1]()

    # Channels

    def _channel_seen(self, seen: c.ChannelSeen) -> None:
        channel = self.channels.get(seen.uniqueid)
        if channel is None:
            if (linkedid := self._gone.get(seen.uniqueid)) is not None:
                self._join(linkedid, seen.linkedid)
                self._caller_seen(seen)
                return
            seat = seat_of_channel(seen.channel)
            channel = Channel(seen.uniqueid, seen.linkedid, seen.channel, seat, seen.at, seen.at)
            self.channels[seen.uniqueid] = channel
            self.calls.setdefault(self._root(seen.linkedid), set()).add(seen.uniqueid)
            if seat is not None:
                self._desk(seat).channels.add(seen.uniqueid)
            self._caller_seen(seen)
        elif seen.linkedid != channel.linkedid:
            self._join(channel.linkedid, seen.linkedid)
            channel.linkedid = min(channel.linkedid, seen.linkedid, key=age_of)
        if seen.at < channel.created:
            channel.created = seen.at
            self._caller_seen(seen)
        channel.touched = max(channel.touched, seen.at)
        channel.rang |= seen.state == c.RINGING
        if seen.state > channel.state:
            channel.state, channel.state_at = seen.state, seen.at
        elif seen.state == channel.state and seen.at < channel.state_at:
            channel.state_at = seen.at
        if newer(seen.at, channel.named_at):
            channel.number, channel.caller_name, channel.named_at = seen.number, seen.name, seen.at
        self._mark(channel)

    def _caller_seen(self, seen: c.ChannelSeen) -> None:
        if str(seen.uniqueid) == seen.linkedid and is_outside(seen.channel):
            self.today.began(seen.uniqueid, seen.at)

    def _channel_gone(self, gone: c.ChannelGone) -> None:
        if (channel := self.channels.get(gone.uniqueid)) is not None:
            self._join(channel.linkedid, gone.linkedid)
            self._remove(channel)
        if gone.uniqueid not in self._gone:
            self._gone[gone.uniqueid] = gone.linkedid
            self._forget.append((self.newest, lambda: self._gone.pop(gone.uniqueid, None)))
        if str(gone.uniqueid) == gone.linkedid and is_outside(gone.channel):
            self.today.ended(gone.uniqueid)
        if seat := seat_of_channel(gone.channel):
            desk = self._desk(seat)
            desk.touched = max(desk.touched, gone.at)
            self.changed_seats.add(seat)

    def _bridge_entered(self, entered: c.BridgeEntered) -> None:
        self._meet(entered.bridge, entered.linkedid)
        if (channel := self._touch(entered.uniqueid, entered.at)) and newer(entered.at, channel.bridge_at):
            channel.bridge, channel.bridge_at = entered.bridge, entered.at

    def _bridge_left(self, left: c.BridgeLeft) -> None:
        if (channel := self._touch(left.uniqueid, left.at)) and newer(left.at, channel.bridge_at):
            channel.bridge, channel.bridge_at = None, left.at

    def _bridge_gone(self, gone: c.BridgeGone) -> None:
        self._forget.append((self.newest, lambda: self._met.pop(gone.bridge, None)))

    def _hold_set(self, hold: c.HoldSet) -> None:
        if (channel := self._touch(hold.uniqueid, hold.at)) and newer(hold.at, channel.held_at):
            channel.held, channel.held_at = hold.on, hold.at

    def _spy_set(self, spy: c.SpySet) -> None:
        if (channel := self._touch(spy.uniqueid, spy.at)) and newer(spy.at, channel.spying_at):
            channel.spying, channel.spying_at = spy.on, spy.at

    # Queues and decisions

    def _queue_joined(self, joined: c.QueueJoined) -> None:
        channel = self._touch(joined.uniqueid, joined.at)
        if channel is None or channel.seat is None:
            self.today.joined(joined.uniqueid, joined.queue, joined.at)
        if channel is None:
            return
        if channel.waiting_since is None or joined.at < channel.waiting_since:
            channel.waiting_since = joined.at
        if newer(joined.at, channel.queue_at):
            channel.queue, channel.queue_at = joined.queue, joined.at

    def _queue_left(self, left: c.QueueLeft) -> None:
        if (channel := self._touch(left.uniqueid, left.at)) and newer(left.at, channel.queue_at):
            channel.queue, channel.queue_at = None, left.at

    def _answered(self, answered: c.Answered) -> None:
        self.today.answered(answered.uniqueid, answered.at)
        self._touch(answered.uniqueid, answered.at)

    def _decided(self, decided: c.Decided) -> None:
        self.today.decided(decided.uniqueid, decided.area, decided.at)
        if (channel := self._touch(decided.uniqueid, decided.at)) and newer(decided.at, channel.decided_at):
            channel.area, channel.reason, channel.decided_at = decided.area, decided.reason, decided.at

    # Seats

    def _device_set(self, device: c.DeviceSet) -> None:
        desk = self._desk(device.seat)
        desk.touched = max(desk.touched, device.at)
        if newer(device.at, desk.away_at):
            desk.away, desk.away_at = device.away, device.at
        self.changed_seats.add(device.seat)

    def _pause_set(self, pause: c.PauseSet) -> None:
        desk = self._desk(pause.seat)
        if desk.home not in (None, pause.queue):
            return
        desk.touched = max(desk.touched, pause.at)
        if newer(pause.at, desk.paused_at):
            desk.paused, desk.reason, desk.paused_at = pause.paused, pause.reason, pause.at
            self.changed_seats.add(pause.seat)

    def _work_ended(self, ended: c.WorkEnded) -> None:
        desk = self._desk(ended.seat)
        if ended.at > desk.ended_at:
            desk.ended_at = ended.at
            self.changed_seats.add(ended.seat)

    # The snapshot's word

    def _channel_truth(self, truth: c.ChannelTruth) -> None:
        self._gone.pop(truth.uniqueid, None)
        known = truth.uniqueid in self.channels
        # Asterisk does not say since when; what we have not seen begin counts from the channel's own birth.
        since = truth.at if known else min(truth.at, age_of(truth.uniqueid)[0])
        words = (truth.uniqueid, truth.linkedid, truth.channel, truth.state, truth.number, truth.name)
        self._channel_seen(c.ChannelSeen(*words, since))
        channel = self.channels[truth.uniqueid]
        channel.touched = max(channel.touched, truth.at)
        if channel.state != truth.state:
            channel.state, channel.state_at = truth.state, since
        if truth.bridge is not None:
            self._meet(truth.bridge, truth.linkedid)
        if channel.bridge != truth.bridge:
            channel.bridge, channel.bridge_at = truth.bridge, since
        if channel.held != truth.held:
            channel.held, channel.held_at = truth.held, truth.at
        if channel.spying != truth.spying:
            channel.spying, channel.spying_at = truth.spying, truth.at
        if channel.queue != truth.queue:
            if truth.queue is not None:
                self._queue_joined(c.QueueJoined(truth.uniqueid, truth.queue, truth.at - truth.waited))
            channel.queue, channel.queue_at = truth.queue, truth.at
        if truth.decision is not None and truth.decision != (channel.area, channel.reason):
            area, reason = truth.decision
            self._decided(c.Decided(truth.uniqueid, area, reason, truth.at))
        self._mark(channel)

    def _channel_absent(self, absent: c.ChannelAbsent) -> None:
        if (channel := self.channels.get(absent.uniqueid)) is not None:
            self._remove(channel)
            if channel.outside:
                self.today.ended(channel.uniqueid)
            if channel.seat is not None:
                desk = self._desk(channel.seat)
                desk.touched = max(desk.touched, absent.at)

    def _seat_truth(self, truth: c.SeatTruth) -> None:
        desk = self._desk(truth.seat)
        if desk.home is None:
            desk.home = truth.home
        if not self.enrolled:
            desk.area = truth.home
        if desk.away != truth.away or not desk.away_at:
            desk.away, desk.away_at = truth.away, truth.at
            desk.touched = max(desk.touched, truth.at)
        if (desk.paused, desk.reason) != (truth.paused, truth.reason):
            desk.paused, desk.reason, desk.paused_at = truth.paused, truth.reason, truth.paused_at or truth.at
        desk.ended_at = max(desk.ended_at, truth.last_call)
        desk.wrap_up = truth.wrap_up
        self.changed_seats.add(truth.seat)

    def _seat_absent(self, absent: c.SeatAbsent) -> None:
        desk = self.desks[absent.seat]
        if desk.known:
            desk.away, desk.away_at = True, absent.at
        elif not desk.channels:
            del self.desks[absent.seat]
        self.changed_seats.add(absent.seat)

    # Bookkeeping

    def _desk(self, number: SeatNumber) -> Desk:
        desk = self.desks.get(number)
        if desk is None:
            desk = self.desks[number] = Desk(number)
            self.changed_seats.add(number)
        return desk

    def _touch(self, uniqueid: UniqueId, at: float) -> Channel | None:
        channel = self.channels.get(uniqueid)
        if channel is not None:
            channel.touched = max(channel.touched, at)
            self._mark(channel)
        return channel

    def _mark(self, channel: Channel) -> None:
        self.changed_calls.add(self._root(channel.linkedid))
        if channel.seat is not None:
            self.changed_seats.add(channel.seat)

    def _remove(self, channel: Channel) -> None:
        uniqueid = channel.uniqueid
        del self.channels[uniqueid]
        self._mark(channel)
        call = self._root(channel.linkedid)
        if (legs := self.calls.get(call)) is not None:
            legs.discard(uniqueid)
            if not legs:
                del self.calls[call]
        if channel.seat is not None and (desk := self.desks.get(channel.seat)) is not None:
            desk.channels.discard(uniqueid)

    def _root(self, linkedid: LinkedId) -> LinkedId:
        while (older := self._older.get(linkedid)) is not None:
            linkedid = older
        return linkedid

    def _meet(self, bridge: str, linkedid: LinkedId) -> None:
        self._join(self._met.setdefault(bridge, linkedid), linkedid)

    def _join(self, one: LinkedId, other: LinkedId) -> None:
        """Two calls are one: it has the older's name."""
        first, second = self._root(one), self._root(other)
        if first == second:
            return
        if age_of(second) < age_of(first):
            first, second = second, first
        self._older[second] = first
        self._forget_joined(second)
        legs = self.calls.pop(second, set())
        if legs:
            self.calls.setdefault(first, set()).update(legs)
        self.changed_calls |= {first, second}
        for uniqueid in legs:
            self._mark(self.channels[uniqueid])

    def _forget_joined(self, young: LinkedId) -> None:
        """A joined call's name is needed as long as a channel may still be told under it."""

        def forget() -> None:
            if self._root(young) in self.calls:
                self._forget_joined(young)
            else:
                self._older.pop(young, None)

        self._forget.append((self.newest, forget))
