"""What supervisors do about hours: written down first, then in the file, and in force for the next call."""

import asyncio
import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core.clock import Clock
from routing import hours_edit as edits
from routing.areas import AreaTree
from routing.hours import ALL, Calendar, Closure, Notice
from routing.hours_edit import Edit
from routing.hours_file import HoursUnwritable, change, load
from seats.accounts.user import User
from seats.opening.speech import NotSpoken, Speech
from seats.records.access import Rows
from seats.supervision.act import ActResult, CannotAct
from seats.supervision.entry import Entry, Kind
from seats.supervision.rules import TargetKind, Verb


class OpeningDesk:
    """Over the file of hours of this copy. Areas are ids, or `all`."""

    def __init__(self, file: Path, rows: Rows, speech: Speech, tree: AreaTree, clock: Clock) -> None:
        self._file, self._rows, self._speech, self._tree, self._clock = file, rows, speech, tree, clock

    @property
    def now(self) -> datetime:
        return self._clock.now()

    def calendar(self) -> Calendar:
        """What is set. Raises `BadInput` for a file nobody can read."""
        return load(self._file)

    async def set_hours(self, user: User, area: str, spec: str, *, reason: str, source: str) -> ActResult:
        """`spec` as `routing.week.read` reads it, or `none`. Raises `BadInput`, `CannotAct`, `DatabaseAway`."""
        edit = edits.set_hours(area, None if spec.strip().lower() == "none" else spec)
        return await self._do(user, area, edit, f"hours: {spec}", reason, source)

    async def close(
        self, user: User, area: str, start: datetime | None, end: datetime | None, *, reason: str, source: str
    ) -> ActResult:
        """Shut an area from `start` (None: now) until `end`. Raises as `set_hours`."""
        closure = Closure(area, start or self.now, end, reason[: edits.WHY_LIMIT], user.name)
        detail = f"closed {closure.start:%Y-%m-%dT%H:%MZ} to {f'{end:%Y-%m-%dT%H:%MZ}' if end else 'further notice'}"
        return await self._do(user, area, edits.close(closure, self.now), detail, reason, source)

    async def reopen(self, user: User, area: str, *, reason: str, source: str) -> ActResult:
        """Take the area's closures back. Raises as `set_hours`."""
        return await self._do(user, area, edits.reopen(area), "reopened", reason, source)

    async def announce(
        self, user: User, area: str, text: str, until: datetime | None, *, reason: str, source: str
    ) -> ActResult:
        """Say `text` to every caller of the area first. Raises as `set_hours`."""
        plain = edits.checked_text(text)
        try:
            sound = await self._speech(plain)
        except NotSpoken as error:
            raise CannotAct(str(error)) from error
        notice = Notice(area, plain, sound, until, user.name, self.now)
        return await self._do(user, area, edits.announce(notice, self.now), f"announced: {plain}", reason, source)

    async def hush(self, user: User, area: str, *, reason: str, source: str) -> ActResult:
        """Announce nothing more. Raises as `set_hours`."""
        return await self._do(user, area, edits.hush(area), "announcement taken back", reason, source)

    async def _do(self, user: User, area: str, edit: Edit, detail: str, reason: str, source: str) -> ActResult:
        whole = edits.in_turn((edits.grounded(self._tree, self.now), edit))
        # What cannot be done is not written down as done.
        whole(self.calendar())
        entry = Entry(
            kind=Kind.DONE,
            verb=str(Verb.HOURS),
            supervision=f"hours-{secrets.token_hex(6)}",
            user_name=user.name,
            role=str(user.role),
            target_kind=str(TargetKind.AREA),
            target_id=area,
            areas=(str(self._tree.root.id) if area == ALL else area,),
            reason=reason,
            source=source,
            detail=detail,
        )
        row = await self._rows.append(entry)
        try:
            await asyncio.to_thread(change, self._file, whole)
        except HoursUnwritable as error:
            await self._rows.append(replace(entry, kind=Kind.FAILED, detail=str(error)))
            raise CannotAct(str(error)) from error
        return ActResult(entry.supervision, str(Verb.HOURS), area, row.at or self.now)
