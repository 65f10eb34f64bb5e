"""A telephone exchange in memory: does what it is told, tells it in Asterisk's events, answers what it has.

The events have the headers and the order of tests/recordings/ami and of an Asterisk 22 with our dialplan; the
snapshot has the rows of `Status`, `QueueStatus` and `DeviceStateList`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.ids import SeatNumber
from seats.ami import AmiEvent
from seats.live.truth import Truth, read

START = 1795319066.0
STEP = 0.001


@dataclass
class Leg:
    """One channel."""

    uniqueid: str
    linkedid: str
    name: str
    number: str
    state: int = 0
    bridge: str = ""
    held: bool = False
    decision: str = ""
    queue: str = ""
    joined: float = 0.0


@dataclass
class Party:
    """One call as the exchange has it: a caller, and the seat's leg when there is one."""

    caller: Leg
    seat: str = ""
    leg: Leg | None = None


@dataclass
class Phone:
    """One seat."""

    number: str
    queues: Sequence[str]
    state: str = "UNAVAILABLE"
    paused: bool = False
    reason: str = ""
    last_call: float = 0.0


@dataclass
class Exchange:
    """`told` holds every event so far."""

    phones: dict[str, Phone]
    now: float = START
    told: list[AmiEvent] = field(default_factory=list)
    legs: dict[str, Leg] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    wrap_up: int = 0
    _count: int = 0
    _bridges: int = 0

    @property
    def free(self) -> list[str]:
        """Seats that can be rung."""
        return [number for number, phone in self.phones.items() if phone.state == "NOT_INUSE" and not phone.paused]

    def register(self, seat: str) -> None:
        if self.phones[seat].state == "UNAVAILABLE":
            self._device(seat, "NOT_INUSE")

    def unregister(self, seat: str) -> None:
        if self.phones[seat].state == "NOT_INUSE":
            self._device(seat, "UNAVAILABLE")

    def pause(self, seat: str, paused: bool, reason: str = "") -> None:
        phone = self.phones[seat]
        phone.paused, phone.reason = paused, reason if paused else ""
        for queue in phone.queues:
            self._say("QueueMemberPause", Queue=queue, MemberName=seat, Interface=f"PJSIP/{seat}",
                      Paused=str(int(paused)), PausedReason=phone.reason)  # fmt: skip

    def arrive(self, number: str) -> Party:
        leg = self._leg("trunk", number, state=4)
        self._on("Newchannel", leg)
        party = Party(leg)
        self.parties.append(party)
        return party

    def decide(self, party: Party, area: str | None, reason: str) -> None:
        leg = party.caller
        leg.decision = json.dumps({"queue": area or "henan", "area_id": area, "reason": reason}, ensure_ascii=False)
        escaped = leg.decision.replace('"', '\\"')
        self._on("VarSet", leg, Variable="HOTLINE_ROUTED", Value=escaped)
        leg.state = 6
        self._on("Newstate", leg)

    def join(self, party: Party, queue: str) -> None:
        leg = party.caller
        leg.queue, leg.joined = queue, self.now + STEP
        self._on("QueueCallerJoin", leg, Queue=queue, Position="1", Count="1")

    def ring(self, party: Party, seat: str) -> None:
        leg = party.leg = self._leg(seat, seat, linkedid=party.caller.linkedid)
        party.seat = seat
        self._on("Newchannel", leg)
        leg.state = 5
        self._on("Newstate", leg)
        self._device(seat, "RINGING")

    def stop_ringing(self, party: Party) -> None:
        leg, party.leg = party.leg, None
        assert leg is not None
        self._end(leg)
        self._device(party.seat, "NOT_INUSE")

    def answer(self, party: Party) -> None:
        caller, leg = party.caller, party.leg
        assert leg is not None
        leg.state = 6
        self._on("Newstate", leg)
        self._device(party.seat, "INUSE")
        self._leave_queue(caller)
        self._on("AgentConnect", caller, Queue="any", Interface=f"PJSIP/{party.seat}", DestUniqueid=leg.uniqueid)
        self._bridge(leg, caller)

    def hold(self, party: Party, on: bool) -> None:
        leg = party.leg
        assert leg is not None
        leg.held = on
        self._on("Hold" if on else "Unhold", leg)

    def overflow(self, party: Party, queue: str) -> None:
        self._leave_queue(party.caller)
        self.join(party, queue)

    def transfer(self, party: Party, seat: str) -> None:
        """The seat sends the caller on to another, and leaves."""
        first, from_seat = party.leg, party.seat
        assert first is not None
        self._unbridge(first, party.caller)
        self._hang(first, from_seat)
        self.ring(party, seat)
        assert party.leg is not None
        party.leg.state = 6
        self._on("Newstate", party.leg)
        self._device(seat, "INUSE")
        self._bridge(party.leg, party.caller)

    def consult_and_hand_over(self, party: Party, seat: str) -> None:
        """The seat holds the caller, calls another seat on a second line, joins both and leaves."""
        first, from_seat = party.leg, party.seat
        assert first is not None
        self.hold(party, True)
        second = self._leg(from_seat, from_seat, state=4)
        self._on("Newchannel", second)
        there = self._leg(seat, seat, linkedid=second.linkedid)
        self._on("Newchannel", there)
        there.state = 5
        self._on("Newstate", there)
        self._device(seat, "RINGING")
        there.state = second.state = 6
        self._on("Newstate", there)
        self._on("Newstate", second)
        self._device(seat, "INUSE")
        self._bridge(second, there)
        # The caller moves into the bridge of the second call: both calls have the older name from then on.
        bridge = there.bridge
        self._on("BridgeLeave", second, BridgeUniqueid=second.bridge)
        second.bridge = ""
        self._on("BridgeLeave", party.caller, BridgeUniqueid=party.caller.bridge)
        there.linkedid = second.linkedid = party.caller.linkedid
        party.caller.bridge = bridge
        self._on("BridgeEnter", party.caller, BridgeUniqueid=bridge)
        self._on("BridgeLeave", first, BridgeUniqueid=first.bridge)
        first.bridge = ""
        self._end(second)
        self._hang(first, from_seat)
        party.leg, party.seat = there, seat

    def hang_up(self, party: Party) -> None:
        """The caller goes, whatever is going on."""
        caller, leg = party.caller, party.leg
        if leg is not None and leg.state == 6:
            self._on("AgentComplete", caller, Queue="any", Interface=f"PJSIP/{party.seat}", Reason="caller")
            self.phones[party.seat].last_call = self.now
            self._unbridge(caller, leg)
            self._hang(leg, party.seat)
        else:
            self._leave_queue(caller)
            if leg is not None:
                self.stop_ringing(party)
        self._end(caller)
        self.parties.remove(party)

    def truth(self) -> Truth:
        """What a snapshot asked now would find."""
        status, queues, devices = self.rows()
        return read(self.now, status, queues, devices)

    def rows(self) -> tuple[list[AmiEvent], list[AmiEvent], list[AmiEvent]]:
        """Answers to `Status`, `QueueStatus`, `DeviceStateList`."""
        status = [_row("Status", **_head(leg), BridgeID=leg.bridge, Application="Queue", variables=(
            f"HOTLINE_ROUTED={leg.decision}", f"CHANNEL(onhold)={int(self._on_hold(leg))}",
        )) for leg in self.legs.values()]  # fmt: skip
        queues = [_row("QueueEntry", Queue=leg.queue, Uniqueid=leg.uniqueid, Wait=str(int(self.now - leg.joined)))
                  for leg in self.legs.values() if leg.queue]  # fmt: skip
        queues += [
            _row("QueueMember", Queue=queue, Name=number, StateInterface=f"PJSIP/{number}", Penalty=str(penalty),
                 Paused=str(int(phone.paused)), PausedReason=phone.reason, LastPause="0",
                 LastCall=str(int(phone.last_call)), Wrapuptime=str(self.wrap_up), Status="1")
            for number, phone in self.phones.items() for penalty, queue in enumerate(phone.queues)
        ]  # fmt: skip
        devices = [_row("DeviceStateChange", Device=f"PJSIP/{number}", State=phone.state)
                   for number, phone in self.phones.items()]  # fmt: skip
        return status, queues, devices

    def _on_hold(self, leg: Leg) -> bool:
        """By another: Asterisk's word for a channel that is on hold, not for the one that pressed it."""
        return any(other.held and other is not leg and other.bridge == leg.bridge != "" for other in self.legs.values())

    def _leg(self, who: str, number: str, *, linkedid: str = "", state: int = 0) -> Leg:
        uniqueid = f"{int(START)}.{self._count}"
        leg = Leg(uniqueid, linkedid or uniqueid, f"PJSIP/{who}-{self._count:08x}", number, state)
        self.legs[uniqueid] = leg
        self._count += 1
        return leg

    def _bridge(self, *legs: Leg) -> None:
        self._bridges += 1
        oldest = min((leg.linkedid for leg in legs), key=lambda name: int(name.partition(".")[2]))
        for leg in legs:
            leg.bridge, leg.linkedid = f"b{self._bridges}", oldest
            self._on("BridgeEnter", leg, BridgeUniqueid=leg.bridge)

    def _unbridge(self, *legs: Leg) -> None:
        bridge = legs[0].bridge
        for leg in legs:
            self._on("BridgeLeave", leg, BridgeUniqueid=leg.bridge)
            leg.bridge = ""
        self._say("BridgeDestroy", BridgeUniqueid=bridge)

    def _leave_queue(self, leg: Leg) -> None:
        if leg.queue:
            self._on("QueueCallerLeave", leg, Queue=leg.queue, Count="0")
            leg.queue = ""

    def _hang(self, leg: Leg, seat: str) -> None:
        self._end(leg)
        if not any(other.number == seat for other in self.legs.values()):
            self._device(seat, "NOT_INUSE")

    def _end(self, leg: Leg) -> None:
        del self.legs[leg.uniqueid]
        self._on("Hangup", leg, Cause="16")

    def _device(self, seat: str, state: str) -> None:
        self.phones[SeatNumber(seat)].state = state
        self._say("DeviceStateChange", Device=f"PJSIP/{seat}", State=state)

    def _on(self, event: str, leg: Leg, **more: str) -> None:
        self._say(event, **_head(leg), **more)

    def _say(self, event: str, **fields: str) -> None:
        self.now += STEP
        self.told.append(AmiEvent(event, {"Event": event, "Timestamp": f"{self.now:.6f}", **fields}))


def _head(leg: Leg) -> dict[str, str]:
    return {
        "Channel": leg.name,
        "ChannelState": str(leg.state),
        "CallerIDNum": leg.number,
        "CallerIDName": "<unknown>",
        "Uniqueid": leg.uniqueid,
        "Linkedid": leg.linkedid,
    }


def _row(event: str, variables: tuple[str, ...] = (), **fields: str) -> AmiEvent:
    repeated = {"Variable": variables} if variables else None
    return AmiEvent(event, {"Event": event, **fields}, repeated)
