"""Moves of a call, as its events tell them. Pure.

The dialplan says what was meant (`MOVED`, `CONSULT`, `HAND_RAISED`, `JOINING`) and what did not come of it
(`MOVE_ENDED`, `CONSULT_ENDED`, `HAND_ENDED`); who took it is seen from who was joined with whom. A phone our commander
rings says from its first moment, as its account, for which call and how: no dialplan runs there before it is answered.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from seats.records.cel import CelEvent
from seats.records.channel import Channel
from seats.records.leg_result import unanswered
from seats.records.record import LegResult, Move, MoveHow, MoveResult
from seats.supervision.floor import MOVED

OF = "of"
"""In the details of an event that begins a call on another's behalf: the linkedid of that other."""
BEGINNINGS = frozenset({"CONSULT", "HAND_RAISED", "JOINING"})
"""Events of such calls."""
_RESULTS = {
    "ANSWER": MoveResult.TAKEN,
    "CONTINUE": MoveResult.TAKEN,
    "BUSY": MoveResult.BUSY,
    "INUSE": MoveResult.BUSY,
    "RINGING": MoveResult.BUSY,
    "RINGINUSE": MoveResult.BUSY,
    "ONHOLD": MoveResult.BUSY,
    "CONGESTION": MoveResult.BUSY,
    "FULL": MoveResult.BUSY,
    "NOANSWER": MoveResult.NO_ANSWER,
    "TIMEOUT": MoveResult.NO_ANSWER,
    "UNAVAILABLE": MoveResult.ABSENT,
    "INVALID": MoveResult.ABSENT,
    "UNKNOWN": MoveResult.ABSENT,
    "CHANUNAVAIL": MoveResult.ABSENT,
    "JOINEMPTY": MoveResult.ABSENT,
    "LEAVEEMPTY": MoveResult.ABSENT,
    "JOINUNAVAIL": MoveResult.ABSENT,
    "LEAVEUNAVAIL": MoveResult.ABSENT,
}
"""DIALSTATUS, QUEUESTATUS and DEVICE_STATE as the dialplan passes them on."""
_RUNG_IN_VAIN = {
    LegResult.BUSY: MoveResult.BUSY,
    LegResult.REFUSED: MoveResult.BUSY,
    LegResult.UNREACHABLE: MoveResult.ABSENT,
    LegResult.NO_ANSWER: MoveResult.NO_ANSWER,
}
"""How a phone we rang ended that nobody picked up."""
_ERRAND = re.compile(r"(threeway|command)/([0-9]{0,8})/([0-9]+\.[0-9]+|(?:mv|sv|cb)-[0-9a-z-]+)\Z")
"""Account of a phone we rang: how, on whose behalf, for which call."""
_APART = frozenset({MoveHow.CONSULT, MoveHow.ADVISER, MoveHow.THIRD, MoveHow.THREEWAY})
"""What may be over before the call is."""
_HOWS = {how.value: how for how in MoveHow}


@dataclass(slots=True)
class _Moving:
    """A move under way."""

    at: datetime
    how: MoveHow
    seat: str | None
    kind: str
    target: str
    apart: str | None
    """The linkedid of the call made for it; None: the caller's own channel is moved."""
    rung: bool = False
    """Told by the account of the phone our commander rings."""
    result: MoveResult | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None
    ended_at: datetime | None = None

    def concerns(self, channel: Channel) -> bool:
        """Whether that channel can be who it was meant for."""
        if channel.seat is None or (self.seat == channel.seat and self.how is not MoveHow.BLIND):
            return False
        return channel.first.at >= self.at if self.apart is None else channel.name == self.apart

    @property
    def moves_caller(self) -> bool:
        """The caller's own channel is on its way."""
        return self.apart is None and self.how is not MoveHow.CONSULT

    def take(self, channel: Channel, at: datetime) -> None:
        if self.taken_at is None:
            self.result, self.taken_by, self.taken_at = MoveResult.TAKEN, channel.seat, at


@dataclass(slots=True)
class Moves:
    """All moves of one call, in order."""

    known: list[_Moving] = field(default_factory=list)

    def hear(self, event: CelEvent) -> None:
        """One event of the dialplan's."""
        if event.type == "MOVED":
            self._begin(event, MoveHow.BLIND, None)
        elif event.type == "CONSULT":
            self._begin(event, MoveHow.CONSULT, str(event.linkedid))
        elif event.type == "HAND_RAISED":
            self._begin(event, MoveHow.ADVISER, str(event.linkedid))
        elif event.type == "JOINING":
            self._begin(event, MoveHow.THREEWAY, str(event.linkedid))
        elif event.type == "MOVE_ENDED":
            self._end(event, None)
        elif event.type in {"CONSULT_ENDED", "HAND_ENDED"}:
            self._end(event, str(event.linkedid))

    def ring(self, event: CelEvent, channel: Channel) -> None:
        """An event of a phone our commander rings; its account is known from the second one on."""
        if (errand := _errand(event)) is None or any(move.rung and move.apart == channel.name for move in self.known):
            return
        how, of = _HOWS[errand[1]], errand[2] or None
        self.known.append(_Moving(channel.first.at, how, of, "seat", channel.seat or "", channel.name, rung=True))

    def joined_caller(self, channel: Channel, at: datetime) -> None:
        """That channel and the caller talk."""
        for move in self.known:
            if not move.concerns(channel):
                if move.moves_caller and move.result is None and channel.first.at < move.at:
                    # Taken back by whom they talked with before.
                    move.result = MoveResult.CANCELLED
                continue
            if move.how is MoveHow.CONSULT:
                if move.ended_at is None:
                    move.how, move.taken_at = MoveHow.ATTENDED, None
                    move.take(channel, at)
            elif move.apart is not None or move.result is None:
                move.take(channel, at)

    def joined_seat(self, channel: Channel, at: datetime) -> None:
        """That channel talks, but not with the caller."""
        for move in self.known:
            asked = move.apart is not None or move.how is MoveHow.CONSULT
            if asked and move.ended_at is None and move.concerns(channel):
                move.take(channel, at)

    def left(self, channel: Channel, at: datetime) -> None:
        """That channel has gone."""
        for move in self.known:
            if move.rung and move.apart == channel.name and move.taken_at is None and channel.answered_at is None:
                move.result = _RUNG_IN_VAIN[unanswered(channel.cause, taken=False)]
            if move.ended_at is None and move.taken_by == channel.seat and channel.seat and move.concerns(channel):
                move.ended_at = at

    def how(self, channel: Channel) -> MoveHow | None:
        """The move that channel was rung or made for, apart from the caller's own."""
        for move in self.known:
            if move.apart == channel.name or (
                move.apart is None and move.how is MoveHow.CONSULT and move.concerns(channel)
            ):
                return move.how
        return None

    def told(self) -> tuple[Move, ...]:
        """What it comes to."""
        return tuple(
            Move(
                at=move.at,
                how=move.how,
                seat=move.seat,
                kind=move.kind,
                target=move.target,
                result=move.result or MoveResult.CANCELLED,
                taken_by=move.taken_by,
                taken_at=move.taken_at,
                ended_at=move.ended_at if move.how in _APART else None,
            )
            for move in sorted(self.known, key=lambda move: move.at)
        )

    def _begin(self, event: CelEvent, usual: MoveHow, apart: str | None) -> None:
        said = event.details()
        if any(move.rung and move.apart == apart for move in self.known):
            # It rang for this.
            return
        if said.get(OF) == event.linkedid:
            # Asked by the seat's only line, while the caller waits: no call of its own.
            apart = None
        how = _HOWS.get(str(said.get("how", "")), usual)
        seat = str(said.get("from") or "") or None
        self.known.append(_Moving(event.at, how, seat, str(said.get("kind", "")), str(said.get("to", "")), apart))

    def _end(self, event: CelEvent, apart: str | None) -> None:
        asking = apart is not None
        open_ = [
            move
            for move in self.known
            if move.ended_at is None
            and (move.apart == apart or (asking and move.apart is None and move.how is MoveHow.CONSULT))
            and (asking or move.result is None)
        ]
        if not open_:
            return
        move = open_[-1]
        if move.taken_at is None:
            found = _RESULTS.get(str(event.details().get("result", "")), MoveResult.CANCELLED)
            move.result = MoveResult.CANCELLED if found is MoveResult.TAKEN else found
        move.ended_at = event.at


def made_for(event: CelEvent) -> str | None:
    """The linkedid of the call on whose behalf this event's call was made; None when it says nothing of that."""
    found: object = None
    if event.type in BEGINNINGS and event.of_dialplan:
        found = event.details().get(OF)
    elif (errand := _errand(event)) is not None:
        found = errand[3]
    return found if isinstance(found, str) and found and found != event.linkedid else None


def _errand(event: CelEvent) -> re.Match[str] | None:
    return _ERRAND.match(event.account) if event.uniqueid.startswith(MOVED) else None
