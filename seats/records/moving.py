"""Moves of a call, as its events tell them. Pure.

The dialplan says what was meant (`MOVED`, `CONSULT`, `HAND_RAISED`, `JOINING`) and what did not come of it
(`MOVE_ENDED`, `CONSULT_ENDED`, `HAND_ENDED`); who took it is seen from who was joined with whom.
"""

from dataclasses import dataclass, field
from datetime import datetime

from seats.records.cel import CelEvent
from seats.records.channel import Channel
from seats.records.record import Move, MoveHow, MoveResult

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
    result: MoveResult | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None
    ended_at: datetime | None = None

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

    def joined_caller(self, channel: Channel, at: datetime) -> None:
        """That channel and the caller talk."""
        for move in self.known:
            if move.apart is None and move.result is None and channel.seat and channel.first.at >= move.at:
                move.take(channel, at)
            elif move.apart == channel.name and channel.seat != move.seat:
                if move.how is MoveHow.CONSULT:
                    move.how, move.taken_at = MoveHow.ATTENDED, None
                move.take(channel, at)

    def joined_seat(self, channel: Channel, at: datetime) -> None:
        """That channel talks, but not with the caller."""
        for move in self.known:
            if move.apart == channel.name and channel.seat and channel.seat != move.seat:
                move.take(channel, at)

    def left(self, channel: Channel, at: datetime) -> None:
        """That channel has gone."""
        for move in self.known:
            if move.apart == channel.name and channel.seat == move.taken_by and channel.seat:
                move.ended_at = at

    def how(self, channel: Channel) -> MoveHow | None:
        """The move whose own call that channel began in."""
        return next((move.how for move in self.known if move.apart == channel.name), None)

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
                ended_at=move.ended_at if move.apart is not None else None,
            )
            for move in self.known
        )

    def _begin(self, event: CelEvent, usual: MoveHow, apart: str | None) -> None:
        said = event.details()
        how = _HOWS.get(str(said.get("how", "")), usual)
        seat = str(said.get("from") or "") or None
        self.known.append(_Moving(event.at, how, seat, str(said.get("kind", "")), str(said.get("to", "")), apart))

    def _end(self, event: CelEvent, apart: str | None) -> None:
        open_ = [move for move in self.known if move.apart == apart and (apart or move.result is None)]
        if not open_:
            return
        move = open_[-1]
        if move.taken_at is None:
            move.result = _RESULTS.get(str(event.details().get("result", "")), MoveResult.CANCELLED)
            if move.result is MoveResult.TAKEN:
                move.result = MoveResult.CANCELLED
        move.ended_at = event.at


def made_for(event: CelEvent) -> str | None:
    """The linkedid of the call on whose behalf this event's call was made; None when it says nothing of that."""
    if event.type in BEGINNINGS and event.of_dialplan:
        found = event.details().get(OF)
        return found if isinstance(found, str) and found and found != event.linkedid else None
    return None
