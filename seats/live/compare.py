"""Asterisk's truth against the picture, and against the roster. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.ids import SeatNumber
from seats.live.change import BridgeGone, Change, ChannelAbsent, ChannelTruth, SeatAbsent, SeatTruth
from seats.live.ledger import Ledger
from seats.live.parts import Channel, Desk
from seats.live.truth import Truth


@dataclass(frozen=True, slots=True)
class Found:
    """One disagreement; equal ones found twice are real, not an event on its way."""

    kind: str
    """As `model.Difference.kind`."""
    id: str
    ours: str
    theirs: str


def mending(ledger: Ledger, truth: Truth) -> Iterator[Change]:
    """The changes after which `ledger` says what `truth` says."""
    for uniqueid in ledger.channels.keys() - truth.channels.keys():
        yield ChannelAbsent(uniqueid, truth.at)
    yield from truth.channels.values()
    for bridge in ledger.bridges - {channel.bridge for channel in truth.channels.values()}:
        yield BridgeGone(bridge, truth.at)
    for number in ledger.desks.keys() - truth.seats.keys():
        yield SeatAbsent(number, truth.at)
    yield from truth.seats.values()


def cure(found: Found, ledger: Ledger, truth: Truth) -> Change | None:
    """The change that ends one difference; None when the picture cannot end it (Asterisk and roster disagree)."""
    for uniqueid in ledger.channels.keys() | truth.channels.keys():
        if uniqueid == found.id:
            return truth.channels.get(uniqueid) or ChannelAbsent(uniqueid, truth.at)
    if found.kind == "seat":
        number = SeatNumber(found.id)
        return truth.seats.get(number) or SeatAbsent(number, truth.at)
    return None


def differences(ledger: Ledger, truth: Truth) -> dict[Found, float]:
    """Every disagreement, and Asterisk's time of the newest event about it."""
    found: dict[Found, float] = {}
    for uniqueid in ledger.channels.keys() | truth.channels.keys():
        ours, theirs = ledger.channels.get(uniqueid), truth.channels.get(uniqueid)
        if ours is None and theirs is not None:
            found[Found("missing_channel", uniqueid, "", theirs.channel)] = 0.0
        elif ours is not None and theirs is None:
            found[Found("stuck_channel", uniqueid, ours.name, "")] = ours.touched
        elif ours is not None and theirs is not None:
            said = _of_channel(ours), _of_truth(theirs, ours, ledger)
            if said[0] != said[1]:
                found[Found("channel", uniqueid, *_unlike(*said))] = ours.touched
    for number in ledger.desks.keys() | truth.seats.keys():
        ours_is, theirs_is = ledger.desks.get(number), truth.seats.get(number)
        found.update(_of_seat(number, ours_is, theirs_is))
        if ledger.seats.enrolled:
            found.update(_of_roster(number, ours_is, theirs_is))
    return found


def _of_seat(number: SeatNumber, ours: Desk | None, theirs: SeatTruth | None) -> Iterator[tuple[Found, float]]:
    """The picture's word against Asterisk's."""
    mine = {"away": ours.away, "paused": ours.paused, "reason": ours.reason} if ours else {"away": True}
    # A phone Asterisk does not know is one nobody can ring.
    yours = {"away": theirs.away, "paused": theirs.paused, "reason": theirs.reason} if theirs else {"away": True}
    if any(mine[name] != yours[name] for name in mine.keys() & yours.keys()):
        yield Found("seat", number, _words(mine), _words(yours)), ours.touched if ours else 0.0


def _of_roster(number: SeatNumber, ours: Desk | None, theirs: SeatTruth | None) -> Iterator[tuple[Found, float]]:
    """The roster's word against Asterisk's."""
    known = ours is not None and ours.known
    if theirs is None and ours is not None and known:
        yield Found("missing_seat", number, ours.name, ""), 0.0
    if theirs is not None and not known:
        yield Found("phantom_seat", number, "", theirs.home or ""), 0.0


def _of_channel(channel: Channel) -> dict[str, object]:
    return {
        "state": channel.state,
        "bridge": channel.bridge,
        "held": channel.held,
        "queue": channel.queue,
        "area": channel.area,
        "same_call": True,
    }


def _of_truth(truth: ChannelTruth, ours: Channel, ledger: Ledger) -> dict[str, object]:
    return {
        "state": truth.state,
        "bridge": truth.bridge,
        "held": truth.held,
        "queue": truth.queue,
        "area": truth.decision[0] if truth.decision else ours.area,
        "same_call": ledger.same_call(truth.linkedid, ours),
    }


def _unlike(ours: Mapping[str, object], theirs: Mapping[str, object]) -> tuple[str, str]:
    names = [name for name in ours if ours[name] != theirs[name]]
    return _words({name: ours[name] for name in names}), _words({name: theirs[name] for name in names})


def _words(values: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())
