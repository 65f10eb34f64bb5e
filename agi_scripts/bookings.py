"""What the doors know of callbacks and appointments."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agi_scripts import variables as v
from agi_scripts.steps import Bearings
from core.clock import Clock
from core.ids import AreaId
from core.settings import Settings
from routing.hours import opening
from routing.hours_file import HoursFile
from routing.numbers import Form
from seats.callbacks.appointing import Agenda
from seats.callbacks.book import Book
from seats.callbacks.dialog import Asking
from seats.callbacks.request import CALLABLE, OWN_CALL, PREFIX
from seats.callbacks.states import NEXT, Move
from seats.callbacks.tail import Tail
from seats.callbacks.times import Window, window

READ = (v.STAGE, v.KEYS, v.QUEUE, v.SHOWN_NUMBER, v.QUEUED_AT)
"""What a step of a booking is made from."""


class Bookings:
    """What the doors know of callbacks: the journal and the file of the service, never a database."""

    def __init__(self, settings: Settings, clock: Clock, hours: HoursFile) -> None:
        self._tail = Tail(settings.paths.journal, settings.paths.callbacks, Book())
        self._clock = clock
        self._hours = hours
        self._trunk_area = settings.sip.trunk_area
        self._capacity = settings.callbacks.slot_capacity
        self.window: Window = window(settings.callbacks.begins, settings.callbacks.ends)
        self.active = bool(settings.sip.trunk_out)

    def book(self) -> Book:
        """What is known now."""
        self._tail.catch_up()
        return self._tail.book

    def agenda(self, area: AreaId) -> Agenda:
        """What can be promised to callers of `area`."""
        calendar = self._hours.calendar()
        return Agenda(self.window, lambda at: opening(area, at, calendar).open, self._capacity)

    def asking(self, said: Mapping[str, str], bearings: Bearings, wait: str) -> Asking:
        """The step's side of the call. `said`: the variables of `READ`; `wait`: estimated seconds, or nothing."""
        tree = bearings.tables.tree
        area = AreaId(said[v.QUEUE]) if said[v.QUEUE] in tree else tree.root.id
        now = self._clock.now()
        number = said[v.SHOWN_NUMBER]

        def normalise(keys: str) -> str:
            found = bearings.tables.plan.normalise(keys, self._trunk_area)
            callable_ = found.form in (Form.MOBILE, Form.LANDLINE) and found.fits
            return found.normalized if callable_ and CALLABLE.fullmatch(found.normalized) else ""

        return Asking(
            stage=said[v.STAGE],
            keys=said[v.KEYS],
            number=number if CALLABLE.fullmatch(number) else "",
            area=area,
            now=now,
            joined_at=_moment(said[v.QUEUED_AT], now),
            wait=_minutes(wait),
            book=self.book(),
            normalise=normalise,
            new_id=f"{PREFIX}{secrets.token_hex(6)}",
        )

    def returned(self, number: str) -> dict[str, Any] | None:
        """Fields of the fact that the caller of `number`, whose place was kept, is on the line again."""
        if not self.active or not CALLABLE.fullmatch(number):
            return None
        known = self.book().of(number)
        if known is None or known.why not in OWN_CALL or Move.RETURNED not in NEXT[known.state]:
            return None
        return {"id": known.id, "move": str(Move.RETURNED), "base": known.base()}


def _minutes(seconds: str) -> int | None:
    """Begun minutes; None for what is no number."""
    return -(-int(seconds) // 60) if seconds.isascii() and seconds.isdigit() and len(seconds) < 8 else None


def _moment(epoch: str, now: datetime) -> datetime:
    if not epoch.isascii() or not epoch.isdigit() or len(epoch) > 10:
        return now
    return min(datetime.fromtimestamp(int(epoch), UTC), now)
