"""B7, first part: AMI event -> live picture, CPU µs, with a province of 1,000 seats and 300 calls up."""

import random
import statistics
import time
from datetime import UTC, datetime

from core.console import print_table
from core.ids import AreaId, SeatNumber
from routing import tables
from seats.ami import AmiEvent
from seats.live.board import Board
from seats.live.compare import differences, mending
from seats.live.translate import changes_of
from seats.live.truth import read
from seats.roster.seat import Seat
from tests.fakes.exchange import START, Exchange, Phone

TITLE = (
    "AMI event → live picture with 1,000 seats and 300 calls: translate, fold, settle; compare (aim: ≤ 30 µs an event)"
)
SEATS, CALLS, STEPS, ROUNDS = 1000, 300, 4000, 5
AIM = 30.0
_WHOLE = "whole, an event"
_LOOKS = 20
"""Events between two looks at the picture: ten looks a second at some two hundred events a second."""


def main() -> int:
    """Play calls, check the picture against the exchange, print. 0 if the aim is met."""
    rounds = [_round(turn) for turn in range(ROUNDS)]
    rows = [
        (name, f"{statistics.median(values):.1f}", f"{min(values):.1f}", f"{max(values):.1f}")
        for name, values in ((name, [each[name] for each in rounds]) for name in rounds[0])
    ]
    print_table(TITLE, ("", "CPU µs, median", "best", "worst"), rows)
    whole = statistics.median(each[_WHOLE] for each in rounds)
    return 0 if whole <= AIM else 1


def _round(turn: int) -> dict[str, float]:
    """CPU µs of each part. Raises when the picture is not the exchange's."""
    tree = tables.province_tree("henan")
    cities = [area.id for area in tree.cities]
    dice = random.Random(12366 + turn)
    homes = {f"37{number:05}": dice.choice(cities) for number in range(SEATS)}
    on = Exchange({number: Phone(number, (area, "henan")) for number, area in homes.items()})
    board = Board(tree, datetime.fromtimestamp(START, UTC))
    board.enrol(Seat(SeatNumber(number), AreaId(area), f"{area}座席") for number, area in homes.items())
    for number in homes:
        on.register(number)
    while len(on.parties) < CALLS:
        _begin(on, dice)
    told = len(on.told)
    board.apply(mending(board.ledger, on.truth()))
    for _ in range(STEPS):
        _step(on, dice)
    events = on.told[told:]
    parts = _play(board, events)
    rows = on.rows()
    began = time.process_time()
    truth = read(on.now, *rows)
    rows_read = time.process_time() - began
    began = time.process_time()
    wrong = differences(board.ledger, truth)
    compared = time.process_time() - began
    if wrong or len(board.picture.calls) != len(on.parties):
        raise AssertionError(f"{len(wrong)} differences, {len(board.picture.calls)} calls of {len(on.parties)}")
    figures = {name: seconds / len(events) * 1e6 for name, seconds in parts.items()}
    return figures | {
        _WHOLE: sum(figures.values()),
        "one comparison: rows → truth": rows_read * 1e6,
        "one comparison: truth against ledger": compared * 1e6,
    }


def _play(board: Board, events: list[AmiEvent]) -> dict[str, float]:
    """CPU seconds of each step."""
    translated = folded = looked = 0.0
    clock = time.process_time
    for start in range(0, len(events), _LOOKS):
        some = events[start : start + _LOOKS]
        one = clock()
        changes = [changes_of(event.name, event.fields, 0.0) for event in some]
        two = clock()
        for each in changes:
            board.apply(each)
        three = clock()
        now = datetime.fromtimestamp(float(some[-1].fields["Timestamp"]), UTC)
        board.settle(now, stale_since=None, newest_event=now)
        four = clock()
        translated, folded, looked = translated + two - one, folded + three - two, looked + four - three
    return {
        "event → changes": translated,
        "changes → ledger": folded,
        f"ledger → picture, a look every {_LOOKS} events": looked,
    }


def _begin(on: Exchange, dice: random.Random) -> None:
    party = on.arrive(f"138{dice.randrange(10**8):08}")
    area = on.phones[dice.choice(list(on.phones))].queues[0]
    on.decide(party, area, "segment")
    on.join(party, area)
    if dice.random() < 0.9 and (free := on.free):
        on.ring(party, dice.choice(free))
        on.answer(party)


def _step(on: Exchange, dice: random.Random) -> None:
    """One thing that happens: a call in, a call out, a hold."""
    party = dice.choice(on.parties)
    if party.leg is not None and dice.random() < 0.2:
        on.hold(party, not party.leg.held)
    else:
        on.hang_up(party)
        _begin(on, dice)
