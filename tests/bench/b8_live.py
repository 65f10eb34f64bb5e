"""End of speech → first sound of the answer, and speech into a prompt → its silence, on audio, through a real copy.

The simulator's callers talk to a copy of the platform on this machine: what they send and hear is measured, no log is
read. Both include the simulator's own jitter buffer and clock of 20 ms.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.console import print_table
from core.settings import Settings
from ops.instance import Instance
from sim.account import Account
from sim.crew import Crew
from sim.handset import LegView
from sim.voice import VARIANTS, Voice, speak

TITLE = "end of speech to first sound of the answer: p50 0.8 s, p95 1.5 s with four callers; barge-in 0.3 s"
CALLERS = (4, 10)
QUESTIONS = (
    "个体工商户怎么注销",
    "子女教育扣除标准",
    "车辆购置税怎么交",
    "二手房过户交什么税",
    "赡养老人怎么扣",
)
"""The model of the repository hears them: what is measured is time, not understanding."""
LIMITS = (0.8, 1.5, 0.3)
_TRUNK = "127.0.0.2"
_AUDIBLE = 200.0
_WAIT = 15.0
_GREETING = 1.2
"""Seconds of a prompt before somebody speaks into it."""


class Caller:
    """Asks every question, each into what is being said."""

    def __init__(self, crew: Crew, leg: LegView, folder: Path, voice: Voice) -> None:
        self._crew = crew
        self._leg = leg
        self._folder = folder
        self._voice = voice
        self.answers: list[float] = []
        self.interrupts: list[float] = []

    async def talk(self) -> None:
        """The whole call."""
        heard = await self._until(lambda: self._sound(0.0))
        for number, question in enumerate(QUESTIONS):
            await self._crew.until(lambda since=heard: _now() > since + _GREETING, _WAIT)
            began, ended = await self._ask(number, question)
            silent = await self._until(lambda since=began: self._silence(since))
            if silent > began:
                self.interrupts.append(silent - began)
            after = max(ended, silent + 0.06)
            heard = await self._until(lambda since=after: self._sound(since))
            self.answers.append(heard - ended)
        await self._leg.hang_up()

    async def _ask(self, number: int, question: str) -> tuple[float, float]:
        """When its first and its last sound left."""
        samples = speak(question, self._voice)
        loud = np.flatnonzero(np.abs(samples) > 600)
        file = self._folder / f"{self._leg.name}-{number}.pcm"
        samples.astype("<i2").tofile(file)
        name = f"question {number}"
        await self._leg.do("say", speech=name, pcm=str(file), loop=False)
        starts = await self._until(lambda: self._event("speech_starts", name))
        await self._until(lambda: self._event("said", name))
        first = starts["at"] + starts["lead"]
        return first + loud[0] / 8000, first + loud[-1] / 8000

    def _event(self, word: str, speech: str) -> dict[str, Any] | None:
        return next((e for e in self._leg.events if e["event"] == word and e.get("speech") == speech), None)

    def _loudness(self, since: float) -> tuple[int, Any]:
        samples = self._leg.recording.samples(since)
        whole = samples[: len(samples) // 160 * 160].reshape(-1, 160)
        return self._leg.recording.first_sample(since), np.sqrt((whole**2).mean(axis=1))

    def _sound(self, since: float) -> float | None:
        first, loudness = self._loudness(since)
        loud = np.flatnonzero(loudness > _AUDIBLE)
        return self._leg.recording.moment(first + int(loud[0]) * 160) if len(loud) else None

    def _silence(self, since: float) -> float | None:
        """Where the last sound before 0.25 s of nothing ends; what does not come in is nothing."""
        first, loudness = self._loudness(since)
        loud = np.flatnonzero(loudness > _AUDIBLE)
        last = since if not len(loud) else self._leg.recording.moment(first + (int(loud[-1]) + 1) * 160 - 1)
        return last if _now() > last + 0.25 else None

    async def _until(self, condition: Callable[[], Any]) -> Any:
        value = await self._crew.until(condition, _WAIT)
        if value is None or value is False:
            raise RuntimeError(f"{self._leg.name}: waited {_WAIT} s in vain; call ended: {self._leg.end}")
        return value


async def measured(copy: Instance, folder: Path, count: int) -> list[Caller]:
    """So many callers at once."""
    async with Crew(folder) as crew:
        callers = []
        for number in range(count):
            account = Account(f"0373512{number:04d}", copy.settings.sip.host, copy.settings.sip.port)
            handset = await crew.phone(f"caller{number}", account, _TRUNK)
            leg = await handset.dial("12366")
            voice = Voice(VARIANTS[number % len(VARIANTS)], 165 + 5 * number, 45 + 2 * number)
            callers.append(Caller(crew, leg, folder, voice))
        await asyncio.gather(*(caller.talk() for caller in callers))
        return callers


def _now() -> float:
    return asyncio.get_running_loop().time()


def main() -> int:
    settings = Settings()
    settings = replace(settings, speech=replace(settings.speech, areas=("all",)))
    rows, good = [], True
    with tempfile.TemporaryDirectory(prefix="b8-") as place, Instance.fresh(Path(place) / "copy", settings) as copy:
        for count in CALLERS:
            callers = asyncio.run(measured(copy, Path(place) / f"calls-{count}", count))
            answers = [one for caller in callers for one in caller.answers]
            stops = [one for caller in callers for one in caller.interrupts]
            figures = [float(np.percentile(answers, share)) for share in (50, 95, 100)]
            stop = [float(np.percentile(stops, share)) for share in (50, 95, 100)]
            rows.append((f"{count}", f"{len(answers)}", *(f"{one:.2f}" for one in (*figures, *stop))))
            if count == CALLERS[0]:
                good = figures[0] <= LIMITS[0] and figures[1] <= LIMITS[1] and stop[1] <= LIMITS[2]
    columns = ("callers", "turns", "answer p50 s", "p95", "worst", "barge-in p50 s", "p95", "worst")
    print_table(TITLE, columns, rows)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
