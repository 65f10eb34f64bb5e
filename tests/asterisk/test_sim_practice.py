"""A practice call against a bare Asterisk: the trainee is a phone that answers each line with a sentence."""

import asyncio
import os
import time
from pathlib import Path

import numpy as np

from core.settings import load as settings
from ops.runtime.asterisk import obtained
from sim.account import Account
from sim.crew import Crew
from sim.handset import LegView
from sim.practice import Story, practise, read_story
from sim.profile import Profile
from sim.sound import RATE
from sim.voice import Voice, speak
from tests.fakes.bare_asterisk import SEATS, TRUNK, running

STORY = Story(
    "试练", "13803710000", "王女士", ("你好,我想问一下。", "那要等多久?"), "再见。", ("说清时限",), Voice("+f2")
)
STORIES = Path(__file__).parents[2] / "sim" / "stories"


async def test_the_caller_tells_the_story_turn_by_turn(tmp_path: Path) -> None:
    asterisk = obtained(settings(os.environ).paths.cache, lambda *_: None)
    with running(tmp_path / "bare", asterisk.command, asterisk.modules, asterisk.share) as bare:
        profile = Profile(bare.host, bare.port, trunk=TRUNK, seats=SEATS)
        async with Crew(tmp_path / "trainee") as crew:
            told: list[str] = []
            registered = asyncio.Event()
            trainee = asyncio.create_task(_trainee(crew, bare.host, bare.port, tmp_path, told, registered))
            # A phone that rings before it is there is no trainee.
            await asyncio.wait_for(registered.wait(), 30)
            result = await practise(STORY, profile, tmp_path / "caller", told.append)
            trainee.cancel()
    assert [turn.line for turn in result.turns] == list(STORY.lines)
    assert all(turn.answered_after is not None and turn.talked > 0.5 for turn in result.turns)
    assert (result.reminders, result.ended_by, result.aims) == (0, "caller", ("说清时限",))
    assert _size(result.recording) > RATE


async def _trainee(crew: Crew, host: str, port: int, folder: Path, told: list[str], registered: asyncio.Event) -> None:
    """Answers, and says a sentence after each line of the caller's."""
    phone = await crew.phone("trainee", Account("3710001", host, port, password=SEATS["3710001"]), "127.0.0.1")
    calls: asyncio.Queue[LegView] = asyncio.Queue()
    phone.on_call = calls.put_nowait
    await phone.register()
    registered.set()
    leg = await calls.get()
    await leg.do("answer")
    await crew.until(lambda: leg.up, 20)
    sentence = speak("您好,请问有什么可以帮您?", Voice("+m3"))
    file = folder / "trainee.pcm"
    _write(file, sentence.astype("<i2").tobytes())
    for line in range(1, len(STORY.lines) + 2):
        await leg.do("say", speech="answer", pcm=str(file), loop=False)
        await crew.until(lambda line=line: sum("caller:" in text for text in told) >= line, 30)
        since = time.monotonic()
        await crew.until(lambda since=since: _spoke_and_paused(leg, since), 30)


def _spoke_and_paused(leg: LegView, since: float) -> bool:
    """The caller was heard since then, and has been silent for half a second."""
    samples = leg.recording.samples(since)
    return bool(np.abs(samples).max(initial=0) > 1000 and np.abs(samples[-RATE // 2 :]).max() < 300)


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def _size(file: str) -> int:
    return Path(file).stat().st_size


def test_every_story_can_be_read() -> None:
    stories = [read_story(file) for file in STORIES.glob("*.yaml")]
    assert len(stories) >= 3
    assert all(story.lines and story.aims for story in stories)
