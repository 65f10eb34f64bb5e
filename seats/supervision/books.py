"""An act between its rows: leave asked of the rules, the row before, the row after. Nothing is done off the books."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from core.ids import LinkedId, SeatNumber
from seats.accounts.user import User
from seats.supervision.act import ActResult, CannotAct, NoSuchTarget, Refused
from seats.supervision.entry import Entry, Kind, Row, aimed_at
from seats.supervision.facts import Facts
from seats.supervision.floor import ACT, CallNow, Floor
from seats.supervision.recovery import Recovery
from seats.supervision.registrar import NotUnregistered
from seats.supervision.rules import Target, TargetKind, Verb, Verdict, may
from seats.supervision.store import Audit
from seats.supervision.switchboard import AsteriskFailed

STALE: Final = "the link to Asterisk is down: nobody knows who talks with whom just now"


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for."""

    user: User
    verb: Verb
    target: Target
    reason: str
    source: str
    to: str = ""

    def entry(self, kind: Kind, id: str = "", call: CallNow | None = None) -> Entry:
        """A row about it; `call` is the call it touches."""
        entry = Entry(
            kind, str(self.verb), supervision=id, user_name=self.user.name, role=str(self.user.role),
            reason=self.reason, source=self.source, destination=self.to,
        )  # fmt: skip
        seat = SeatNumber(self.target.id) if self.target.kind is TargetKind.SEAT else None
        if call is not None:
            entry = replace(entry, call=call.linkedid, seat=call.seat or seat)
        elif seat is not None:
            entry = replace(entry, seat=seat)
        elif self.target.kind is TargetKind.CALL:
            entry = replace(entry, call=LinkedId(self.target.id))
        return aimed_at(entry, self.target)


class Books:
    """The rows of acts under way."""

    def __init__(self, audit: Audit, facts: Facts, floor: Floor, recovery: Recovery) -> None:
        self._audit = audit
        self._facts = facts
        self._floor = floor
        self._recovery = recovery

    async def allow(self, ask: Ask, verdict: Verdict) -> None:
        """Go on, or add the refusal and raise `Refused`. Raises `DatabaseAway`."""
        if not verdict.allowed:
            await self._audit.append(replace(ask.entry(Kind.REFUSED), detail=f"{verdict.code}: {verdict.why}"))
            raise Refused(verdict.why)

    async def asked(self, entry: Entry) -> Row:
        """The row before the act. Raises `DatabaseAway`: then nothing may be done, and the row, should it have been
        committed after all, is found and closed later."""
        try:
            return await self._audit.append(entry)
        except BaseException:
            self._recovery.wanted.set()
            raise

    def note(self, entry: Entry) -> None:
        """A row after the act; nobody waits for it."""
        self._facts.put(entry)

    def open(self, id: str) -> None:
        """This process is doing `id` just now."""
        self._recovery.busy.add(id)

    def close(self, id: str) -> None:
        """… and no more."""
        self._recovery.busy.discard(id)

    async def once(self, ask: Ask, call: CallNow | None, do: Callable[[], Awaitable[None]]) -> ActResult:
        """A single act between its two rows. Raises `DatabaseAway`, `CannotAct`."""
        id = new_id(ACT)
        self.open(id)
        try:
            row = await self.asked(ask.entry(Kind.ASKED, id, call))
            try:
                await do()
            except (AsteriskFailed, NotUnregistered) as error:
                self.note(replace(ask.entry(Kind.FAILED, id, call), detail=str(error)))
                raise CannotAct(str(error)) from error
            self.note(ask.entry(Kind.DONE, id, call))
        finally:
            self.close(id)
        return result(row)

    async def call(self, ask: Ask) -> CallNow:
        """The call meant, as it is at this moment, and still inside the user's scope.

        Raises `CannotAct`, `NoSuchTarget`, `Refused`, `DatabaseAway`.
        """
        if not self._floor.fresh:
            raise CannotAct(STALE)
        if ask.target.kind is TargetKind.SEAT:
            found = self._floor.call_of(SeatNumber(ask.target.id))
            if found is None:
                raise NoSuchTarget(f"seat {ask.target.id} is in no call")
            return found
        found = self._floor.call(LinkedId(ask.target.id))
        if found is None:
            raise NoSuchTarget("no such call is up")
        await self.allow(ask, may(ask.user, ask.verb, replace(ask.target, areas=found.areas)))
        return found


def new_id(prefix: str) -> str:
    """A new supervision's or act's id."""
    return f"{prefix}{secrets.token_hex(6)}"


def result(row: Row) -> ActResult:
    """What a committed row answers."""
    if row.at is None:
        raise RuntimeError("a committed row has a time")
    return ActResult(row.supervision, row.verb, row.target_id, row.at)
