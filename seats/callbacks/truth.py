"""How a call of ours ended, from what Asterisk itself wrote: its files on this disk first, then Postgres."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.db import DatabaseAway
from core.ids import SeatNumber
from seats.callbacks.dialler import PERSON
from seats.callbacks.states import Move
from seats.callbacks.store import CallbackStore
from seats.records.cel import CelEvent, parse

_SEAT: Final = re.compile(r"PJSIP/([1-9][0-9]{5,7})-")
CUT_OFF: Final = "cut_off"
"""Asterisk died while they talked."""
EMPTY: Final = frozenset({"joinempty", "leaveempty"})
"""No phone of the queue was there."""
_TALKED: Final = "ANSWER"
_WORDS: Final = {
    "BUSY": "busy",
    "NOANSWER": "no_answer",
    "CANCEL": "seat_hung_up",
    "CONGESTION": "refused",
    "CHANUNAVAIL": "refused",
}
CARRIER: Final = "carrier_unreachable"
"""The carrier did not take the call: nobody was rung."""
_UNTAKEN: Final = frozenset({"CONGESTION", "CHANUNAVAIL"})
_CARRIERS: Final = frozenset({None, 0, 2, 3, 27, 34, 38, 41, 42, 44, 58, 102})
"""Q.850 causes that say so; with others the number does not exist, or the person refused."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call of ours ended."""

    move: Move
    """HUNG_UP, NOT_REACHED or UNSEATED."""
    result: str
    seat: SeatNumber | None
    over: bool
    """Whether Asterisk says that nothing more comes."""


def ending(events: Sequence[CelEvent]) -> Ending:
    """Of the events of one call of ours, in the order they were written. Pure. No events: it never came about."""
    said = {event.type: event.details() for event in events if event.of_dialplan}
    over = any(event.type == "LINKEDID_END" for event in events)
    answered = [event for event in events if event.type == "ANSWER"]
    seats = [found[1] for event in answered if (found := _SEAT.match(event.channel))]
    seat = SeatNumber(seats[0]) if seats else None
    status = str(said.get("CALLBACK_TRIED", {}).get("status", ""))
    if status == _TALKED and _left_alone(events):
        return Ending(Move.NOT_REACHED, CUT_OFF, seat, over)
    if status == _TALKED:
        return Ending(Move.HUNG_UP, "talked", seat, over)
    if status in _UNTAKEN and _cause(events) in _CARRIERS:
        return Ending(Move.UNSEATED, CARRIER, seat, over)
    if status:
        return Ending(Move.NOT_REACHED, _WORDS.get(status, status.lower()), seat, over)
    if "CALLBACK_DIALLED" in said and "CALLBACK_TRIED" not in said:
        # Asterisk died in the middle. Whoever was talking is owed another call; whoever only rang was rung.
        talked = any(event.channel.startswith(PERSON) for event in answered)
        return Ending(Move.NOT_REACHED, CUT_OFF if talked else "interrupted", seat, over)
    unseated = said.get("CALLBACK_UNSEATED", {})
    return Ending(Move.UNSEATED, str(unseated.get("queue_status") or "").lower() or "no_seat", seat, over)


def _left_alone(events: Sequence[CelEvent]) -> bool:
    """Whether the phone of the seat who talked last died, and no other seat has answered since."""
    alone = False
    for event in events:
        if event.type == "AFTER_SEAT":
            alone = event.details().get("lost") is True
        elif event.type == "ANSWER" and _SEAT.match(event.channel):
            alone = False
    return alone


def _cause(events: Sequence[CelEvent]) -> object:
    """Why the channel to the person ended; None without one."""
    ends = [event for event in events if event.type == "HANGUP" and event.channel.startswith(PERSON)]
    return ends[-1].details().get("hangupcause") if ends else None


class Truth:
    """Asks the files, then Postgres."""

    def __init__(self, folder: Path, store: CallbackStore) -> None:
        self._folder = folder
        self._store = store

    async def of(self, channel: str) -> Ending | None:
        """How the call of that linkedid ended; None while nobody can know: its events may be in a Postgres that is
        away."""
        events = await asyncio.to_thread(self.on_disk, channel)
        if not any(event.type == "LINKEDID_END" for event in events):
            try:
                stored = await self._store.events(channel)
            except DatabaseAway:
                if not events:
                    return None
                stored = ()
            if len(stored) > len(events):
                events = list(stored)
        return ending(events)

    def on_disk(self, channel: str) -> list[CelEvent]:
        """Events of that call in Asterisk's files, oldest file first."""
        mark = channel.encode()
        found: list[CelEvent] = []
        for path in sorted(self._folder.glob("*.csv"), key=_written):
            try:
                data = path.read_bytes()
            except OSError:
                continue
            lines = [line for line in data.split(b"\n") if mark in line]
            block = parse(b"".join(line + b"\n" for line in lines))
            found += [each.event for each in block.events if each.event.linkedid == channel]
        return found


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
