"""A load run: seats answer, calls arrive as the plan says, the impatient leave and try again, a few phones listen."""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.crew import Crew
from sim.errors import PhoneError
from sim.heard import Reference
from sim.load import sippxml
from sim.load.arrivals import Caller, callers
from sim.load.ear import Ear
from sim.load.plan import LoadPlan
from sim.load.registrar import Registrar
from sim.load.sipp import Sipp, pack
from sim.load.tally import Attempt, Tally
from sim.profile import Profile
from sim.sound import RATE, alaw_codes
from sim.voice import Voice, speak

_TICK_SECONDS = 0.25
_FIRST = "load-1"
"""What call ids of the process with the first calls begin with."""
_LISTENERS_AT_ONCE = 10
_SEAT_WORDS = "您好,税务服务热线为您服务,请问有什么可以帮助您?请您稍等,我来为您查询有关的政策规定。"
_CALLER_WORDS = "你好,我想咨询一下纳税申报的问题。"
Tell = Callable[[str], None]


class LoadRun:
    """One run of one plan."""

    def __init__(self, plan: LoadPlan, profile: Profile, folder: Path, tell: Tell) -> None:
        self.plan = plan
        self.profile = profile
        self.tally = Tally()
        self.held_back = 0
        """Calls that came due while the bound of calls at once was reached."""
        self.began = 0.0
        self.folder = folder
        self._tell = tell
        self._target = f"{profile.host}:{profile.port}"
        self.interrupted = False
        """Ended by Ctrl-C before its time."""
        self._run = secrets.token_hex(6)
        """Makes call ids of this run different from those of any other."""
        self._group = 0
        """Process group of every SIPp."""
        self._waves: list[Sipp] = []
        self._wave_of: dict[str, Sipp] = {}
        """Call-ID to the process that has the call."""
        self._patience: dict[str, float] = {}
        self._redials: list[tuple[float, Caller]] = []
        self._quiet: list[Caller] = []
        self._loud: list[Caller] = []
        self._again_left = 0
        self._granted = 0
        """First calls SIPp may have up."""
        self._promised: dict[str, int] = {}
        self._process: dict[str, Sipp] = {}
        """What call ids of a process begin with: how many calls it was given, and which it is."""
        self._chance = random.Random(plan.seed + 1)
        self._listening: set[asyncio.Task[None]] = set()
        self._reference = Reference("seat", np.zeros(RATE))
        self._seen_over: set[int] = set()

    async def run(self) -> None:
        """Run it to its end, to its bounds, or until interrupted. Raises `PhoneError`, `MissingTool`."""
        due = callers(self.plan)
        async with pack() as self._group:
            seats = Sipp("seats", self.folder, self.profile.desk, self._group, self.profile.sipp)
            registrar = Registrar(self.plan, self.profile, seats, self._tell)
            try:
                await self._open(seats)
                await registrar.register()
                self.began = time.time()
                async with Crew(self.folder / "listeners") as crew:
                    await self._play(due, crew, seats, registrar)
            except asyncio.CancelledError:
                self.interrupted = True
            finally:
                if registrar.registered:
                    await registrar.register(0)
                await seats.stop()

    async def _play(self, due: list[Caller], crew: Crew, seats: Sipp, registrar: Registrar) -> None:
        """Let them come, and see them off; whatever happens, no call is left."""
        renewing = asyncio.create_task(registrar.stay())
        try:
            await self._arrive(due, crew, seats)
            await self._drain(crew, seats)
        finally:
            for task in (*self._listening, renewing):
                task.cancel()
            await asyncio.gather(*self._listening, renewing, return_exceptions=True)
            await asyncio.gather(*(wave.stop() for wave in self._waves))
            self._follow(seats)

    async def _open(self, seats: Sipp) -> None:
        """Speech and scenarios; the seats' SIPp listens."""
        seat, caller = (
            await asyncio.to_thread(speak, _SEAT_WORDS, Voice("+f2")),
            await asyncio.to_thread(speak, _CALLER_WORDS, Voice("+m3")),
        )
        self._reference = Reference("seat", seat)
        await asyncio.to_thread(self._write, seat, caller)
        await seats.start("seats", "-aa", "-timeout", f"{self._longest():.0f}s")  # -aa: they answer OPTIONS
        await asyncio.sleep(0.3)
        if not seats.running:
            raise PhoneError(f"SIPp as seats did not start: {seats.errors()}")

    def _write(self, seat: np.ndarray, caller: np.ndarray) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "seat.alaw").write_bytes(alaw_codes(seat).tobytes())
        (self.folder / "caller.alaw").write_bytes(alaw_codes(caller[:RATE]).tobytes())
        speech = "seat.alaw" if self.plan.listen else ""
        (self.folder / "seats.xml").write_text(sippxml.seats(self.plan.seats, speech), encoding="utf-8")
        (self.folder / "caller.xml").write_text(sippxml.caller("caller.alaw"), encoding="utf-8")

    async def _arrive(self, due: list[Caller], crew: Crew, seats: Sipp) -> None:
        """Let the calls come when they are due: SIPp's rate and limit are set anew four times a second."""
        self._quiet = [caller for caller in due if not caller.listens]
        self._loud = [caller for caller in due if caller.listens]
        # Whoever is due calls first: what the bound of calls leaves is for trying again.
        self._again_left = max(0, self.plan.calls - len(due))
        if self._quiet:
            await self._wave(self._quiet, rate=0.0, most=self.plan.at_once)
        shown = 0
        while time.time() - self.began < self.plan.seconds:
            await self._tick(crew, seats)
            now = time.time() - self.began
            if int(now) > shown:
                shown = int(now)
                self._show(now)

    async def _let_in(self, crew: Crew) -> None:
        """Share the bound of calls at once beforehand: what one process gives up is another's a tick later."""
        now = time.time() - self.began
        ready = [caller for at, caller in self._redials if at <= self.began + now][: self._again_left]
        loud = [caller for caller in self._loud if caller.at <= now]
        first = self._waves[0] if self._quiet else None
        room = self.plan.at_once - self._others() - self._firsts()
        for caller in loud[: max(0, room)]:
            self._loud.remove(caller)
            self._listen(caller, crew)
            room -= 1
        again = ready[: max(0, room)]
        if again:
            self._redials = [(at, caller) for at, caller in self._redials if caller not in again]
            self._again_left -= len(again)
            await self._wave(again, rate=20.0, most=len(again))
        if first is None or not first.running:
            return
        waiting = len(ready) - len(again) + sum(caller.at <= now for caller in self._loud)
        self._granted = max(0, self.plan.at_once - self._others() - min(waiting, (self.plan.at_once + 1) // 2))
        wanted = sum(caller.at <= now + _TICK_SECONDS for caller in self._quiet) - self._placed()
        first.steer(max(0, wanted) / _TICK_SECONDS if self._granted else 0.0, max(1, self._granted))
        if self._live_firsts() >= self._granted:
            self.held_back = max(self.held_back, wanted)

    def _others(self) -> int:
        """Calls beside the first ones that are up or about to be: of redials and of phones that listen."""
        over = Counter(a.call_id.rpartition("-")[0] for a in self.tally.attempts if a.over and a.call_id)
        again = [(calls - over[name], self._process[name]) for name, calls in self._promised.items() if name != _FIRST]
        return sum(calls for calls, process in again if process.running) + len(self._listening)

    def _firsts(self) -> int:
        """First calls that are up, or may be by now: SIPp's log is a moment late."""
        live = self._live_firsts()
        return max(live, min(self._granted, live + self._unplaced()))

    def _live_firsts(self) -> int:
        """First calls that are up, by the log."""
        return sum(not a.over and a.call_id.startswith(f"{_FIRST}-") for a in self.tally.attempts)

    def _placed(self) -> int:
        return sum(attempt.call_id.startswith(f"{_FIRST}-") for attempt in self.tally.attempts)

    def _unplaced(self) -> int:
        """First calls that have not been placed."""
        return len(self._quiet) - self._placed()

    async def _drain(self, crew: Crew, seats: Sipp) -> None:
        """Until every call is over, or the longest time is up."""
        end = self.began + self._longest()
        shown = time.time()
        # The wave's last calls are placed within a moment; only then can nobody be left.
        grace = time.time() + 1.5
        while time.time() < end:
            owed = self._redials or self._listening or self._loud
            if not owed and time.time() >= grace and not self.tally.live and self._unplaced() == 0:
                break
            if not owed and not any(wave.running for wave in self._waves):
                # Every process has ended: what has no end in its log was cut off by SIPp itself.
                break
            await self._tick(crew, seats)
            if time.time() - shown >= 1:
                shown = time.time()
                self._show(shown - self.began)
        if self.tally.live:
            self._tell(f"bound reached: {self.tally.live} calls are cut off after {self._longest():.0f} s")
        if self._unplaced():
            self._tell(f"bound reached: {self._unplaced()} calls were never placed in {self._longest():.0f} s")

    async def _tick(self, crew: Crew, seats: Sipp) -> None:
        await asyncio.sleep(_TICK_SECONDS)
        self._follow(seats)
        now = time.time()
        for attempt in self.tally.attempts:
            if attempt.over or attempt.connected is None or attempt.talked is not None:
                continue
            if attempt.call_id not in self._wave_of:
                continue
            if now - attempt.dialled >= self._patience.get(attempt.number, 1e9):
                self._wave_of[attempt.call_id].leave(attempt.call_id)
        await self._let_in(crew)

    def _follow(self, seats: Sipp) -> None:
        """Read what the processes have logged."""
        for wave in self._waves:
            for line in wave.lines():
                attempt = self.tally.take(line)
                if attempt is not None and attempt.call_id:
                    self._wave_of.setdefault(attempt.call_id, wave)
        for line in seats.lines():
            self.tally.take(line)
        for attempt in self.tally.attempts:
            if attempt.over and id(attempt) not in self._seen_over:
                self._seen_over.add(id(attempt))
                self._perhaps_again(attempt)

    def _perhaps_again(self, attempt: Attempt) -> None:
        redial = self.plan.redial
        if len(self._redials) >= self._again_left:
            return
        if attempt.outcome == "answered" or attempt.tries > redial.most or self._chance.random() >= redial.chance:
            return
        patience = self._patience.get(attempt.number, self.plan.patience.mean)
        caller = Caller(0.0, attempt.area, attempt.number, patience, tries=attempt.tries + 1)
        self._redials.append((time.time() + redial.after, caller))

    async def _wave(self, who: list[Caller], rate: float, most: int) -> Sipp:
        """A SIPp process that places these calls in order, never more than `most` at once."""
        name = f"callers-{len(self._waves) + 1}"
        for caller in who:
            self.tally.expect(caller.number, caller.area, caller.tries)
            self._patience[caller.number] = caller.patience
        rows = "SEQUENTIAL\n" + "".join(f"{caller.number};\n" for caller in who)
        await asyncio.to_thread((self.folder / f"{name}.csv").write_text, rows, encoding="utf-8")
        wave = Sipp(name, self.folder, self.profile.trunk, self._group, self.profile.sipp)
        self._waves.append(wave)
        begins = f"load-{len(self._waves)}"
        self._promised[begins], self._process[begins] = len(who), wave
        await wave.start(
            "caller", "-s", self.profile.hotline, "-inf", f"{name}.csv", "-m", str(len(who)), "-r", f"{rate:g}",
            "-l", str(most), "-cid_str", f"{begins}-%u@{self._run}",
            "-timeout", f"{self._longest():.0f}s", "-trace_stat", "-stf", f"{name}.csv.stat", "-fd", "1",
            target=self._target,
        )  # fmt: skip
        return wave

    def _listen(self, caller: Caller, crew: Crew) -> None:
        if len(self._listening) >= _LISTENERS_AT_ONCE:
            caller = replace(caller, listens=False)
        ear = Ear(self.profile, self.tally, crew, self._reference, self._longest())
        task = asyncio.create_task(ear.call(caller))
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)

    def _show(self, now: float) -> None:
        attempts = self.tally.attempts
        talking = sum(attempt.talking for attempt in attempts)
        refused = sum(a.refused is not None for a in attempts)
        gone = sum(a.outcome in ("gave up", "turned away", "no reply") for a in attempts)
        self._tell(
            f"{now:6.0f} s  placed {len(attempts):5}  up {self.tally.live:4}  with a seat {talking:4}  "
            f"answered {sum(a.talked is not None for a in attempts):5}  lost {gone:4}  refused {refused:4}"
        )

    def _longest(self) -> float:
        """No run takes longer than this."""
        plan = self.plan
        patience, talk = 4 * plan.patience.mean, 6 * plan.seats.talk.mean
        return plan.seconds + patience + talk + plan.redial.after * plan.redial.most + 30
