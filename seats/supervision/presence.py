"""The supervisions that run: what Asterisk tells of their phones becomes facts, and they go where their call goes."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from core.clock import Clock
from core.db import DatabaseAway
from core.ids import SeatNumber, UniqueId
from seats.supervision.ear import Ear, ear
from seats.supervision.entry import Kind
from seats.supervision.facts import Facts
from seats.supervision.floor import OURS, CallNow, Floor
from seats.supervision.rules import Verb, may
from seats.supervision.running import Running
from seats.supervision.states import Move, State
from seats.supervision.store import Audit
from seats.supervision.switchboard import LOST, MODE_OF, AsteriskFailed, Place, Switchboard

WANTED: Final = frozenset({"ChanSpyStart", "ChanSpyStop", "Newchannel", "BridgeEnter", "BridgeLeave", "Hangup"})
"""Names of the events `hear` reads."""
_LOOK_EVERY: Final = 1.0
"""Seconds between two looks at where the calls are, should no event have called for one."""
_SETTLED: Final = 0.5
"""Seconds after which what looks like a caller without a seat, or a channel still there, is no moment in between."""
_ARRIVES: Final = 3.0
"""Seconds a phone may take from one mode to the next."""
_log = logging.getLogger("seats.supervision")


class Presence:
    """Supervisors' phones, by the id of the supervision."""

    def __init__(self, audit: Audit, facts: Facts, floor: Floor, switchboard: Switchboard, clock: Clock) -> None:
        self._audit = audit
        self._facts = facts
        self._floor = floor
        self._switchboard = switchboard
        self._clock = clock
        self._running: dict[str, Running] = {}
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._running)

    def start(self) -> None:
        """Begin to follow."""
        self._task = asyncio.create_task(self._follow_all())

    async def close(self) -> None:
        """Stop; the phones stay where they are, and the next process finds them."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def add(self, running: Running) -> None:
        """One more."""
        running.since = self._clock.monotonic()
        self._running[running.id] = running
        self._look.set()

    def drop(self, running: Running) -> None:
        """It came to nothing."""
        self._running.pop(running.id, None)

    def get(self, id: str) -> Running | None:
        """The running one of that id."""
        return self._running.get(id)

    def of(self, user: str) -> Running | None:
        """The one whose supervisor is `user`."""
        own = (one for one in self._running.values() if one.user.name == user and one.verb is not Verb.MOVE)
        return next(own, None)

    def rings(self, phone: SeatNumber) -> bool:
        """Whether that phone is ours just now."""
        return any(one.phone == phone for one in self._running.values())

    async def told_of(self, running: Running, within: float) -> bool:
        """Whether Asterisk says anything of its channel within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await running.seen.wait()
        return running.seen.is_set()

    def call_of(self, running: Running) -> CallNow | None:
        """The call it is about, wherever it is now; None when it is over."""
        found = self._floor.call(running.call)
        if found is None or found.caller != running.caller:
            found = self._floor.call_with(running.caller) or found
        if found is not None and running.ear.seat is not None:
            # A seat that is asked talks in the caller's call, not with the caller: who listens there stays with it.
            own = self._floor.call_of(running.ear.seat)
            if own is not None and own.linkedid == found.linkedid and own.seat_channel == running.ear.channel:
                return own
        return found

    def hear(self, name: str, fields: Mapping[str, str]) -> None:
        """One event of Asterisk's; told twice, it changes nothing more."""
        if not self._running:
            return
        channel = fields.get("SpyerUniqueid") or fields.get("Uniqueid", "")
        if channel.startswith(OURS) and (running := self._running.get(channel)) is not None:
            self._own(running, name, fields)
        elif name != "Newchannel":
            self._look.set()

    def _own(self, running: Running, name: str, fields: Mapping[str, str]) -> None:
        at = _moment(fields)
        if name == "ChanSpyStart":
            self.spying(running, at)
        elif name == "ChanSpyStop":
            self._stopped(running, at)
        elif name == "BridgeEnter":
            self.joined(running, at)
        elif name == "Hangup":
            self.over(running, at, f"hung up: {fields.get('Cause-txt', '')} ({fields.get('Cause', '')})")
        running.seen.set()

    def spying(self, running: Running, at: datetime | None, detail: str = "") -> None:
        """Its ear is in the call."""
        if running.hearing != running.ear:
            # The end of the ear before was never told: the link was away.
            self._no_longer(running, at)
            running.begun, running.hearing = True, running.ear
            entry = running.entry(Kind.STARTED, running.ear.mode)
            self._facts.put(replace(entry, happened_at=at, detail=detail))
        running.take(Move.SPY_STARTED, self._clock.monotonic())

    def _stopped(self, running: Running, at: datetime | None) -> None:
        self._no_longer(running, at)
        running.take(Move.SPY_STOPPED, self._clock.monotonic())
        self._look.set()

    def _no_longer(self, running: Running, at: datetime | None) -> None:
        # By the time this is told, it may have been sent to another ear already: what stopped is what was heard.
        if (heard := running.hearing) is not None:
            running.hearing = None
            entry = running.entry(Kind.STOPPED, heard.mode)
            self._facts.put(replace(entry, happened_at=at, seat=heard.seat))

    def joined(self, running: Running, at: datetime | None) -> None:
        """It talks with the caller."""
        if not running.take(Move.JOINED, self._clock.monotonic()):
            return
        self._no_longer(running, at)
        running.begun = True
        if running.verb is Verb.MOVE:
            self._facts.put(replace(running.entry(Kind.DONE), happened_at=at))
            self.drop(running)
        else:
            self._facts.put(replace(running.entry(Kind.STARTED, Verb.TAKEOVER), happened_at=at))

    def over(self, running: Running, at: datetime | None, why: str) -> None:
        """Its phone has hung up, or will never ring."""
        if self._running.pop(running.id, None) is None:
            return
        self._no_longer(running, at)
        running.why_over = why
        running.take(Move.HUNG_UP, self._clock.monotonic())
        kind = Kind.ENDED if running.begun else Kind.FAILED
        self._facts.put(replace(running.entry(kind), happened_at=at, detail=why))
        running.seen.set()

    def placed(self, running: Running, place: Place) -> None:
        """What Asterisk answers when asked where its phone is; events may have been missed."""
        verb, now = MODE_OF.get(place.context), self._clock.monotonic()
        if place.bridged and verb is Verb.TAKEOVER:
            self.joined(running, None)
        elif place.up and verb == running.ear.mode and place.data.startswith(running.ear.channel):
            self.spying(running, None, "" if running.begun else "it began while our service was away")
        elif place.up and place.context == LOST and running.state is not State.LOST:
            running.take(Move.SENT_ON, now)
            running.take(Move.ASTRAY, now)

    async def _follow_all(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY if self._running else None):
                    await self._look.wait()
            self._look.clear()
            for running in list(self._running.values()):
                try:
                    await self.follow(running)
                except DatabaseAway as error:
                    _log.warning("a supervisor is not sent after the call: %s", error, extra={"call": running.call})
                except AsteriskFailed as error:
                    _log.warning("a supervisor could not be sent on: %s", error, extra={"call": running.call})
                except Exception:
                    _log.exception("following a supervised call failed")

    async def follow(self, running: Running) -> None:
        """Send its phone to where the call is now, if that is elsewhere; end it when the call is over.

        Raises `DatabaseAway` (then it was not sent: what cannot be recorded is not done), `AsteriskFailed`.
        """
        if running.turn.locked() or not self._floor.fresh or running.verb in {Verb.TAKEOVER, Verb.MOVE}:
            return
        async with running.turn:
            since = self._clock.monotonic() - running.since
            if running.state is State.SENT and since > _ARRIVES:
                place = await self._switchboard.where(UniqueId(running.id))
                if place is not None:
                    self.placed(running, place)
                if running.state is State.SENT:
                    running.take(Move.ASTRAY, self._clock.monotonic())
            if running.state not in {State.ON, State.LOST}:
                return
            call = self.call_of(running)
            wanted = None if call is None else ear(running.verb, call)
            if call is None or wanted is None:
                await self._switchboard.hang_up(UniqueId(running.id))
            elif wanted.channel != running.ear.channel or running.state is State.LOST:
                if wanted.seat is None or wanted.channel == running.ear.channel:
                    # Perhaps the call is just ending, or just joining another seat: look again in a moment.
                    running.unsettled = running.unsettled or self._clock.monotonic()
                    if self._clock.monotonic() - running.unsettled < _SETTLED:
                        asyncio.get_running_loop().call_later(_SETTLED, self._look.set)
                        return
                await self._send(running, wanted, call)
            else:
                running.unsettled = 0.0

    async def _send(self, running: Running, wanted: Ear, call: CallNow) -> None:
        if wanted.seat is not None and wanted.seat != running.ear.seat:
            verdict = may(running.user, running.verb, running.target_in(call))
            if not verdict.allowed:
                refusal = replace(running.entry(Kind.REFUSED), supervision="", seat=wanted.seat, detail=verdict.why)
                await self._audit.append(refusal)
                await self._switchboard.hang_up(UniqueId(running.id))
                return
        if wanted != running.ear or call.linkedid != running.call:
            where = f"seat {wanted.seat}" if wanted.seat else "the caller, between two seats"
            followed = replace(running.entry(Kind.FOLLOWED, wanted.mode), seat=wanted.seat, call=call.linkedid)
            await self._audit.append(replace(followed, detail=f"the call went to {where}"))
        if running.state is State.OVER:
            return
        running.ear, running.call, running.unsettled = wanted, call.linkedid, 0.0
        running.take(Move.SENT_ON, self._clock.monotonic())
        await self._switchboard.send(UniqueId(running.id), wanted.mode, wanted.channel)


def _moment(fields: Mapping[str, str]) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(fields["Timestamp"]), UTC)
    except (KeyError, ValueError, OverflowError):
        return None
