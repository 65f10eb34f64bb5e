"""What the conversation says as sound: kept by what shapes it, and never a reason to end a call."""

from pathlib import Path

import pytest

from core.errors import BadInput
from ivr.media.voice import Voice
from ivr.media.warm import sentences, warm
from ivr.prompts.build import telephone_bytes
from ivr.prompts.texts import Prompt as PromptText
from ivr.session.ports import Prompt, SoundFile, Text
from knowledge import files
from tests.fakes.tone_speaker import ToneSpeaker

PROMPTS = {"talk_hello": PromptText("talk_hello", "您好")}


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    (tmp_path / "sounds/hotline").mkdir(parents=True)
    return Voice(ToneSpeaker(), PROMPTS, tmp_path / "sounds", tmp_path / "cache")


async def test_a_text_is_made_once_and_its_pace_is_its_own(voice: Voice, tmp_path: Path) -> None:
    first = await voice.sound(Text("您好"))
    assert len(first) == 2 * len(telephone_bytes(ToneSpeaker().say("您好")))
    assert await voice.sound(Text("您好")) is first
    assert await voice.sound(Text("您好"), 0.8) != first
    assert len(list((tmp_path / "cache").iterdir())) == 2


async def test_a_prompt_at_its_own_pace_is_the_file_of_the_dialplan(voice: Voice, tmp_path: Path) -> None:
    (tmp_path / "sounds/hotline/talk_hello.alaw").write_bytes(b"\xd5" * 800)
    assert await voice.sound(Prompt("talk_hello")) == b"\x08\x00" * 800
    assert len(await voice.sound(Prompt("talk_hello"), 0.8)) != 1600
    assert await voice.sound(SoundFile("hotline/talk_hello")) == b"\x08\x00" * 800


async def test_what_cannot_be_said_is_left_out(voice: Voice) -> None:
    for part in (SoundFile("hotline/missing"), Prompt("unknown")):
        assert await voice.sound(part) == b""
    with pytest.raises(BadInput):
        voice.made(Prompt("unknown"))


def test_everything_known_beforehand_is_made_beforehand(voice: Voice) -> None:
    told = list(sentences(files.load()))[:20]
    made, failed = warm(voice, told)
    assert made > 0
    assert failed == 0
    assert warm(voice, told) == (0, 0)
