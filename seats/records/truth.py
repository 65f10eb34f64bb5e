"""What Asterisk's events say of a call, counted plainly: no interpreter, no record, nothing to agree with but events.

This is the other side of every comparison of `invariants`; it shares no code with `interpret` on purpose.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.ids import UniqueId
from seats.records.cel import CelEvent

_SEAT = re.compile(r"PJSIP/(\d{6,8})-")
_BY_EVENT = {
    "CALLBACK_BOOKED": "callback_booked",
    "MESSAGE_LEFT": "message_left",
    "SELF_SERVED": "self_served",
    "NOT_REACHED": "not_reached",
    "TOLD": "told_and_ended",
}
"""Endings the dialplan announces, the strongest first."""


@dataclass(slots=True)
class Truth:
    """One linkedid as its events have it."""

    linkedid: str
    caller: str
    """uniqueid of the channel the call is named after, else of its first."""
    events: int = 0
    ended: bool = False
    channels: set[str] = field(default_factory=set)
    """By uniqueid."""
    together: dict[str, set[str]] = field(default_factory=dict)
    """Who is in which bridge at the moment."""
    answered: bool = False
    seats: set[str] = field(default_factory=set)
    """That were in a bridge with the caller."""
    queued: bool = False
    said: set[str] = field(default_factory=set)
    hung_up: bool = False
    """The caller's channel is gone …"""
    by_caller: bool = False
    """… because the caller hung up."""
    recordings: set[str] = field(default_factory=set)

    @property
    def outcome(self) -> str:
        """The outcome the record must have."""
        if not (self.ended or self.hung_up):
            return "interrupted"
        if self.answered:
            return "answered"
        for event, outcome in _BY_EVENT.items():
            if event in self.said:
                return outcome
        if not self.by_caller:
            return "failed"
        return "abandoned_in_queue" if self.queued else "abandoned_in_menu"


_ON_BEHALF = re.compile(r'"of\W+([0-9]+\.[0-9]+|[ms]v-[0-9a-f]+)')
_CALLED_BACK = "cb-"
"""How calls begin that the platform makes to people who are owed one."""
_OWN_PHONE = re.compile(r"[ms]v-")
_ERRAND = re.compile(r"[a-z]+/[0-9]*/(.+)")
"""Account of a phone we rang for a call, answered or not."""


def parts(events: Iterable[CelEvent]) -> dict[str, str]:
    """Calls Asterisk counts apart that were made on another's behalf, and that other: by the event that says so, and of
    a phone we rang by its name, which it keeps when it comes into somebody's call."""
    of: dict[str, str] = {}
    for event in events:
        if event.user_type in {"CONSULT", "HAND_RAISED", "JOINING"} and (found := _ON_BEHALF.search(event.extra)):
            of.setdefault(str(event.linkedid), found[1])
        elif _OWN_PHONE.match(event.uniqueid) and str(event.linkedid) != str(event.uniqueid):
            of.setdefault(str(event.uniqueid), str(event.linkedid))
        elif _OWN_PHONE.match(event.uniqueid) and (found := _ERRAND.fullmatch(event.account)):
            of.setdefault(str(event.uniqueid), found[1])
    for name in of:
        seen = {name}
        while of[name] in of and of[name] not in seen:
            seen.add(of[name])
            of[name] = of[of[name]]
    return {name: call for name, call in of.items() if name != call}


def truths(events: Sequence[CelEvent]) -> dict[str, Truth]:
    """Every call of `events`, which are in the order Asterisk wrote them."""
    part_of = parts(events)
    of_call: dict[str, list[CelEvent]] = {}
    for event in events:
        of_call.setdefault(part_of.get(event.linkedid, event.linkedid), []).append(event)
    return {linkedid: _truth(linkedid, told) for linkedid, told in of_call.items()}


def _truth(linkedid: str, events: Sequence[CelEvent]) -> Truth:
    names = {event.uniqueid: event.channel for event in events}
    named = linkedid in set(names)
    truth = Truth(linkedid, linkedid if named else str(events[0].uniqueid))
    for event in events:
        _count(truth, event, names)
    if not truth.answered and linkedid.startswith(_CALLED_BACK):
        truth.seats.clear()  # a seat was there, the person was not
    return truth


def _count(truth: Truth, event: CelEvent, names: Mapping[UniqueId, str]) -> None:
    truth.events += 1
    truth.channels.add(event.uniqueid)
    own = event.uniqueid == truth.caller
    if event.user_type:
        truth.said.add(event.user_type)
        if event.user_type == "RECORDING":
            truth.recordings.update(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", event.extra))
        return
    match event.type:
        case "LINKEDID_END" if event.linkedid == truth.linkedid:
            truth.ended = True
        case "APP_START" if own and event.app == "Queue":
            truth.queued = True
        case "BRIDGE_ENTER":
            inside = truth.together.setdefault(json.loads(event.extra)["bridge_id"], set())
            inside.add(event.uniqueid)
            others = [names[UniqueId(uniqueid)] for uniqueid in inside if uniqueid != truth.caller]
            if f"{truth.caller}-q" in inside:
                # The half of a call of ours that stood in the queue: whom it is joined with talks with the person.
                truth.seats.update(seat[1] for channel in others if (seat := _SEAT.match(channel)))
            if truth.caller in inside and any(not channel.startswith("WebSocket/") for channel in others):
                truth.answered = True
                truth.seats.update(seat[1] for channel in others if (seat := _SEAT.match(channel)))
        case "BRIDGE_EXIT":
            for inside in truth.together.values():
                inside.discard(event.uniqueid)
        case "HANGUP" if own:
            truth.hung_up = True
            truth.by_caller = json.loads(event.extra or "{}").get("hangupsource") == event.channel
