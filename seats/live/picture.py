"""How many calls are up and which seats are registered, folded from AMI events. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

WANTED: Final = frozenset({"Newchannel", "Hangup", "BridgeEnter", "DeviceStateChange"})
"""Names of the events `apply` reads."""

_SEAT = re.compile(r"^PJSIP/(\d+)$")
_AWAY = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})
"""Device states of a softphone nobody can ring."""


class Picture:
    """Calls up and seats registered. Empty until the first snapshot."""

    def __init__(self) -> None:
        self._call_of: dict[str, str] = {}
        self._states: dict[str, str] = {}

    @property
    def calls_up(self) -> int:
        """Calls (linkedids) with at least one channel."""
        return len(set(self._call_of.values()))

    @property
    def registered(self) -> frozenset[str]:
        """Numbers of the seats whose softphone can be rung, or is in use."""
        return frozenset(seat for seat, state in self._states.items() if state not in _AWAY)

    def begin(self, channels: Iterable[Mapping[str, str]], devices: Iterable[Mapping[str, str]]) -> None:
        """Start anew from a snapshot: rows of `CoreShowChannels` and of `DeviceStateList`."""
        self._call_of.clear()
        self._states.clear()
        for row in channels:
            self.apply("Newchannel", row)
        for row in devices:
            self.apply("DeviceStateChange", row)

    def apply(self, name: str, fields: Mapping[str, str]) -> None:
        """One event. What is not of interest changes nothing; an event told twice changes nothing more."""
        match name:
            case "Newchannel" | "BridgeEnter":
                # A bridge may join two calls into one: the channel then carries the older linkedid.
                if "Uniqueid" in fields:
                    self._call_of[fields["Uniqueid"]] = fields.get("Linkedid", fields["Uniqueid"])
            case "Hangup":
                self._call_of.pop(fields.get("Uniqueid", ""), None)
            case "DeviceStateChange":
                if found := _SEAT.match(fields.get("Device", "")):
                    self._states[found[1]] = fields.get("State", "UNKNOWN").upper()
