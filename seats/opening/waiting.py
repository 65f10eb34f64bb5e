"""An announcement reaches whoever waits already: once each, over the waiting music, and their place stays theirs."""

import asyncio
import logging
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.clock import Clock
from core.ids import AreaId, LinkedId, UniqueId
from routing.hours import Calendar
from routing.hours_file import HoursFile
from seats.ami import AmiClient, AmiError, AmiLogin, AmiRefused
from seats.live.model import CallState, LiveCall, Pictured
from seats.live.parts import NOTICE
from seats.opening.whisper import Whisper

TICK: Final = 0.3
_OPENING: Final = timedelta(seconds=9)
"""The words a wait begins with are over by then: nothing is said over them."""
_SETTING: Final = timedelta(seconds=5)
"""Between an announcement's time and its being in the file: it is spoken first. Who rings then may not hear it."""
_LONGEST: Final = 45.0
"""Seconds one may take; its end is not looked for."""
_AT_ONCE: Final = 40
"""Callers who are told at the same time; the others follow."""
_WAITS: Final = frozenset({CallState.WAITING, CallState.RINGING})
_log = logging.getLogger("seats.opening")


@dataclass(frozen=True, slots=True)
class Owed:
    """One waiting caller who has not heard what was announced since they rang."""

    call: LinkedId
    channel: UniqueId
    sounds: tuple[str, ...]
    """Prompt keys."""


def owed(calls: Iterable[LiveCall], calendar: Calendar, root: AreaId, now: datetime) -> Iterator[Owed]:
    """Whoever waits for a seat, and the announcements for their area that are younger than their call. Pure."""
    for call in calls:
        if call.state not in _WAITS or call.waiting_since is None or now - call.waiting_since < _OPENING:
            continue
        caller = call.channels[0]
        if caller.seat is not None or not caller.channel.startswith("PJSIP/"):
            continue  # a place kept in the line: nobody listens there
        notices = calendar.notices_for(call.area or call.queue or root, now)
        sounds = tuple(it.sound for it in notices if it.since is not None and it.since + _SETTING > call.started)
        if sounds:
            yield Owed(call.linkedid, caller.uniqueid, sounds)


class WaitingNotices:
    """`start` begins; `step` is one round."""

    def __init__(self, live: Pictured, hours: HoursFile, commander: AmiLogin, root: AreaId, clock: Clock) -> None:
        self._live, self._hours, self._root, self._clock = live, hours, root, clock
        self._client = AmiClient(commander)
        self.whisper = Whisper(self._client)
        self._seen: set[tuple[LinkedId, str]] = set()
        """Asked about already, of calls that are up."""
        self._saying: dict[LinkedId, tuple[str, float]] = {}
        """The channel of ours that says something to that call's caller, and until when at most."""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; returns at once."""
        await self._client.start()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop; what is being said is said to its end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.close()

    async def step(self) -> None:
        """One round. Raises `AmiError`: the next one goes on."""
        calls = self._live.picture.calls
        await self._end_what_nobody_waits_for(calls)
        calendar = self._hours.calendar()
        if not calendar.notices or self._live.picture.stale_since is not None:
            return
        self._seen = {pair for pair in self._seen if pair[0] in calls}
        for each in owed(calls.values(), calendar, self._root, self._clock.now()):
            new = tuple(key for key in each.sounds if (each.call, key) not in self._seen)
            if not new or each.call in self._saying or len(self._saying) >= _AT_ONCE:
                continue
            own = f"{NOTICE}{secrets.token_hex(6)}"
            try:
                said = await self.whisper.say(own, each.channel, each.call, new)
            except AmiRefused:
                said = ()  # the caller has gone
            self._seen.update((each.call, key) for key in new)
            if said:
                self._saying[each.call] = (own, self._clock.monotonic() + _LONGEST)

    async def _end_what_nobody_waits_for(self, calls: Mapping[LinkedId, LiveCall]) -> None:
        """A seat has answered, or the caller has gone: nobody hears an announcement in the middle of a talk."""
        for linkedid, (own, until) in list(self._saying.items()):
            call = calls.get(linkedid)
            if call is None or call.state not in _WAITS:
                await self.whisper.stop(own)
            elif self._clock.monotonic() < until:
                continue
            del self._saying[linkedid]

    async def _run(self) -> None:
        while True:
            try:
                await self.step()
            except (AmiError, OSError) as error:
                _log.warning("an announcement waits: %s", error)
            await asyncio.sleep(TICK)
