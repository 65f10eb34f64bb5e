"""Boards to fold events on, and calls at random: what any day of a hotline may bring, in any mixture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.ids import AreaId, SeatNumber
from routing import tables
from seats.ami import AmiEvent
from seats.live.board import Board
from seats.live.model import Picture
from seats.live.translate import changes_of
from seats.roster.seat import Seat
from tests.fakes.exchange import START, Exchange, Phone

TREE = tables.province_tree("henan")
HOME = {"3710001": "zhengzhou", "3710002": "zhengzhou", "3712001": "kaifeng", "3719001": "henan"}
SEATS = tuple(Seat(SeatNumber(number), AreaId(area), f"{area}座席") for number, area in HOME.items())
NUMBERS = ("13803710000", "037122223333", "anonymous", "0086")
AREAS = ("zhengzhou", "kaifeng", "gongyi", None)
VERBS = ("arrive", "decide", "join", "ring", "answer", "stop", "hold", "unhold", "overflow", "transfer", "consult",
         "hang_up", "hang_up", "register", "unregister", "pause", "unpause")  # fmt: skip


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def exchange(*, registered: bool = True) -> Exchange:
    """The seats above, each in its own queue, its neighbour's and the province's."""
    other = {"zhengzhou": ("zhengzhou", "kaifeng", "henan"), "kaifeng": ("kaifeng", "zhengzhou"), "henan": ("henan",)}
    made = Exchange({number: Phone(number, other[area]) for number, area in HOME.items()})
    if registered:
        for number in HOME:
            made.register(number)
    return made


def board() -> Board:
    made = Board(TREE, moment(START))
    made.enrol(SEATS)
    return made


def fold(onto: Board, events: Iterable[AmiEvent]) -> Board:
    for event in events:
        onto.apply(changes_of(event.name, event.fields, 0.0))
    return onto


def settled(made: Board, at: float) -> Picture:
    made.settle(moment(at), stale_since=None, newest_event=None)
    return made.picture


def shown(picture: Picture) -> dict[str, Any]:
    """Everything a reader sees, but for counters of the process itself."""
    return {"calls": dict(picture.calls), "seats": dict(picture.seats), "areas": dict(picture.areas)}


def timeless(picture: Picture) -> dict[str, Any]:
    """What a picture drawn from a snapshot shares with one kept by events: all but since when."""
    calls = {key: (each.number, each.area, each.reason, each.state, each.queue, each.seat, each.channels, each.areas)
             for key, each in picture.calls.items()}  # fmt: skip
    seats = {key: (each.area, each.state, each.reason, each.call) for key, each in picture.seats.items()}
    areas = {key: (each.waiting, each.free, each.talking, each.paused, each.offline)
             for key, each in picture.areas.items()}  # fmt: skip
    return {"calls": calls, "seats": seats, "areas": areas}


@dataclass(frozen=True, slots=True)
class Step:
    """A verb, and three dice for whom it meets."""

    verb: str
    dice: tuple[int, int, int]


def play(onto: Exchange, steps: Sequence[Step]) -> None:
    """What is not possible at its moment is left out."""
    for step in steps:
        _play(onto, step)


def _play(on: Exchange, step: Step) -> None:
    one, two, three = step.dice
    seat = list(HOME)[one % len(HOME)]
    match step.verb:
        case "arrive":
            on.arrive(NUMBERS[one % len(NUMBERS)])
        case "register":
            on.register(seat)
        case "unregister":
            on.unregister(seat)
        case "pause":
            on.pause(seat, True, ("午餐", "wrap_up", "")[two % 3])
        case "unpause":
            on.pause(seat, False)
        case _ if on.parties:
            party = on.parties[two % len(on.parties)]
            free = [number for number in on.free if number != party.seat]
            caller, leg = party.caller, party.leg
            talking = leg is not None and leg.state == 6
            match step.verb:
                case "decide" if not caller.decision:
                    on.decide(party, AREAS[three % len(AREAS)], "area-code")
                case "join" if caller.decision and not caller.queue and leg is None:
                    on.join(party, ("zhengzhou", "kaifeng", "henan")[three % 3])
                case "ring" if caller.queue and leg is None and free:
                    on.ring(party, free[three % len(free)])
                case "answer" if caller.queue and leg is not None:
                    on.answer(party)
                case "stop" if leg is not None and not talking:
                    on.stop_ringing(party)
                case "hold" if talking and leg is not None and not leg.held:
                    on.hold(party, True)
                case "unhold" if talking and leg is not None and leg.held:
                    on.hold(party, False)
                case "overflow" if caller.queue and leg is None:
                    on.overflow(party, "henan")
                case "transfer" if talking and free:
                    on.transfer(party, free[three % len(free)])
                case "consult" if talking and free and leg is not None and not leg.held:
                    on.consult_and_hand_over(party, free[three % len(free)])
                case "hang_up":
                    on.hang_up(party)
