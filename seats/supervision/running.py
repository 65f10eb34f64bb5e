"""A supervision under way."""

import asyncio
from dataclasses import dataclass, field

from core.ids import LinkedId, SeatNumber, UniqueId
from seats.accounts.user import User
from seats.supervision.ear import Ear
from seats.supervision.entry import Entry, Kind, area_words
from seats.supervision.floor import CallNow
from seats.supervision.rules import Target, TargetKind, Verb
from seats.supervision.states import NEXT, Move, State


@dataclass(slots=True)
class Running:
    """One supervision, or one call on its way to a seat (`Verb.MOVE`)."""

    id: str
    user: User
    verb: Verb
    """What was last asked for."""
    target: Target
    call: LinkedId
    caller: UniqueId
    ear: Ear
    """Where its phone is, or is being sent."""
    source: str
    phone: SeatNumber
    state: State = State.RINGING
    since: float = 0.0
    """Monotonic seconds of the last change of state."""
    hearing: Ear | None = None
    """What Asterisk last said it listens to."""
    begun: bool = False
    """Whether it was ever in the call."""
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when Asterisk has told anything of its channel."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever sends its phone somewhere."""
    why_over: str = ""
    unsettled: float = 0.0
    """Monotonic seconds since which its call seems to have no seat; 0: it does not."""

    def take(self, move: Move, now: float) -> bool:
        """One move; whether the state is another one now."""
        before, self.state = self.state, NEXT[self.state][move]
        if self.state is not before or move is Move.SENT_ON:
            self.since = now
        return self.state is not before

    def target_in(self, call: CallNow) -> Target:
        """Whom it touches while its call is as it is: the seat it was aimed at, or else all of the call."""
        if self.target.kind is TargetKind.SEAT and call.seat == self.target.id:
            return self.target
        return Target(TargetKind.CALL, call.linkedid, call.areas)

    def entry(self, kind: Kind, verb: Verb | None = None) -> Entry:
        """A fact about it as it is now."""
        return Entry(
            kind,
            str(verb or self.verb),
            supervision=self.id,
            user_name=self.user.name,
            role=str(self.user.role),
            target_kind=str(self.target.kind),
            target_id=self.target.id,
            call=self.call,
            seat=self.ear.seat,
            areas=area_words(self.target.areas),
            source=self.source,
        )
