"""What Asterisk says is there now: rows of its answers, read into the same changes events end in. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.ami.protocol import AmiEvent
from seats.live.change import ChannelTruth, SeatTruth
from seats.live.translate import AWAY, DECISION, PART_OF, decision_of, part_of, seat_of_device, shown

_ON_HOLD: Final = "CHANNEL(onhold)"
VARIABLES: Final = f"{DECISION},{PART_OF},{_ON_HOLD}"
"""What `Status` is asked for besides."""
_NO_SUCH: Final = frozenset({"INVALID", "4"})
"""Device states of a phone Asterisk has no endpoint for, in words and as a queue member's number."""
_AWAY_MEMBER: Final = frozenset({"0", "4", "5"})
"""A queue member's states unknown, invalid, unavailable."""
_SPY: Final = "ChanSpy"


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything there is, as of `at` (Asterisk's clock): what happened before is in it, what comes later is told."""

    at: float
    channels: Mapping[UniqueId, ChannelTruth]
    seats: Mapping[SeatNumber, SeatTruth]
    """Seats Asterisk has an endpoint for."""
    members: Mapping[tuple[AreaId, SeatNumber], bool] = field(default_factory=dict)
    """Every seat of every queue, and whether it is paused there."""


def read(at: float, status: Iterable[AmiEvent], queues: Sequence[AmiEvent], devices: Iterable[AmiEvent]) -> Truth:
    """The rows of `Status`, `QueueStatus` and `DeviceStateList`. Pure."""
    waiting = {row.fields["Uniqueid"]: row.fields for row in queues if row.name == "QueueEntry"}
    rows = [row for row in status if "Uniqueid" in row.fields]
    holders = _holders(rows)
    channels = [
        _channel(row, waiting.get(row.fields["Uniqueid"]), row.fields["Uniqueid"] in holders, at) for row in rows
    ]
    states = {
        seat: row.fields["State"]
        for row in devices
        if (seat := seat_of_device(row.fields.get("Device", ""))) is not None
    }
    members = {
        (AreaId(row.fields["Queue"]), seat): row.fields.get("Paused") == "1"
        for row in queues
        if row.name == "QueueMember" and (seat := seat_of_device(row.fields.get("StateInterface", ""))) is not None
    }
    return Truth(at, {channel.uniqueid: channel for channel in channels}, _seats(queues, states, at), members)


def _holders(rows: Iterable[AmiEvent]) -> set[str]:
    """Who put the others on hold. Asterisk says of a channel that it *is on* hold, its events who *pressed* it."""
    bridges: dict[str, dict[str, bool]] = {}
    for row in rows:
        if bridge := row.fields.get("BridgeID"):
            bridges.setdefault(bridge, {})[row.fields["Uniqueid"]] = row.variables("Variable").get(_ON_HOLD) == "1"
    return {
        uniqueid
        for inside in bridges.values()
        if any(inside.values())
        for uniqueid, on_hold in inside.items()
        if not on_hold or all(inside.values())
    }


def _channel(row: AmiEvent, entry: Mapping[str, str] | None, held: bool, at: float) -> ChannelTruth:
    fields, variables = row.fields, row.variables("Variable")
    return ChannelTruth(
        uniqueid=UniqueId(fields["Uniqueid"]),
        linkedid=LinkedId(fields.get("Linkedid") or fields["Uniqueid"]),
        channel=fields["Channel"],
        state=int(fields["ChannelState"]),
        number=shown(fields.get("CallerIDNum", "")),
        name=shown(fields.get("CallerIDName", "")),
        bridge=fields.get("BridgeID") or None,
        held=held,
        queue=AreaId(entry["Queue"]) if entry else None,
        waited=float(entry.get("Wait", 0)) if entry else 0.0,
        decision=decision_of(variables.get(DECISION, "")),
        spying=fields.get("Application") == _SPY,
        at=at,
        part_of=part_of(variables.get(PART_OF, "")),
    )


def _seats(queues: Iterable[AmiEvent], states: Mapping[SeatNumber, str], at: float) -> dict[SeatNumber, SeatTruth]:
    first: dict[SeatNumber, Mapping[str, str]] = {}
    for row in queues:
        if row.name != "QueueMember" or (seat := seat_of_device(row.fields.get("StateInterface", ""))) is None:
            continue
        if not row.fields["Queue"].isalpha():
            # A group of experts: no area, and nobody's home.
            continue
        known = first.get(seat)
        if known is None or int(row.fields["Penalty"]) < int(known["Penalty"]):
            first[seat] = row.fields
    found: dict[SeatNumber, SeatTruth] = {}
    for seat in states.keys() | first.keys():
        member = first.get(seat, {})
        state = states.get(seat, member.get("Status", "0"))
        if state in _NO_SUCH:
            continue
        found[seat] = SeatTruth(
            seat=seat,
            away=state in (AWAY if seat in states else _AWAY_MEMBER),
            paused=member.get("Paused") == "1",
            reason=shown(member.get("PausedReason", "")),
            paused_at=float(member.get("LastPause", 0)),
            last_call=float(member.get("LastCall", 0)),
            wrap_up=int(member.get("Wrapuptime", 0)),
            home=AreaId(member["Queue"]) if member else None,
            at=at,
        )
    return found
