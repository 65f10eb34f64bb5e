"""What people do with callbacks and messages: see them, say what became of them. Written down before it is done."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from core.clock import Clock
from core.db import DatabaseAway
from core.ids import AreaId, LinkedId, SeatNumber
from core.journal import JSON, Journal, JournalUnwritable
from seats.accounts.scope import AreaScope
from seats.callbacks.request import ASKED, CALLABLE, MOVED, PREFIX, Callback, Why
from seats.callbacks.states import NEXT, Move
from seats.callbacks.store import CallbackStore, Message
from seats.callbacks.tail import Tail
from seats.records.access import Rows
from seats.records.recording import RecordingFiles
from seats.supervision.act import ActResult, CannotAct, NoSuchTarget
from seats.supervision.entry import Entry, Kind
from seats.supervision.rules import TargetKind, Verb

_UNDONE: Final = ("new", "assigned", "calling")


class Act(StrEnum):
    """What somebody does with a callback."""

    NOW = "now"
    """Call next, whatever was planned; calling time holds all the same."""
    CANCEL = "cancel"
    CLOSE = "close"
    """It has been dealt with otherwise."""


_MOVE: Final = {Act.NOW: Move.NOW, Act.CANCEL: Move.CANCELLED, Act.CLOSE: Move.CLOSED}


class Followups:
    """Over the book in memory, which knows all that is open, and Postgres, which knows the rest."""

    def __init__(
        self, tail: Tail, store: CallbackStore, rows: Rows, files: RecordingFiles, journal: Journal, clock: Clock
    ) -> None:
        self._tail, self._store, self._rows, self._files = tail, store, rows, files
        self._journal, self._clock = journal, clock

    async def callbacks(
        self, scope: AreaScope, *, area: AreaId | None = None, open_only: bool = False, appointments: bool = False,
        limit: int = 50,
    ) -> Sequence[Callback]:  # fmt: skip
        """Inside `scope`, newest first; what is open also while Postgres is away."""
        self._tail.catch_up()
        known = {one.id: one for one in self._tail.book}
        try:
            stored = await self._store.listed(
                scope, area=area, open_only=open_only, appointments=appointments, limit=limit
            )
        except DatabaseAway:
            stored = []
        found = {one.id: one for one in stored} | {
            id: one
            for id, one in known.items()
            if scope.covers(one.area) and area in (None, one.area) and one.appointment is appointments
        }
        wanted = [one for one in found.values() if one.open or not open_only]
        return sorted(wanted, key=lambda one: one.asked_at, reverse=True)[:limit]

    async def messages(
        self, scope: AreaScope, *, area: AreaId | None = None, open_only: bool = False, limit: int = 50
    ) -> Sequence[Message]:
        """Inside `scope`, newest first. Raises `DatabaseAway`."""
        return await self._store.messages(scope, area=area, open_only=open_only, limit=limit)

    async def given(self, seat: SeatNumber, *, limit: int = 50) -> Sequence[Message]:
        """Those given to that seat and not dealt with, newest first. Raises `DatabaseAway`."""
        return await self._store.given(seat, limit=limit)

    async def callback(self, id: str) -> Callback | None:
        """That callback. Raises `DatabaseAway` when only Postgres can know it."""
        self._tail.catch_up()
        return self._tail.book.get(id) or await self._store.one(id)

    async def message(self, id: str) -> Message | None:
        """That message. Raises `DatabaseAway`."""
        return await self._store.message(id)

    async def act(self, callback: Callback, act: Act, *, who: str, source: str, result: str = "") -> ActResult:
        """Do it. Raises `CannotAct`, `DatabaseAway` (nothing was done)."""
        move = _MOVE[act]
        if move not in NEXT[callback.state]:
            raise CannotAct(f"a callback that is {callback.state} cannot be {move}")
        row = await self._noted(callback.area, callback.call, callback.id, who, source, f"callback {act}", result)
        now = self._clock.now().isoformat()
        details: dict[str, JSON] = {"by": who, "result": result}
        if act is Act.NOW:
            details["not_before"] = now
        fields = {"id": callback.id, "move": str(move), "base": callback.base(), **details}
        self._append(MOVED, callback.call, fields)
        return row

    async def call_back(self, message: Message, *, who: str, source: str) -> ActResult:
        """Have whoever left the message called. Raises `CannotAct`, `DatabaseAway`."""
        self._undone(message)
        if not CALLABLE.fullmatch(message.number):
            raise CannotAct("whoever left the message withheld their number, or it cannot be called")
        row = await self._noted(
            message.area, message.call, message.id, who, source, "message called back", message.result
        )
        self._tail.catch_up()
        known = self._tail.book.of(message.number)
        id = known.id if known is not None else f"{PREFIX}{secrets.token_hex(6)}"
        asked = {"id": id, "number": message.number, "area": message.area, "why": str(Why.MESSAGE)}
        if known is None:
            self._append(ASKED, message.call, asked)
        await self._store.change_message(message.id, _UNDONE, state="calling", callback=id)
        return replace(row, target=id)

    async def assign(self, message: Message, to: SeatNumber | AreaId, *, who: str, source: str) -> ActResult:
        """Give a message to a seat or an area. Raises `CannotAct`, `DatabaseAway`."""
        self._undone(message)
        row = await self._noted(message.area, message.call, message.id, who, source, f"message to {to}", "")
        state = "assigned" if message.state == "new" else message.state
        await self._store.change_message(message.id, _UNDONE, state=state, assigned=str(to))
        return row

    async def close_message(self, message: Message, *, result: str, who: str, source: str) -> ActResult:
        """Say what became of it. Raises `CannotAct`, `DatabaseAway`."""
        self._undone(message)
        row = await self._noted(message.area, message.call, message.id, who, source, "message closed", result)
        done = {"state": "closed", "result": result, "closed_by": who, "closed_at": self._clock.now()}
        await self._store.change_message(message.id, _UNDONE, **done)
        return row

    async def sound(self, message: Message, *, reason: str, who: str, source: str) -> bytes:
        """The message as a WAV file, after a row says who hears it and why. Raises `NoSuchTarget`, `DatabaseAway`."""
        try:
            wave = await asyncio.to_thread(self._files.wave, message.id)
        except OSError as error:
            raise NoSuchTarget("the message's file cannot be read") from error
        await self._noted(message.area, message.call, message.id, who, source, "message heard", reason)
        return wave

    def _undone(self, message: Message) -> None:
        if message.state not in _UNDONE:
            raise CannotAct(f"the message is {message.state}")

    def _append(self, kind: str, call: LinkedId | None, fields: Mapping[str, JSON]) -> None:
        try:
            self._journal.append(kind, call, fields)
        except JournalUnwritable as error:
            raise CannotAct(str(error)) from error
        self._tail.catch_up()

    async def _noted(
        self, area: str, call: LinkedId | None, id: str, who: str, source: str, detail: str, reason: str
    ) -> ActResult:
        row = await self._rows.append(
            Entry(
                kind=Kind.DONE,
                verb=str(Verb.FOLLOW_UP),
                supervision=f"follow-{secrets.token_hex(6)}",
                user_name=who,
                target_kind=str(TargetKind.AREA),
                target_id=area,
                call=call,
                areas=(area,),
                reason=reason,
                source=source,
                detail=f"{detail}: {id}",
            )
        )
        return ActResult(row.supervision, str(Verb.FOLLOW_UP), id, row.at or self._clock.now())
