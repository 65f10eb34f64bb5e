"""Rows of the table for moving a seat's call: what the seat's own user may do, and a supervisor in its place."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from seats.http import targets
from seats.http.questions import AreaWord
from seats.http.route import V1, Ask, Route
from seats.http.seat_acts import seat_acts
from seats.http.shapes import Reason, Text
from seats.supervision.act import ActResult
from seats.supervision.rules import Verb


class How(StrEnum):
    """How a call is moved."""

    BLIND = "blind"
    """At once."""
    ATTENDED = "attended"
    """The seat asks first; then complete, or cancel."""
    THREEWAY = "threeway"
    """A seat comes into the talk; without `to`, whom the seat has asked."""


class HeardBy(StrEnum):
    """Who hears the expert."""

    SEAT = "seat"
    """The seat alone: an adviser."""
    BOTH = "both"
    """The caller too: a third."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """`to` is a seat's number, an area, the province, or a group of experts: as dialled, or by id or name."""

    to: AreaWord = ""
    how: How = How.BLIND
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class RaiseHand:
    """`group` is a group of experts by id or name; none: the province's own support."""

    group: Annotated[str, Text(40)] = ""
    heard_by: HeardBy = HeardBy.SEAT
    reason: Reason = ""


_VERB_OF = {How.BLIND: Verb.TRANSFER, How.ATTENDED: Verb.CONSULT, How.THREEWAY: Verb.THREEWAY}


def _transfer_verb(ask: Ask) -> Verb:
    return _VERB_OF[ask.body.how]


def _hand_verb(ask: Ask) -> Verb:
    return Verb.ADVISER if ask.body.heard_by is HeardBy.SEAT else Verb.THIRD


async def transfer(ask: Ask) -> ActResult:
    return await ask.services.supervision.act(
        ask.user, _transfer_verb(ask), ask.target, reason=ask.body.reason, source=ask.address, to=ask.body.to
    )


async def raise_hand(ask: Ask) -> ActResult:
    return await ask.services.supervision.act(
        ask.user, _hand_verb(ask), ask.target, reason=ask.body.reason, source=ask.address, to=ask.body.group
    )


ROUTES = (
    Route(
        "POST",
        f"{V1}/seats/{{seat}}/transfer",
        Verb.TRANSFER,
        transfer,
        "Pass a seat's caller on, ask somebody first, or bring somebody in.",
        ActResult,
        body=Transfer,
        verb_of=_transfer_verb,
        target=targets.seat_or_own,
    ),
    Route(
        "POST",
        f"{V1}/seats/{{seat}}/raise-hand",
        Verb.ADVISER,
        raise_hand,
        "Call an expert into a seat's call.",
        ActResult,
        body=RaiseHand,
        verb_of=_hand_verb,
        target=targets.seat_or_own,
    ),
    *seat_acts(
        targets.seat_or_own,
        (Verb.HOLD, "Music for the caller."),
        (Verb.UNHOLD, "The caller back to the seat."),
        (Verb.COMPLETE, "The caller to whom the seat has asked."),
        (Verb.CANCEL, "The seat has asked, and takes its caller back."),
    ),
)
