"""AMI event -> changes. Pure; what cannot be read changes nothing.

Source: Asterisk 22's events, with `timestampevents`; the decision comes as `VarSet` of one variable.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.live import change as c

DECISION: Final = "HOTLINE_ROUTED"
"""The channel variable a door leaves its decision in: one JSON object."""
AWAY: Final = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})
"""Device states of a softphone nobody can ring."""
PART_OF: Final = "HOTLINE_PART_OF"
"""The channel variable in which a channel that asks somebody names the call it asks for."""
NAME_LIMIT: Final = 64
"""Characters of a name; callers can send any number."""
_LINKEDID: Final = re.compile(r"(?:[a-z]{2}-)?[0-9a-f.-]{1,40}\Z")
_PJSIP: Final = "PJSIP/"
_SPYER: Final = "Spyer"

Fields = Mapping[str, str]
Changes = tuple[c.Change, ...]


def changes_of(name: str, fields: Fields, now: float) -> Changes:
    """What the event `name` changes; `now` stands in for a `Timestamp` Asterisk did not send."""
    read = _READERS.get(name)
    if read is None:
        return ()
    try:
        at = float(fields["Timestamp"])
    except (KeyError, ValueError):
        at = now
    try:
        return read(fields, at)
    except (KeyError, ValueError):
        return ()


def seat_of_channel(channel: str) -> SeatNumber | None:
    """`PJSIP/3710001-0000002a` -> `3710001`; None for a trunk's, an open door's, a Local channel."""
    if channel.startswith(_PJSIP):
        number = channel[6:].partition("-")[0]
        if number.isdigit() and number.isascii():
            return SeatNumber(number)
    return None


def is_outside(channel: str) -> bool:
    """A caller's: not a seat's, and none of Asterisk's own making."""
    return not channel.startswith("Local/") and seat_of_channel(channel) is None


def seat_of_device(device: str) -> SeatNumber | None:
    """`PJSIP/3710001` -> `3710001`."""
    return SeatNumber(device[6:]) if device.startswith(_PJSIP) and device[6:].isdigit() else None


def shown(text: str) -> str:
    """Without what steers a terminal or turns the line (controls, bidi, NUL), cut; Asterisk's `<unknown>` is empty."""
    if text == "<unknown>":
        return ""
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable())
    return text[:NAME_LIMIT]


def decision_of(value: str) -> tuple[AreaId | None, str | None] | None:
    """Area and reason of a decision's JSON, plain or escaped as `VarSet` does; None when it is none."""
    try:
        found = json.loads(value.replace('\\"', '"').replace("\\\\", "\\") if value.startswith('{\\"') else value)
        area, reason = found.get("area_id"), found.get("reason")
    except (ValueError, AttributeError):
        return None
    return (
        AreaId(area) if isinstance(area, str) else None,
        shown(reason) if isinstance(reason, str) else None,
    )


def _seen(fields: Fields, at: float) -> c.ChannelSeen:
    uniqueid = fields["Uniqueid"]
    return c.ChannelSeen(
        UniqueId(uniqueid),
        LinkedId(fields.get("Linkedid") or uniqueid),
        fields["Channel"],
        int(fields["ChannelState"]),
        shown(fields.get("CallerIDNum", "")),
        shown(fields.get("CallerIDName", "")),
        at,
    )


def _channel(fields: Fields, at: float) -> Changes:
    return (_seen(fields, at),)


def _hangup(fields: Fields, at: float) -> Changes:
    uniqueid = fields["Uniqueid"]
    linkedid = LinkedId(fields.get("Linkedid") or uniqueid)
    return (c.ChannelGone(UniqueId(uniqueid), linkedid, fields["Channel"], at),)


def _enter(fields: Fields, at: float) -> Changes:
    seen = _seen(fields, at)
    return (seen, c.BridgeEntered(seen.uniqueid, seen.linkedid, fields["BridgeUniqueid"], at))


def _leave(fields: Fields, at: float) -> Changes:
    seen = _seen(fields, at)
    return (seen, c.BridgeLeft(seen.uniqueid, at))


def _destroy(fields: Fields, at: float) -> Changes:
    return (c.BridgeGone(fields["BridgeUniqueid"], at),)


def _hold(on: bool) -> Callable[[Fields, float], Changes]:
    def read(fields: Fields, at: float) -> Changes:
        seen = _seen(fields, at)
        return (seen, c.HoldSet(seen.uniqueid, on, at))

    return read


def _join(fields: Fields, at: float) -> Changes:
    seen = _seen(fields, at)
    return (seen, c.QueueJoined(seen.uniqueid, AreaId(fields["Queue"]), at))


def _unqueue(fields: Fields, at: float) -> Changes:
    seen = _seen(fields, at)
    return (seen, c.QueueLeft(seen.uniqueid, at))


def _connect(fields: Fields, at: float) -> Changes:
    seen = _seen(fields, at)
    return (seen, c.Answered(seen.uniqueid, at))


def _called(fields: Fields, at: float) -> Changes:
    seen, seat = _seen(fields, at), seat_of_device(fields["Interface"])
    if seat is None:
        return (seen,)
    return (seen, c.SeatCalled(seen.uniqueid, seen.linkedid, AreaId(fields["Queue"]), seat, at))


def _complete(fields: Fields, at: float) -> Changes:
    seat = seat_of_device(fields["Interface"])
    return (c.WorkEnded(seat, at),) if seat else ()


def part_of(value: str) -> LinkedId | None:
    """A linkedid; None when it is none."""
    return LinkedId(value) if _LINKEDID.match(value) else None


def _variable(fields: Fields, at: float) -> Changes:
    if fields["Variable"] == PART_OF:
        seen, of = _seen(fields, at), part_of(fields["Value"])
        return (seen,) if of is None else (seen, c.PartOf(seen.uniqueid, seen.linkedid, of, at))
    if fields["Variable"] != DECISION:
        return ()
    seen = _seen(fields, at)
    found = decision_of(fields["Value"])
    return (seen,) if found is None else (seen, c.Decided(seen.uniqueid, *found, at))


def _spy(on: bool) -> Callable[[Fields, float], Changes]:
    def read(fields: Fields, at: float) -> Changes:
        # An event of two channels: the listener's headers begin with a word of their own.
        own = {name.removeprefix(_SPYER): value for name, value in fields.items() if name.startswith(_SPYER)}
        seen = _seen(own, at)
        return (seen, c.SpySet(seen.uniqueid, on, at))

    return read


def _device(fields: Fields, at: float) -> Changes:
    seat = seat_of_device(fields["Device"])
    return (c.DeviceSet(seat, fields["State"] in AWAY, at),) if seat else ()


def _pause(fields: Fields, at: float) -> Changes:
    seat = seat_of_device(fields["Interface"])
    if seat is None:
        return ()
    reason = shown(fields.get("PausedReason", ""))
    return (c.PauseSet(seat, AreaId(fields["Queue"]), fields["Paused"] == "1", reason, at),)


_READERS: Final[Mapping[str, Callable[[Fields, float], Changes]]] = {
    "Newchannel": _channel,
    "Newstate": _channel,
    "Hangup": _hangup,
    "BridgeEnter": _enter,
    "BridgeLeave": _leave,
    "BridgeDestroy": _destroy,
    "Hold": _hold(True),
    "Unhold": _hold(False),
    "QueueCallerJoin": _join,
    "QueueCallerLeave": _unqueue,
    "AgentCalled": _called,
    "AgentConnect": _connect,
    "AgentComplete": _complete,
    "VarSet": _variable,
    "ChanSpyStart": _spy(True),
    "ChanSpyStop": _spy(False),
    "DeviceStateChange": _device,
    "QueueMemberPause": _pause,
}
WANTED: Final = frozenset(_READERS)
"""Names of the events that change anything; others need not be decoded."""
