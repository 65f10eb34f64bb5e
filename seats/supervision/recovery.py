"""After a start or a cut of the link: what the chain holds open is found at Asterisk, or closed with its true end."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from core.clock import Clock
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.accounts.scope import EVERYWHERE, AreaScope
from seats.accounts.user import Role, User
from seats.supervision.ear import Ear
from seats.supervision.entry import Entry, Kind, Row, target_of
from seats.supervision.facts import Facts
from seats.supervision.floor import ACT, OURS, CallNow, Floor
from seats.supervision.presence import Presence
from seats.supervision.rules import Verb
from seats.supervision.running import Running
from seats.supervision.store import Audit
from seats.supervision.switchboard import MODE_OF, AsteriskFailed, Place, Switchboard

AWAY: Final = "our service was away"
_SHIPPED: Final = 4.0
"""Seconds until Asterisk's own events of a channel's end are in Postgres, with some room."""
_POLL: Final = 0.25
_BEGINS: Final = 0.3
"""Seconds ChanSpy runs, at most, before it listens: it looks for its channel ten times a second."""
_log = logging.getLogger("seats.supervision")


class Recovery:
    """Looks after what nobody could see."""

    def __init__(
        self, audit: Audit, facts: Facts, floor: Floor, switchboard: Switchboard, presence: Presence, clock: Clock
    ) -> None:
        self._audit = audit
        self._facts = facts
        self._floor = floor
        self._switchboard = switchboard
        self._presence = presence
        self._clock = clock
        self.busy: set[str] = set()
        """Ids of acts this process is doing right now: open, and not forgotten."""
        self.wanted = asyncio.Event()
        """Set when a row may be open that nobody looks after: after a cut, or a commit of which nobody knows."""

    async def resume(self) -> None:
        """Take up or close every open supervision. Raises `DatabaseAway`, `AsteriskFailed`: then ask again."""
        if not self._floor.fresh:
            raise AsteriskFailed("the live picture is not up to date")
        await self._facts.written()
        before = set(self.busy)
        rows = sorted(await self._audit.open(), key=lambda row: row.supervision)
        for id, found in groupby(rows, key=lambda row: row.supervision):
            if id.startswith((*OURS, ACT)) and id not in before | self.busy:
                await self._resume(id, sorted(found, key=lambda row: row.seq))

    async def _resume(self, id: str, rows: Sequence[Row]) -> None:
        asked = rows[0]
        running = self._presence.get(id)
        if running is not None:
            # Nobody sends it elsewhere between the question and what follows from the answer.
            async with running.turn:
                place = await self._switchboard.where(UniqueId(id))
                if place is not None and running.hearing is None:
                    # Perhaps it only begins: then Asterisk tells of it, and what is asked meanwhile comes too early.
                    await asyncio.sleep(_BEGINS)
                    place = await self._switchboard.where(UniqueId(id))
                if place is not None:
                    self._presence.placed(running, place)
                    return
        elif id.startswith(OURS) and (place := await self._switchboard.where(UniqueId(id))) is not None:
            adopted = self._adopted(id, rows, place)
            if adopted is not None:
                self._presence.placed(adopted, place)
                return
            await self._switchboard.hang_up(UniqueId(id))
        if running is not None:
            self._presence.over(running, await self._true_end(UniqueId(id)), f"it ended while {AWAY}")
            return
        began = any(row.kind is Kind.STARTED for row in rows)
        end = await self._true_end(UniqueId(id)) if id.startswith(OURS) else None
        if began:
            why = f"it ended while {AWAY}" + ("" if end else "; when is not known")
        else:
            why = f"{AWAY}: whether it was done is not known"
        kind = Kind.ENDED if began else Kind.FAILED
        self._facts.put(replace(_entry(asked), kind=kind, happened_at=end, detail=why, seat=rows[-1].seat))

    def _adopted(self, id: str, rows: Sequence[Row], place: Place) -> Running | None:
        """The supervision as rows and Asterisk tell it; None when its call has gone."""
        asked = rows[0]
        last = next(row for row in reversed(rows) if row.kind in {Kind.ASKED, Kind.FOLLOWED, Kind.STARTED})
        verb = Verb([row.verb for row in rows if row.kind is Kind.ASKED][-1])
        channel = UniqueId(place.data.partition(",")[0])
        call = self._floor.call(last.call or LinkedId("")) or self._floor.call_with(channel)
        if call is None or call.caller is None or asked.user_name is None or asked.role is None:
            return None
        begun = any(row.kind is Kind.STARTED for row in rows)
        ear = _ear(verb, place, channel, call)
        running = Running(
            id, _user(asked, place), verb, target_of(asked), call.linkedid, call.caller, ear,
            asked.source, SeatNumber(place.phone), begun=begun,
        )  # fmt: skip
        started = [row for row in rows if row.kind in {Kind.STARTED, Kind.STOPPED}]
        if started and started[-1].kind is Kind.STARTED and started[-1].verb == ear.mode:
            running.hearing = ear
        self._presence.add(running)
        _log.info("a running supervision was found again", extra={"supervision": id, "call": call.linkedid})
        return running

    async def _true_end(self, channel: UniqueId) -> datetime | None:
        until = self._clock.monotonic() + _SHIPPED
        while True:
            found = await self._audit.end_of(channel)
            if found is not None or self._clock.monotonic() >= until:
                return found
            await asyncio.sleep(_POLL)


def _ear(verb: Verb, place: Place, channel: UniqueId, call: CallNow) -> Ear:
    mode = MODE_OF.get(place.context, verb)
    if channel and channel == call.seat_channel:
        return Ear(mode, channel, call.seat)
    return Ear(mode, channel or call.caller or UniqueId(""), call.seat if mode is Verb.TAKEOVER else None)


def _user(asked: Row, place: Place) -> User:
    """Who asked, with no wider a scope than what they asked for: they may have lost their rights since."""
    role = Role(asked.role or Role.AUDITOR)
    areas = frozenset(AreaId(area) for area in asked.areas if area)
    scope = EVERYWHERE if role is Role.PROVINCE_SUPERVISOR else AreaScope(areas)
    return User(asked.user_name or "", role, AreaId(""), SeatNumber(place.phone), scope)


def _entry(row: Row) -> Entry:
    fields = {name: value for name, value in asdict(row).items() if name in Entry.__dataclass_fields__}
    return Entry(**fields)
