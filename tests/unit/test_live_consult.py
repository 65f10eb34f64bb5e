"""A seat asks another on its second line: in Asterisk a call of its own, in the picture a part of the caller's."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from core.ids import LinkedId, SeatNumber, UniqueId
from seats.live import change as c
from seats.live.ledger import Ledger
from seats.live.model import CallState
from seats.live.read import call_of
from seats.live.today import Today

AT = 1_795_316_600.0
CALL, ASKING = LinkedId("1795316598.0"), LinkedId("1795316599.2")
HOME, AWAY = "3730001", "3790001"


def leg(name: str, linkedid: str, seat: str) -> c.ChannelSeen:
    channel = f"PJSIP/{seat or 'trunk'}-{name}"
    return c.ChannelSeen(UniqueId(name), LinkedId(linkedid), channel, c.UP, seat, "", AT)


def joined(name: str, linkedid: str, bridge: str) -> c.BridgeEntered:
    return c.BridgeEntered(UniqueId(name), LinkedId(linkedid), bridge, AT)


TALK = (
    *(leg(CALL, CALL, ""), leg("1795316598.1", CALL, HOME)),
    *(joined(CALL, CALL, "b1"), joined("1795316598.1", CALL, "b1")),
    c.HoldSet(UniqueId("1795316598.1"), True, AT + 1),
)
QUESTION = (
    *(leg(ASKING, ASKING, HOME), leg("1795316599.3", ASKING, AWAY)),
    *(joined(ASKING, ASKING, "b2"), joined("1795316599.3", ASKING, "b2")),
)
TOLD = (c.PartOf(UniqueId(ASKING), ASKING, CALL, AT),)


@pytest.mark.parametrize("order", [*permutations((TALK, QUESTION, TOLD))])
def test_it_is_one_call_whose_caller_is_held_by_the_seat_who_asks(order: tuple[tuple[c.Change, ...], ...]) -> None:
    ledger = Ledger(Today(datetime.fromtimestamp(AT, UTC)))
    for part in order:
        for change in part:
            ledger.apply(change)
    assert set(ledger.calls) == {CALL}
    call = call_of(CALL, ledger)
    assert call is not None
    assert (call.state, call.seat) == (CallState.HELD, SeatNumber(HOME))
    assert [leg.seat for leg in call.channels] == [None, HOME, HOME, AWAY]
    ledger.apply(c.ChannelGone(UniqueId(ASKING), ASKING, f"PJSIP/{HOME}-2", AT + 5))
    ledger.apply(c.ChannelGone(UniqueId("1795316599.3"), ASKING, f"PJSIP/{AWAY}-3", AT + 5))
    assert [leg.seat for leg in getattr(call_of(CALL, ledger), "channels", ())] == [None, HOME]
