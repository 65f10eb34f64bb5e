"""Callers talk with the voice service through a real Asterisk; killed and frozen, it leaves them with the keys."""

import asyncio
import base64
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
import pytest

from core.settings import environment_of
from ivr.prompts import texts
from ivr.prompts.build import build
from ivr.speech.espeak import EspeakSpeaker
from sim.account import Account
from sim.crew import Crew
from sim.handset import LegView
from sim.heard import judge
from sim.sound import Samples, read_audio
from sim.voice import Voice, speak
from tests.asterisk.conftest import Telephony, until
from tests.fakes import scripted_doors
from tests.fakes.scripted_doors import ScriptedDoors

TRUNK = "127.0.0.2"
CALLER = "03735123456"
QUESTION = "个体工商户怎么注销"
DECIDED = {
    "HOTLINE_QUEUE": "xinxiang",
    "HOTLINE_ROUTED": '{"queue":"xinxiang"}',
    "HOTLINE_VOICE": "yes",
    "HOTLINE_NEXT": "queue",
}
AUDIBLE = 200.0
"""Root mean square of 20 ms that somebody hears."""
SOON = 8.0
"""Seconds until keys are offered, whatever fails: aim 3, on a machine that does nothing else."""
WAIT = 20.0


class Service:
    """The voice service, watched over by its own watchdog."""

    def __init__(self, telephony: Telephony) -> None:
        self.port = telephony.settings.speech.port
        self._environment = {**os.environ, **environment_of(telephony.settings)}
        self._log = (telephony.settings.paths.home / "voice.log").open("wb")
        self.start()

    def start(self) -> None:
        """Run it."""
        self.process = subprocess.Popen([sys.executable, "-m", "ivr"], env=self._environment, stderr=self._log)

    def _family(self, word: str) -> list[psutil.Process]:
        kin = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in kin if word in one.cmdline()]

    @property
    def talking(self) -> psutil.Process:
        """The process that talks with callers."""
        return self._family("serve")[0]

    @property
    def ears(self) -> psutil.Process:
        """The process that recognises."""
        return self._family("ivr.speech.vosk_worker")[0]

    def ready(self) -> None:
        """It listens, and its model is loaded."""
        until(lambda: self._answers() and self._hears(), 150)

    def _hears(self) -> bool:
        told = Path(self._log.name).read_text(encoding="utf-8")
        workers = self._family("ivr.speech.vosk_worker")
        return bool(workers) and all(f'"worker": {one.pid}}}' in told for one in workers)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            self._log.close()


@pytest.fixture(scope="module")
def service(telephony: Telephony) -> Iterator[Service]:
    sounds = telephony.settings.paths.asterisk / "sounds/zh/hotline"
    spoken = {key: prompt for key, prompt in texts.load().items() if key.startswith(("keymenu", "talk_"))}
    silent = {key: (sounds / f"{key}.alaw").read_bytes() for key in spoken}
    build(spoken, EspeakSpeaker(), telephony.settings.paths.cache / "prompts", sounds)
    running = Service(telephony)
    try:
        yield running
    finally:
        running.stop()
        for key, data in silent.items():
            (sounds / f"{key}.alaw").write_bytes(data)


@pytest.fixture(autouse=True)
def decided(telephony: Telephony, service: Service) -> Iterator[None]:
    service.ready()
    with ScriptedDoors(telephony.settings.agi.port, scripted_doors.deciding({"incoming": DECIDED})):
        yield
    telephony.console("channel request hangup all")
    until(lambda: telephony.channels() == 0)


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[Crew]:
    async with Crew(tmp_path) as made:
        yield made


class Talker:
    """One caller: dials, speaks, keys, listens."""

    def __init__(self, crew: Crew, leg: LegView, folder: Path) -> None:
        self.leg = leg
        self._crew = crew
        self._folder = folder

    @classmethod
    async def dials(cls, crew: Crew, telephony: Telephony, folder: Path, name: str = "caller") -> "Talker":
        sip = telephony.settings.sip
        handset = await crew.phone(name, Account(CALLER, sip.host, sip.port), TRUNK)
        leg = await handset.dial("12366")
        assert await crew.until(lambda: leg.up, WAIT), leg.end
        return cls(crew, leg, folder)

    async def says(self, text: str) -> None:
        """Begin to say it."""
        await self.sends(speak(text, Voice()), text)

    async def sends(self, samples: Samples, name: str = "sound") -> None:
        """Begin to send this sound."""
        pcm = self._folder / f"{self.leg.name}-{len(self.leg.events)}.pcm"
        samples.astype("<i2").tofile(pcm)
        await self.leg.do("say", speech=name, pcm=str(pcm), loop=False)

    async def has_said(self) -> float:
        """When the last word was out."""
        assert await self._crew.until(lambda: any(e["event"] == "said" for e in self.leg.events), WAIT)
        return float(next(e["at"] for e in self.leg.events if e["event"] == "said"))

    async def keys(self, digits: str) -> None:
        await self.leg.do("keys", keys=digits, gap_ms=100)

    async def hears(self, since: float, within: float = WAIT) -> float:
        """The moment something is heard, of what came in after `since`."""
        moment = await self._crew.until(lambda: self._audible(since), within)
        assert moment, "heard nothing"
        return float(moment)

    async def silence(self, since: float, seconds: float = 0.4) -> float:
        """When a silence of `seconds` begins."""
        moment = await self._crew.until(lambda: self._quiet(since, seconds), WAIT)
        assert moment, "never silent"
        return float(moment)

    def _loudness(self, since: float) -> tuple[int, Any]:
        samples = self.leg.recording.samples(since)
        whole = samples[: len(samples) // 160 * 160].reshape(-1, 160)
        return self.leg.recording.first_sample(since), np.sqrt((whole**2).mean(axis=1))

    def _audible(self, since: float) -> float | None:
        first, loudness = self._loudness(since)
        loud = np.flatnonzero(loudness > AUDIBLE)
        return self.leg.recording.moment(first + int(loud[0]) * 160) if len(loud) else None

    def _quiet(self, since: float, seconds: float) -> float | None:
        first, loudness = self._loudness(since)
        loud = np.flatnonzero(loudness > AUDIBLE)
        last = int(loud[-1]) + 1 if len(loud) else 0
        now = asyncio.get_running_loop().time()
        ended = self.leg.recording.moment(first + last * 160) if last < len(loudness) else since + last * 0.02
        return ended if now - ended > seconds else None

    async def hears_prompt(self, key: str, telephony: Telephony, share: float = 0.0) -> None:
        """These very words, more than `share` of them."""
        reference = read_audio(telephony.settings.paths.asterisk / f"sounds/zh/hotline/{key}.alaw")
        least = share * len(reference) / 8000
        heard = await self._crew.until(lambda: judge(reference, self.leg.recording.samples()).seconds > least, WAIT)
        assert heard, f"never heard {key}"


FAULTS: dict[str, tuple[Callable[[Service], None], str]] = {
    "frozen": (lambda service: service.talking.send_signal(signal.SIGSTOP), "keymenu"),
    "killed": (lambda service: service.talking.kill(), "keymenu"),
    "watchdog killed": (lambda service: service.process.kill(), "keymenu"),
    "ears frozen": (lambda service: service.ears.send_signal(signal.SIGSTOP), "talk_keys_only"),
    "ears killed": (lambda service: service.ears.kill(), "talk_keys_only"),
}
"""What becomes of the service in the middle of a sentence, and what the caller hears then."""


async def reaches_a_person(telephony: Telephony, before: int) -> None:
    """Into the line of the seats."""
    await asyncio.to_thread(until, lambda: len(telephony.told("ROUTED")) > before)


async def test_a_question_interrupts_is_answered_and_0_leads_to_a_person(
    telephony: Telephony, crew: Crew, tmp_path: Path
) -> None:
    before = len(telephony.told("ROUTED"))
    caller = await Talker.dials(crew, telephony, tmp_path)
    greeted = await caller.hears(0.0)
    await caller.says(QUESTION)
    assert await caller.silence(greeted) < greeted + 4.0, "the greeting goes on under the question"
    said = await caller.has_said()
    assert await caller.hears(said + 0.1) - said < 6.0
    await caller.keys("0")
    await reaches_a_person(telephony, before)


async def test_the_greeting_is_not_stopped_by_its_own_echo(telephony: Telephony, crew: Crew, tmp_path: Path) -> None:
    sounds = telephony.settings.paths.asterisk / "sounds/zh/hotline"
    greeting = np.concatenate([read_audio(sounds / f"{key}.alaw") for key in ("talk_hello", "talk_ask")])
    caller = await Talker.dials(crew, telephony, tmp_path)
    await caller.hears(0.0)
    # A tenth of it comes back: -20 dB.
    await caller.sends(greeting * 0.1)
    await caller.hears_prompt("talk_ask", telephony, share=0.7)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_service_that_fails_in_mid_sentence_leaves_the_caller_with_keys(
    telephony: Telephony, service: Service, crew: Crew, tmp_path: Path, fault: str
) -> None:
    before = len(telephony.told("ROUTED"))
    caller = await Talker.dials(crew, telephony, tmp_path)
    greeted = await caller.hears(0.0)
    await caller.says(QUESTION * 3)
    await caller.silence(greeted, 0.2)
    fails, words = FAULTS[fault]
    failed = asyncio.get_running_loop().time()
    fails(service)
    assert await caller.hears(failed + 0.1) - failed < SOON
    await caller.hears_prompt(words, telephony)
    assert caller.leg.up
    await caller.keys("0")
    await reaches_a_person(telephony, before)
    if fault == "watchdog killed":
        service.start()


async def test_one_caller_too_many_is_served_by_keys(telephony: Telephony, crew: Crew, tmp_path: Path) -> None:
    talking = [await Talker.dials(crew, telephony, tmp_path, f"caller {number}") for number in range(3)]
    for caller in talking[:2]:
        await caller.hears_prompt("talk_hello", telephony)
    await talking[2].hears_prompt("keymenu", telephony)


async def test_a_stranger_is_refused(service: Service) -> None:
    async with aiohttp.ClientSession() as web:
        for password in ("", "asterisk", "x" * 4_000):
            url = f"http://127.0.0.1:{service.port}/media?call=1.1"
            headers = {"Authorization": f"Basic {base64.b64encode(f'asterisk:{password}'.encode()).decode()}"}
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                await web.ws_connect(url, headers=headers, protocols=("media",))
