"""The running part: says that we live, follows seats, ends what ends by itself, helps callers of dead phones."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final

from core.clock import Clock
from core.db import DatabaseAway
from core.ids import AreaId, SeatNumber, UniqueId
from core.journal import Journal
from core.settings import SeatsSettings
from seats.ami import AmiClient, AmiError, AmiEvent, AmiLogin
from seats.live.live import Live
from seats.live.model import Alert, LiveSeat
from seats.live.translate import seat_of_device
from seats.roster import reasons
from seats.roster.commands import BEAT, LIMIT, Commands
from seats.roster.follow import PLATFORM, Standing, Step
from seats.roster.homes import Homes
from seats.roster.kept import Kept
from seats.roster.lost import OUT_OF_ORDER, Phones
from seats.roster.plans import Plans, StoredPlans
from seats.roster.shifts import ended
from seats.roster.states import Move, State
from seats.roster.unanswered import Unanswered
from seats.roster.watch import Watch
from seats.roster.writing_up import over

_WANTED: Final = frozenset({"ContactStatus", "AgentRingNoAnswer", "AgentConnect"})
BEATS: Final = 2.0
"""Seconds between two signs of life."""
_LOOKS: Final = 0.25
_PLANS: Final = 2.0
"""Seconds between two looks at what is planned."""
_ASKED: Final = 2.0
"""Seconds between two questions to a phone with a caller whether it is still there."""
_WITH_A_CALLER: Final = frozenset({State.RINGING, State.TALKING, State.HELD})
SHIFT: Final = "shift"
_PATIENCE: Final = 5
"""Looks at Postgres before seats are followed without knowing where they were."""

_log = logging.getLogger("seats.roster")


class Roster:
    """From `start` to `close`. Nothing a caller needs waits for it: without it seats only write up no more."""

    def __init__(
        self,
        live: Live,
        *,
        reader: AmiLogin,
        commander: AmiLogin,
        journal: Journal,
        plans: StoredPlans,
        settings: SeatsSettings,
        clock: Clock,
    ) -> None:
        self._live, self._journal, self._stored, self._settings, self._clock = live, journal, plans, settings, clock
        self._commander = AmiClient(commander, on_resync=self._told_anew, on_stale=lambda _: self.kept.lost())
        self._reader = AmiClient(reader, wanted=_WANTED, on_event=self._hear)
        self.commands = Commands(self._commander)
        self._phones = Phones(settings.lost_after)
        self.watch = Watch(live, journal, clock, self._phones.away)
        self.watch.heard.append(self._step)
        self.kept = Kept(self.commands, live, clock)
        self.watch.current = lambda: self.kept.current
        self.plans = Plans()
        self.homes = Homes(self.commands, self.watch, live)
        self._unanswered = Unanswered(settings.no_answers)
        self._ending: set[str] = set()
        self._told: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._shifts_at = clock.now()

    async def start(self) -> None:
        """Begin; returns at once."""
        await self._commander.start()
        await self._reader.start()
        steps = (self._keep_living, self._keep_looking, self._keep_asking, self._keep_plans)
        for step in steps:
            self._go(step())

    async def close(self) -> None:
        """Seats that write up go on doing so; the next process, or the dialplan, ends it."""
        self.watch.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(AmiError):
            # At once, not in ten seconds: from now on nobody ends a pause.
            await self.commands.set(BEAT, "0")
        await self._reader.close()
        await self._commander.close()

    # What is heard

    async def _hear(self, event: AmiEvent) -> None:
        fields = event.fields
        if event.name == "ContactStatus":
            number = fields.get("EndpointName", "")
            if number.isdigit():
                self._phones.told(SeatNumber(number), fields.get("ContactStatus", ""), self._clock.monotonic())
            return
        seat = seat_of_device(fields.get("Interface", ""))
        if seat is None:
            return
        if event.name == "AgentConnect":
            self._unanswered.begins_anew(seat)
        elif not self._phones.away(seat) and self._unanswered.rang_out(seat):
            self._go(self._let_it_ring(seat))

    async def _let_it_ring(self, seat: SeatNumber) -> None:
        await self._do(self.commands.pause(seat, reasons.NO_ANSWER), seat, PLATFORM)
        self._alert(reasons.NO_ANSWER, seat)

    def _step(self, seat: LiveSeat, step: Step) -> None:
        if step.move is Move.REGISTER or step.before is State.OFFLINE:
            self._unanswered.begins_anew(seat.number)
            if seat.state is State.PAUSED and seat.reason == reasons.NO_ANSWER and seat.area is not None:
                self._go(self._do(self.commands.ready(seat.number, seat.area), seat.number, PLATFORM))

    # What is done again and again

    async def _told_anew(self, _: AmiClient) -> None:
        """Another Asterisk, perhaps: it knows no variable of ours."""
        self.kept.current = False
        self._told.clear()
        self.homes.forget()
        await self._put_back()

    async def _put_back(self) -> None:
        """What seats had said, when it is another Asterisk; then they are followed again. Raises `AmiError`."""
        if not self.kept.current:
            await self.kept.agree(self.plans.homes, self.plans.limits, self._settings.wrap_up)
            self.watch.look()

    async def _keep_living(self) -> None:
        while True:
            with suppress(AmiError):
                if self.commands.connected:
                    await self.commands.set(BEAT, str(int(self._clock.now().timestamp())))
            await asyncio.sleep(BEATS)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS)
            picture = self._live.picture
            if picture.stale_since is not None or not self.commands.connected or not self.kept.current:
                continue
            self.kept.learn()
            for seat in over(picture.seats, self.plans.limits, self._settings.wrap_up, self._clock.now()):
                if seat.area is not None:
                    await self._do(self.commands.ready(seat.number, seat.area), seat.number, PLATFORM)
            for dead in self._phones.due(picture.calls, self._clock.monotonic()):
                if dead.channel not in self._ending:
                    self._ending.add(dead.channel)
                    self._go(self._end(dead.channel, dead.seat, up=dead.up))
            if self._ending:
                self._ending &= {leg.uniqueid for call in picture.calls.values() for leg in call.channels}

    async def _end(self, channel: UniqueId, seat: SeatNumber, *, up: bool) -> None:
        _log.warning("a seat's phone died in a call", extra={"seat": seat, "talking": up})
        with suppress(AmiError):
            await self.commands.end(channel, OUT_OF_ORDER)
        if up:
            self._alert("lost", seat)

    async def _keep_asking(self) -> None:
        """Phones with a caller are asked more often than those at rest."""
        while True:
            await asyncio.sleep(_ASKED)
            for seat in self._live.picture.seats.values():
                if seat.state in _WITH_A_CALLER and self._settings.qualify:
                    with suppress(AmiError):
                        await self._reader.action("PJSIPQualify", {"Endpoint": seat.number})

    async def _keep_plans(self) -> None:
        tries = 0
        while True:
            try:
                self.plans = await self._stored.read()
                if tries >= 0:
                    self._begin(await self._stored.last_seen(), await self._stored.last_seen(there=True))
                    tries = -1
            except DatabaseAway as error:
                _log.info("what is planned for seats is not known anew: %s", error)
                tries += tries >= 0
                if tries > _PATIENCE:
                    # Steps are better followed from here on than not at all.
                    self._begin({}, {})
                    tries = -1
            if self.commands.connected and self._live.picture.stale_since is None:
                with suppress(AmiError):
                    await self._put_back()
                    await self._agree()
            await asyncio.sleep(_PLANS)

    async def _agree(self) -> None:
        if self.kept.current:
            await self._tell_limits()
            await self.homes.agree(self.plans.homes)
            await self._end_shifts()

    def _begin(self, seen: Mapping[SeatNumber, Standing], there: Mapping[SeatNumber, Standing]) -> None:
        self.watch.start(seen)
        self.kept.remember(there)

    async def _tell_limits(self) -> None:
        wanted = {f"{LIMIT}all": str(self._settings.wrap_up)}
        wanted |= {f"{LIMIT}{of}": str(seconds) for of, seconds in self.plans.limits.items()}
        for name in self._told.keys() - wanted.keys():
            await self.commands.set(name, "")
            del self._told[name]
        for name, value in wanted.items():
            if self._told.get(name) != value:
                await self.commands.set(name, value)
                self._told[name] = value

    async def _end_shifts(self) -> None:
        """A pause now; a call that lasts goes on, and nothing comes after it."""
        now = self._clock.now()
        done = ended(self.plans.shifts, self._shifts_at, now)
        self._shifts_at = now
        for number in done:
            seat = self._live.picture.seats.get(number)
            if seat is not None and seat.state is not State.LOGGED_OUT:
                await self._do(self.commands.pause(number, reasons.LOGGED_OUT), number, SHIFT)

    async def _do(self, act: Awaitable[None], seat: SeatNumber, by: str) -> None:
        self.watch.asked(seat, by)
        try:
            await act
        except AmiError as error:
            _log.warning("a seat was not changed: %s", error, extra={"seat": seat})

    def _alert(self, kind: str, seat: SeatNumber) -> None:
        known = self._live.picture.seats.get(seat)
        area: AreaId | None = known.area if known is not None else None
        self._live.alert(Alert(kind, seat, area, self._clock.now()))
        self._journal.note("seat_alert", None, {"kind": kind, "seat": seat, "area": area or ""})

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
