"""Every seat, followed: each step becomes a fact of the journal, whoever made it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from core.clock import Clock
from core.ids import AreaId, SeatNumber
from core.journal import Journal
from seats.live.live import Live
from seats.live.model import LiveSeat
from seats.live.translate import Changes
from seats.live.truth import Truth
from seats.roster.follow import Standing, Step, standing_of, steps
from seats.roster.projection import KIND, fields
from seats.roster.states import State

_ASKED: Final = 10.0
"""Seconds within which a change of a seat is the work of whoever asked for it."""


class Watch:
    """A watcher of `Live`: sees every seat anew after each event."""

    def __init__(self, live: Live, journal: Journal, clock: Clock, away: Callable[[SeatNumber], bool]) -> None:
        """`away` says whether a seat's phone is known to answer no more: its call is over before Asterisk says so."""
        self.heard: list[Callable[[LiveSeat, Step], None]] = []
        """Who wants to know of each step."""
        self.modes: Mapping[AreaId, str] = {}
        """`home` or `drill`, of areas that work from home."""
        self.current: Callable[[], bool] = lambda: True
        """Whether Asterisk's word on pauses counts; while not, nothing is looked at."""
        self._live, self._journal, self._clock, self._away = live, journal, clock, away
        self._standings: dict[SeatNumber, Standing] = {}
        self._asked: dict[SeatNumber, tuple[str, float]] = {}
        self._seats: Mapping[SeatNumber, LiveSeat] = {}
        self._again: set[SeatNumber] = set()
        self._soon = False

    def start(self, known: Mapping[SeatNumber, Standing]) -> None:
        """Begin; `known` is where each seat was seen last, before this process."""
        self._standings.update(known)
        self._live.watchers.append(self)

    def close(self) -> None:
        """See no more."""
        if self in self._live.watchers:
            self._live.watchers.remove(self)

    def asked(self, seat: SeatNumber, by: str) -> None:
        """Somebody asked for a change of the seat, which is about to be made."""
        self._asked[seat] = (by, self._clock.monotonic())

    def changed(self, changes: Changes) -> None:
        """An event: looked at once, whatever else comes with it."""
        if not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self.look)

    def redrawn(self, truth: Truth) -> None:
        """A snapshot."""
        self.look()

    def look(self) -> None:
        """Compare every seat that changed with where it was."""
        self._soon = False
        picture = self._live.picture
        if not self.current() or picture.stale_since is not None or (picture.seats is self._seats and not self._again):
            return
        seen, self._seats = self._seats, picture.seats
        again, self._again = self._again, set()
        for number, seat in picture.seats.items():
            if seen.get(number) is seat and number not in again:
                continue
            now = standing_of(seat, picture.calls)
            if now is None and seat.call is not None:
                self._again.add(number)  # its call may be told a moment later
            before = self._standings.get(number)
            if now is not None and now.state in {State.READY, State.WRAP_UP} and self._away(number):
                now = replace(now, state=State.OFFLINE, reason="")
            if now is None or now == before:
                continue
            asked_by = self._by(number)
            for step in steps(seat, before, now, asked_by):
                if step.by == asked_by:
                    self._asked.pop(number, None)  # done: the next change is somebody else's
                self._journal.note(KIND, step.call, fields(step, self.modes.get(seat.area or AreaId(""), "")))
                for hear in self.heard:
                    hear(seat, step)
            self._standings[number] = now

    def _by(self, seat: SeatNumber) -> str:
        by, at = self._asked.get(seat, ("", 0.0))
        return by if by and self._clock.monotonic() - at < _ASKED else ""
