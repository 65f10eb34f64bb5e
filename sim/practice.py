"""Practice calls: a trainee's softphone is registered as a seat, and a caller with a story rings it.

The caller says a line, lets the trainee talk, and goes on when the trainee has been silent for a moment.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.account import Account
from sim.crew import Crew
from sim.errors import BadScenario, PhoneError
from sim.handset import LegView
from sim.profile import Profile
from sim.sound import RATE
from sim.voice import VARIANTS, Voice, speak
from sim.words import number, several, words
from sim.yamltext import Items, Lined, read_yaml

STORIES = Path(__file__).resolve().parent / "stories"
_LOUD = 150.0
_FRAME = RATE // 50
_TALKED_SECONDS = 0.6
"""Less than that is a cough, not an answer."""
_PAUSE_SECONDS = 1.2
"""A silence that long hands the turn back to the caller."""
_PATIENCE_SECONDS = 40.0
"""A trainee who says nothing for so long is reminded."""
_ANSWER_SECONDS = 120.0
_REMINDER = "喂,您好,请问还在吗?"


@dataclass(frozen=True, slots=True)
class Story:
    """What the caller wants, and how."""

    title: str
    number: str
    name: str
    lines: tuple[str, ...]
    goodbye: str
    aims: tuple[str, ...]
    """What a good answer holds, for whoever looks at the call afterwards."""
    voice: Voice


@dataclass(slots=True)
class Turn:
    """One line of the caller and the trainee's answer. Seconds."""

    line: str
    began: float
    answered_after: float | None = None
    """From the end of the line to the trainee's first word."""
    talked: float = 0.0


@dataclass(slots=True)
class Practice:
    """What came of a practice call."""

    story: str
    answered_after: float | None = None
    seconds: float = 0.0
    ended_by: str = ""
    turns: list[Turn] = field(default_factory=list)
    reminders: int = 0
    recording: str = ""
    aims: tuple[str, ...] = ()


def story_file(named: str, beside: Path = Path()) -> Path:
    """The file of a story: one of ours by its name, else a path, from that folder on."""
    ours = STORIES / f"{named}.yaml"
    return ours if ours.exists() else beside / named


def read_story(file: Path) -> Story:
    """The story of `file`. Raises `BadScenario` naming what is missing."""
    document = read_yaml(file)
    if not isinstance(document, Lined):
        raise BadScenario(f"{file}:1: a story is a mapping: story, number, says")
    known = {"story", "number", "name", "says", "goodbye", "aims", "voice"}
    for key in document:
        if key not in known:
            where = f"{file}:{document.lines[key]}"
            raise BadScenario(f"{where}: a story knows no {key}; it knows {', '.join(sorted(known))}")
    try:
        return Story(
            words(document["story"]), number(document["number"]), words(document.get("name", "")),
            _texts(document["says"]), words(document.get("goodbye", "好的,谢谢您,再见。")),
            _texts(document.get("aims", Items())), _voice(words(document.get("voice", ""))),
        )  # fmt: skip
    except KeyError as error:
        raise BadScenario(f"{file}:1: {error.args[0]} is missing") from error
    except ValueError as error:
        raise BadScenario(f"{file}: {error}") from error


async def practise(
    story: Story, profile: Profile, folder: Path, tell: Callable[[str], None], dial: str = ""
) -> Practice:
    """Call, tell the story, and say how it went. Raises `PhoneError` when nobody answers."""
    result = Practice(story.title, aims=story.aims)
    lines = (*story.lines, story.goodbye, _REMINDER)
    speech = {line: await asyncio.to_thread(speak, line, story.voice) for line in lines}
    async with Crew(folder) as crew:
        phone = await crew.phone("caller", Account(story.number, profile.host, profile.port, story.name), profile.trunk)
        leg = await phone.dial(dial or profile.hotline)
        tell(f"{story.name or story.number} dials {dial or profile.hotline}: answer your phone")

        async def say(line: str) -> float:
            samples = speech[line]
            file = folder / f"line-{abs(hash(line))}.pcm"
            await asyncio.to_thread(samples.astype("<i2").tofile, str(file))
            tell(f"  caller: {line}")
            await leg.do("say", speech=line, pcm=str(file.absolute()), loop=False)
            return len(samples) / RATE

        await tell_story(story, Teller(crew.until, leg, say, result, tell))
        wav = folder / "practice.wav"
        await asyncio.to_thread(leg.recording.write_wav, wav)
        result.recording = str(wav)
    return result


async def tell_story(story: Story, teller: "Teller") -> None:
    """Tell it on a call that was dialled, line by line, and hang up. Raises `PhoneError` when nobody answers."""
    leg, result = teller.leg, teller.result
    if not await teller.wait_for_answer():
        ended = f"the call ended before anybody spoke: {leg.ending or leg.end or 'by the far end'}"
        told = ended if leg.over else f"nobody spoke within {_ANSWER_SECONDS:g} s"
        await leg.hang_up()
        raise PhoneError(told)
    for line in story.lines:
        await teller.say_and_listen(line)
    await teller.say(story.goodbye)
    await teller.until(lambda: leg.over, 2.0)
    result.ended_by = "trainee" if leg.over else "caller"
    await leg.hang_up()
    result.seconds = round(time.monotonic() - leg.began, 1)


class Teller:
    """The caller at work."""

    def __init__(
        self,
        until: Callable[[Callable[[], Any], float], Awaitable[Any]],
        leg: LegView,
        mouth: Callable[[str], Awaitable[float]],
        result: Practice,
        tell: Callable[[str], None],
    ) -> None:
        self.until = until
        self.leg = leg
        self.result = result
        self._mouth = mouth
        """Begins a line; the seconds it takes."""
        self._tell = tell

    async def wait_for_answer(self) -> bool:
        """The trainee's voice, not the hotline's: a person has answered once somebody spoke and paused."""
        await self.until(lambda: self.leg.over or "established" in self.leg.moments, _ANSWER_SECONDS)
        since = time.monotonic()
        await self.until(lambda: self.leg.over or self._paused(since), _ANSWER_SECONDS)
        if self.leg.over:
            return False
        self.result.answered_after = round(time.monotonic() - self.leg.began, 1)
        return True

    async def say(self, line: str) -> None:
        """Say a line to its end."""
        if self.leg.over:
            return
        seconds = await self._mouth(line)
        await self.until(lambda: self.leg.over, seconds)

    async def say_and_listen(self, line: str) -> None:
        """Say a line and let the trainee answer; remind them once in a while."""
        turn = Turn(line, round(time.monotonic() - self.leg.began, 1))
        self.result.turns.append(turn)
        await self.say(line)
        since = time.monotonic()
        while not await self.until(lambda: self.leg.over or self._paused(since), _PATIENCE_SECONDS):
            self.result.reminders += 1
            await self.say(_REMINDER)
        loud = self._loud_moments(since)
        turn.talked = round(len(loud) * _FRAME / RATE, 1)
        if loud:
            turn.answered_after = round(max(0.0, loud[0] - since), 1)
            self._tell(f"  trainee answered after {turn.answered_after:g} s and talked for {turn.talked:g} s")

    def _paused(self, since: float) -> bool:
        loud = self._loud_moments(since)
        return len(loud) * _FRAME / RATE >= _TALKED_SECONDS and time.monotonic() - loud[-1] >= _PAUSE_SECONDS

    def _loud_moments(self, since: float) -> list[float]:
        """Moments of the frames in which somebody was heard."""
        recording = self.leg.recording
        samples = recording.samples(since)
        frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
        first = recording.first_sample(since)
        loud = np.flatnonzero(np.sqrt((frames**2).mean(axis=1)) > _LOUD) if len(frames) else np.zeros(0, dtype=int)
        return [recording.moment(first + int(index) * _FRAME) for index in loud]


def _texts(value: Any) -> tuple[str, ...]:
    return several(list(value) if isinstance(value, Items) else value) if value else ()


def _voice(text: str) -> Voice:
    if text and f"+{text}" not in VARIANTS:
        known = ", ".join(variant.removeprefix("+") for variant in VARIANTS if variant)
        raise ValueError(f"unknown voice {text!r}; known: {known}")
    return Voice(f"+{text}" if text else "+f2", 165, 50)
