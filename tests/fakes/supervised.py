"""A caller, seats and a supervisor with real phones, each with a voice of its own, and who hears whom."""

import time
from pathlib import Path

from core.ids import SeatNumber
from sim.account import Account
from sim.crew import Crew
from sim.handset import Handset, LegView
from sim.heard import Listener, Reference
from sim.voice import VARIANTS, Voice, speak
from tests.asterisk.conftest import Telephony

CALLER, SEAT, SUPERVISOR, OTHER = "caller", "seat", "supervisor", "other"
WORDS = {
    CALLER: "我想问一下个人所得税汇算清缴怎么办理谢谢您",
    SEAT: "您好请您登录自然人电子税务局进行操作就可以了",
    SUPERVISOR: "我是监督员现在开始对这个通话进行质量检查请继续",
    OTHER: "这里是另外一个座席现在由我来为您解答这个问题",
}
ENOUGH = 1.5
"""Seconds of a voice that count as heard."""


class Cast:
    """The phones of one test."""

    def __init__(self, telephony: Telephony, crew: Crew, folder: Path) -> None:
        self.crew = crew
        self.legs: dict[str, LegView] = {}
        self._sip = telephony.settings.sip
        self._secrets = telephony.secrets
        self._folder = folder
        self._voices: dict[str, Reference] = {}
        self._phones: dict[str, Handset] = {}

    async def register(self, number: str, *, alone: bool = False) -> None:
        """A seat's phone, registered; `alone`: it can die without the others."""
        account = Account(number, self._sip.host, self._sip.port, password=self._secrets.seat(SeatNumber(number)))
        self._phones[number] = await self.crew.phone(number, account, "127.0.0.1", alone=alone)
        await self._phones[number].register()

    def phone(self, number: str) -> Handset:
        """The phone registered as that seat."""
        return self._phones[number]

    async def unregister(self, number: str) -> None:
        await self._phones[number].unregister()

    async def call(self, number: str = "03735123456") -> LegView:
        """A taxpayer dials."""
        phone = await self.crew.phone(f"caller-{number}", Account(number, self._sip.host, self._sip.port), "127.0.0.2")
        self.legs[CALLER] = await phone.dial("12366")
        return self.legs[CALLER]

    async def answer(self, number: str, role: str) -> LegView:
        """The phone `number` rings, is answered, and its owner begins to talk."""
        phone = self._phones[number]
        leg: LegView | None = await self.crew.until(lambda: phone.live, 30)
        assert leg is not None, f"{number} never rang"
        await leg.do("answer")
        assert await self.crew.until(lambda: leg.up, 30), f"{number} did not come up"
        self.legs[role] = leg
        await self.talk(role)
        return leg

    def rings(self, number: str) -> LegView | None:
        """The leg that lives at `number` now."""
        return self._phones[number].live

    async def talk(self, role: str) -> None:
        """Talk without end, in this role's voice."""
        place = list(WORDS).index(role)
        samples = speak(WORDS[role], Voice(VARIANTS[place], 165 + 7 * place, 40 + 5 * place))
        file = self._folder / f"{role}.said.pcm"
        samples.astype("<i2").tofile(file)
        self._voices[role] = Reference(role, samples)
        await self.legs[role].do("say", speech=role, pcm=str(file), loop=True)

    async def hears(self, expected: dict[str, set[str]], within: float = 25.0) -> None:
        """Each role of `expected` hears exactly those voices, from now on."""
        since = time.monotonic() + 0.3
        ears = {role: {voice: Listener(ref) for voice, ref in self._voices.items()} for role in expected}

        def heard() -> dict[str, dict[str, float]]:
            return {role: self._seconds(role, listeners, since) for role, listeners in ears.items()}

        def there() -> bool:
            now = heard()
            return all(now[role][voice] >= ENOUGH for role, voices in expected.items() for voice in voices)

        assert await self.crew.until(there, within), f"heard {heard()}, expected {expected}"
        # As long again, for what must not be heard: a leak is no shorter than what was meant.
        end = time.monotonic() + (time.monotonic() - since) / 2
        await self.crew.until(lambda: time.monotonic() > end, within)
        found = {role: {voice for voice, long in voices.items() if long > 0} for role, voices in heard().items()}
        assert found == expected, f"heard {heard()}, expected {expected}"

    def _seconds(self, role: str, listeners: dict[str, Listener], since: float) -> dict[str, float]:
        recording = self.legs[role].recording
        samples, first = recording.samples(), recording.first_sample(since)
        for listener in listeners.values():
            listener.feed(samples)
        return {voice: listener.seconds(first) for voice, listener in listeners.items()}

    def gap(self, role: str, since: float, until: float) -> float:
        """The longest stretch of silence `role` heard between two moments, seconds."""
        samples = self.legs[role].recording.samples(since, until)
        quiet = longest = 0
        for place in range(0, len(samples) - 160, 160):
            quiet = 0 if abs(samples[place : place + 160]).max() > 200 else quiet + 1
            longest = max(longest, quiet)
        return longest * 0.02
