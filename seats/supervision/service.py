"""Acts of supervisors: asked of the rules, written down, done, in this order. What the API's routes call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.clock import Clock
from core.errors import BadInput
from core.ids import SeatNumber, UniqueId
from routing.areas import AreaTree
from seats.accounts.user import User
from seats.supervision.act import ActResult, CannotAct, NoSuchTarget, Refusal, Refused
from seats.supervision.books import STALE, Ask, Books, new_id, result
from seats.supervision.chain import Proof
from seats.supervision.ear import first_ear, shown
from seats.supervision.entry import Entry, Kind, Row, aimed_at
from seats.supervision.facts import Facts
from seats.supervision.floor import MOVED, PREFIX, CallNow, Floor
from seats.supervision.presence import Presence
from seats.supervision.recovery import Recovery
from seats.supervision.registrar import Registrar
from seats.supervision.rules import JOINS, Target, TargetKind, Verb, Verdict, may, may_send
from seats.supervision.running import Running
from seats.supervision.seat_view import SeatSupervision, seen_by_seat
from seats.supervision.states import Move, State
from seats.supervision.store import Audit
from seats.supervision.switchboard import AsteriskFailed, Shown, Switchboard

_RINGS_WITHIN: Final = 3.0
"""Seconds in which Asterisk says that it rings a phone, or never."""


class Supervisions:
    """The room's door: `seats.http.services.Supervision`."""

    def __init__(
        self,
        audit: Audit,
        facts: Facts,
        floor: Floor,
        switchboard: Switchboard,
        registrar: Registrar,
        presence: Presence,
        recovery: Recovery,
        tree: AreaTree,
        clock: Clock,
        *,
        told_after: timedelta = timedelta(0),
    ) -> None:
        """`told_after`: a seat sees a supervision that long after its end; 0: as it happens."""
        self._audit = audit
        self._books = Books(audit, facts, floor, recovery)
        self._floor = floor
        self._switchboard = switchboard
        self._registrar = registrar
        self._presence = presence
        self._tree = tree
        self._clock = clock
        self._told_after = told_after
        self._steps: dict[Verb, Callable[[Ask], Awaitable[ActResult]]] = {
            **dict.fromkeys(JOINS, self._join),
            Verb.HANGUP: self._hang_up,
            Verb.MOVE: self._move,
            Verb.PAUSE: self._pause,
            Verb.UNPAUSE: self._pause,
            Verb.LOGOUT: self._log_out,
        }

    @property
    def books(self) -> Books:
        """For acts of other rooms."""
        return self._books

    @property
    def learned(self) -> frozenset[Verb]:
        """The acts there are."""
        return frozenset(self._steps)

    def learn(self, steps: Mapping[Verb, Callable[[Ask], Awaitable[ActResult]]]) -> None:
        """Acts of another room: asked of the same rules, written into the same rows."""
        self._steps.update(steps)

    async def act(self, user: User, verb: Verb, target: Target, *, reason: str, source: str, to: str = "") -> ActResult:
        """Do `verb` to `target`; `to` is where a moved call goes: an area, or a seat.

        A row is committed before anything is done. Raises `Refused` (recorded), `NoSuchTarget`, `CannotAct`,
        `DatabaseAway` (nothing was done: what cannot be recorded is not done).
        """
        if verb not in self._steps:
            raise BadInput(f"{verb} is no act")
        ask = Ask(user, verb, target, reason, source, to)
        await self._books.allow(ask, may(user, verb, target))
        return await self._steps[verb](ask)

    async def switch(self, user: User, id: str, verb: Verb, *, source: str) -> ActResult:
        """Change a running supervision to another of listen, whisper, barge, takeover. Raises as `act`."""
        if verb not in JOINS:
            raise BadInput(f"{verb} is no way to be in a call")
        running = self._own(id)
        ask = Ask(user, verb, running.target, "", source)
        await self._books.allow(ask, _owned(running, user))
        await self._books.allow(ask, may(user, verb, running.target))
        async with running.turn:
            if running.state in {State.RINGING, State.TAKEN, State.OVER}:
                raise CannotAct(_NOT_NOW[running.state])
            call = self._presence.call_of(running)
            if call is None or not self._floor.fresh:
                raise CannotAct("the call is over" if call is None else STALE)
            ear = first_ear(verb, call)
            await self._books.allow(
                ask, may(user, verb, replace(running.target, areas=running.target.areas | call.areas))
            )
            row = await self._books.asked(ask.entry(Kind.ASKED, id, call))
            try:
                await self._switchboard.send(UniqueId(id), verb, ear.channel)
            except AsteriskFailed as error:
                self._books.note(replace(ask.entry(Kind.UNCHANGED, id, call), detail=str(error)))
                raise CannotAct(str(error)) from error
            running.user, running.verb, running.ear, running.call = user, verb, ear, call.linkedid
            running.take(Move.SENT_ON, self._clock.monotonic())
        return result(row)

    async def end(self, user: User, id: str, *, source: str) -> ActResult:
        """Leave a running supervision: always possible, also while nothing can be recorded. Raises `Refused`,
        `NoSuchTarget`, `CannotAct`."""
        running = self._own(id)
        ask = Ask(user, running.verb, running.target, "", source)
        await self._books.allow(ask, _owned(running, user))
        try:
            await self._switchboard.hang_up(UniqueId(id))
        except AsteriskFailed as error:
            raise CannotAct(str(error)) from error
        return ActResult(id, str(running.verb), running.target.id, self._clock.now())

    def target_of(self, id: str) -> Target | None:
        """Whom the running supervision `id` touches; None when none of that id runs."""
        running = self._presence.get(id)
        return None if running is None else running.target

    async def refused(self, refusal: Refusal) -> None:
        """Add a row for a request the API itself turned away. Raises `DatabaseAway`."""
        entry = Entry(
            Kind.REFUSED, refusal.verb, user_name=refusal.user, source=refusal.source, detail=refusal.why,
            times=max(1, refusal.times),
        )  # fmt: skip
        await self._audit.append(aimed_at(entry, refusal.target))

    async def audit(self, user: User, *, since: datetime | None, limit: int) -> Sequence[Row]:
        """Rows that touch the user's areas, or are of the user, newest first. Raises `DatabaseAway`."""
        return await self._audit.newest(user.scope, since=since, limit=limit, user=user.name)

    async def verify(self) -> Proof:
        """Prove the chain. Raises `DatabaseAway`."""
        return await self._audit.verify()

    async def of_seat(self, seat: SeatNumber, *, limit: int) -> Sequence[SeatSupervision]:
        """Who supervised this seat and when, newest first. Raises `DatabaseAway`."""
        looked_at = max(limit, 1)
        while True:
            rows = await self._audit.of_seat(seat, limit=looked_at)
            seen = seen_by_seat(rows, seat, self._clock.now(), self._told_after)
            # What is not told yet takes no place in the list: a short list would tell that somebody listens now.
            if len(seen) >= limit or len({row.supervision for row in rows}) < looked_at:
                return seen[:limit]
            looked_at *= 2

    async def _join(self, ask: Ask) -> ActResult:
        call = await self._books.call(ask)
        user, phone = ask.user, ask.user.phone
        if phone is None:
            raise Refused(f"{user.name} has no phone")
        if phone == call.seat or self._floor.call_of(phone) is not None or self._presence.rings(phone):
            raise CannotAct(f"your phone {phone} is in a call")
        if (other := self._presence.of(user.name)) is not None:
            raise CannotAct(f"your supervision {other.id} still runs: switch it, or end it first")
        if not self._floor.reachable(phone):
            raise CannotAct(f"your phone {phone} is not registered")
        ear = first_ear(ask.verb, call)
        running = Running(
            new_id(PREFIX), user, ask.verb, ask.target, call.linkedid, call.caller or UniqueId(""), ear,
            ask.source, phone,
        )  # fmt: skip
        told = Shown(shown(ask.verb, call), call.seat or "", call.linkedid, self._name(call))
        return await self._ring(ask, running, ask.entry(Kind.ASKED, running.id, call), told)

    async def _move(self, ask: Ask) -> ActResult:
        call = await self._books.call(ask)
        if call.caller is None:
            raise NoSuchTarget("the call has no caller any more")
        caller = call.caller
        area = self._tree.named(ask.to)
        if area is not None:
            await self._books.allow(ask, may_send(ask.user, area.id, self._tree.root.id))
            ask = replace(ask, to=area.id)
            return await self._books.once(ask, call, lambda: self._switchboard.move(caller, area.id))
        seat = SeatNumber(ask.to)
        if self._floor.area_of(seat) is None:
            raise NoSuchTarget("no such area or seat to send the call to")
        await self._books.allow(ask, may_send(ask.user, self._floor.area_of(seat), self._tree.root.id))
        if not self._floor.reachable(seat):
            raise CannotAct(f"seat {seat} is not registered")
        if self._floor.call_of(seat) is not None or self._presence.rings(seat):
            raise CannotAct(f"seat {seat} is in a call")
        # The seat is rung while the caller stays where they are, and takes the call when it answers: no gap.
        ear = first_ear(Verb.TAKEOVER, call)
        running = Running(
            new_id(MOVED), ask.user, Verb.MOVE, ask.target, call.linkedid, caller, ear, ask.source, seat
        )  # fmt: skip
        told = Shown(call.number, call.number, call.linkedid, self._name(call))
        return await self._ring(ask, running, ask.entry(Kind.ASKED, running.id, call), told)

    async def _ring(self, ask: Ask, running: Running, entry: Entry, told: Shown) -> ActResult:
        id = UniqueId(running.id)
        mode = Verb.TAKEOVER if running.verb is Verb.MOVE else running.verb
        self._presence.add(running)
        self._books.open(id)
        try:
            row = await self._books.asked(entry)
            try:
                await self._switchboard.ring(running.phone, id, mode, running.ear.channel, told)
            except AsteriskFailed as error:
                self._presence.over(running, None, str(error))
                raise CannotAct(str(error)) from error
            if not await self._presence.told_of(running, _RINGS_WITHIN):
                self._presence.over(running, None, "Asterisk never rang the phone")
                raise CannotAct(f"phone {running.phone} could not be rung; is it registered?")
            if running.state is State.OVER and not running.begun:
                raise CannotAct(f"phone {running.phone}: {running.why_over}")
        finally:
            self._books.close(id)
            if running.state is State.RINGING and not running.seen.is_set():
                self._presence.drop(running)
        return result(row)

    async def _hang_up(self, ask: Ask) -> ActResult:
        call = await self._books.call(ask)
        if call.caller is None:
            raise NoSuchTarget("the call has no caller any more")
        caller = call.caller
        return await self._books.once(ask, call, lambda: self._switchboard.hang_up(caller))

    async def _pause(self, ask: Ask) -> ActResult:
        seat, paused = self._seat(ask), ask.verb is Verb.PAUSE
        return await self._books.once(ask, None, lambda: self._switchboard.pause(seat, paused, ask.reason))

    async def _log_out(self, ask: Ask) -> ActResult:
        seat = self._seat(ask)

        async def leave() -> None:
            # First the pause: a softphone that registers again at once still gets no call.
            await self._switchboard.pause(seat, True, f"logout: {ask.reason}")
            await self._registrar.forget(seat)

        return await self._books.once(ask, None, leave)

    def _name(self, call: CallNow) -> str:
        return "" if call.area is None else self._tree.area(call.area).name

    def _seat(self, ask: Ask) -> SeatNumber:
        if ask.target.kind is not TargetKind.SEAT:
            raise NoSuchTarget(f"{ask.verb} is for a seat")
        return SeatNumber(ask.target.id)

    def _own(self, id: str) -> Running:
        running = self._presence.get(id)
        if running is None or running.verb is Verb.MOVE:
            raise NoSuchTarget("no such supervision is running")
        return running


_NOT_NOW: Final = {
    State.RINGING: "your phone has not answered yet",
    State.TAKEN: "you have the caller already",
    State.OVER: "it is over",
}


def _owned(running: Running, user: User) -> Verdict:
    if running.user.name == user.name:
        return Verdict(True, "their own")
    return Verdict(False, f"{running.id} is another supervisor's", "owner")
