"""The one `apply` for snapshot and events. Pure: no clock, no I/O; mutable, so that an event costs microseconds."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, Final

from core.ids import LinkedId, UniqueId
from seats.live import change as c
from seats.live.desks import Desks
from seats.live.kinship import Kinship
from seats.live.parts import Channel, age_of, newer
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
        self.seats = Desks()
        self.desks = self.seats.by_number
        self.calls: dict[LinkedId, set[UniqueId]] = {}
        """Channels of each call, by the oldest linkedid it has."""
        self.changed_calls: set[LinkedId] = set()
        self.changed_seats = self.seats.changed
        self.newest = 0.0
        """Asterisk's clock at the newest change."""
        self._gone: dict[UniqueId, LinkedId] = {}
        self._kin = Kinship()
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
            c.SeatCalled: self._seat_called,
            c.Decided: self._decided,
            c.PartOf: self._part_of,
            c.SpySet: self._spy_set,
            c.DeviceSet: self.seats.device_set,
            c.PauseSet: self.seats.pause_set,
            c.WorkEnded: self.seats.work_ended,
            c.ChannelTruth: self._channel_truth,
            c.ChannelAbsent: self._channel_absent,
            c.SeatTruth: self.seats.truth,
            c.SeatAbsent: self.seats.absent,
        }

    def apply(self, change: c.Change) -> None:
        """One change, from an event or a snapshot. Told twice, it changes nothing more."""
        if newer(change.at, self.newest):
            self.newest = change.at
        self._appliers[type(change)](change)

    def enrol(self, seats: Iterable[Seat]) -> None:
        """The roster, whole: who sits where. Seats not enabled are not in it."""
        self.seats.enrol(seats)
        self.changed_calls |= self.calls.keys()

    def call_of(self, channel: Channel) -> LinkedId:
        """The call a channel belongs to."""
        return self._kin.root(channel.linkedid)

    def same_call(self, linkedid: LinkedId, channel: Channel) -> bool:
        """Whether that name is one of the channel's call."""
        return self._kin.root(linkedid) == self._kin.root(channel.linkedid)

    @property
    def bridges(self) -> Set[str]:
        """Bridges somebody was seen in and whose end was not told."""
        return self._kin.bridges

    @property
    def remembered(self) -> int:
        """How much of what has gone is kept in mind."""
        return len(self._gone) + len(self._kin)

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
                self._united(self._kin.join(linkedid, seen.linkedid))
                self._caller_seen(seen)
                return
            seat = seat_of_channel(seen.channel)
            channel = Channel(seen.uniqueid, seen.linkedid, seen.channel, seat, seen.at, seen.at)
            self.channels[seen.uniqueid] = channel
            self.calls.setdefault(self._kin.root(seen.linkedid), set()).add(seen.uniqueid)
            if seat is not None:
                self.seats.desk(seat).channels.add(seen.uniqueid)
            self._caller_seen(seen)
        elif seen.linkedid != channel.linkedid:
            self._united(self._kin.join(channel.linkedid, seen.linkedid))
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
            self._united(self._kin.join(channel.linkedid, gone.linkedid))
            self._remove(channel)
        if gone.uniqueid not in self._gone:
            self._gone[gone.uniqueid] = gone.linkedid
            self._forget.append((self.newest, lambda: self._gone.pop(gone.uniqueid, None)))
        if str(gone.uniqueid) == gone.linkedid and is_outside(gone.channel):
            self.today.ended(gone.uniqueid)
        if seat := seat_of_channel(gone.channel):
            self.seats.touch(seat, gone.at)

    def _bridge_entered(self, entered: c.BridgeEntered) -> None:
        self._united(self._kin.meet(entered.bridge, entered.linkedid))
        if (channel := self._touch(entered.uniqueid, entered.at)) and newer(entered.at, channel.bridge_at):
            channel.bridge, channel.bridge_at = entered.bridge, entered.at

    def _bridge_left(self, left: c.BridgeLeft) -> None:
        if (channel := self._touch(left.uniqueid, left.at)) and newer(left.at, channel.bridge_at):
            channel.bridge, channel.bridge_at = None, left.at

    def _bridge_gone(self, gone: c.BridgeGone) -> None:
        self._forget.append((self.newest, lambda: self._kin.forget_bridge(gone.bridge)))

    def _hold_set(self, hold: c.HoldSet) -> None:
        if (channel := self._touch(hold.uniqueid, hold.at)) and newer(hold.at, channel.held_at):
            channel.held, channel.held_at = hold.on, hold.at

    def _spy_set(self, spy: c.SpySet) -> None:
        if (channel := self._touch(spy.uniqueid, spy.at)) and newer(spy.at, channel.spying_at):
            channel.spying, channel.spying_at = spy.on, spy.at

    def _part_of(self, part: c.PartOf) -> None:
        self._united(self._kin.join(part.linkedid, part.of))
        self._touch(part.uniqueid, part.at)

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

    def _seat_called(self, called: c.SeatCalled) -> None:
        self._touch(called.uniqueid, called.at)

    def _decided(self, decided: c.Decided) -> None:
        self.today.decided(decided.uniqueid, decided.area, decided.at)
        if (channel := self._touch(decided.uniqueid, decided.at)) and newer(decided.at, channel.decided_at):
            channel.area, channel.reason, channel.decided_at = decided.area, decided.reason, decided.at

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
        if truth.part_of is not None:
            self._united(self._kin.join(truth.linkedid, truth.part_of))
        if truth.bridge is not None:
            self._united(self._kin.meet(truth.bridge, truth.linkedid))
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
                self.seats.touch(channel.seat, absent.at)

    # Bookkeeping

    def _touch(self, uniqueid: UniqueId, at: float) -> Channel | None:
        channel = self.channels.get(uniqueid)
        if channel is not None:
            channel.touched = max(channel.touched, at)
            self._mark(channel)
        return channel

    def _mark(self, channel: Channel) -> None:
        self.changed_calls.add(self._kin.root(channel.linkedid))
        if channel.seat is not None:
            self.changed_seats.add(channel.seat)

    def _remove(self, channel: Channel) -> None:
        uniqueid = channel.uniqueid
        del self.channels[uniqueid]
        self._mark(channel)
        call = self._kin.root(channel.linkedid)
        if (legs := self.calls.get(call)) is not None:
            legs.discard(uniqueid)
            if not legs:
                del self.calls[call]
        if channel.seat is not None and (desk := self.desks.get(channel.seat)) is not None:
            desk.channels.discard(uniqueid)

    def _united(self, names: tuple[LinkedId, LinkedId] | None) -> None:
        """Two calls became one: its channels go by the older name."""
        if names is None:
            return
        older, younger = names
        self._forget_name(younger)
        legs = self.calls.pop(younger, set())
        if legs:
            self.calls.setdefault(older, set()).update(legs)
        self.changed_calls |= {older, younger}
        for uniqueid in legs:
            self._mark(self.channels[uniqueid])

    def _forget_name(self, young: LinkedId) -> None:
        """Needed as long as a channel may still be told of under it."""

        def forget() -> None:
            if self._kin.root(young) in self.calls:
                self._forget_name(young)
            else:
                self._kin.forget(young)

        self._forget.append((self.newest, forget))
