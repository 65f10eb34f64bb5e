"""The caller as the media socket has them: what they say, key, interrupt; recognition that goes; sound that stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np
import pytest

from core.clock import Clock, SystemClock, TurnedClock
from ivr.media import wire
from ivr.media.caller import MediaCaller
from ivr.session.ports import CallerGone, Keys, Said, Silence, SpeechLost, Text, Utterance
from tests.fakes.media_peer import FramesOfText, MediaPeer
from tests.fakes.scripted_recogniser import ScriptedRecogniser

FRAME = wire.FRAME_BYTES
LOUD = (np.sin(np.arange(160) * 0.3) * 8000).astype("<i2").tobytes()
QUIET = bytes(FRAME)
WAIT = 30.0
"""Seconds; long enough for a slow machine."""


class Line:
    """A caller, their socket's other end, and what recognition will make of them."""

    def __init__(self, *texts: str, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.recogniser = ScriptedRecogniser(texts)
        self.peer = MediaPeer()

    async def open(self) -> None:
        hearing = await self.recogniser.listen()
        self.caller = MediaCaller(self.peer, hearing, FramesOfText(), self._clock)
        self.peer.take = self.caller.take
        self.ears = asyncio.create_task(self.caller.run())

    async def close(self) -> None:
        self.ears.cancel()
        with suppress(asyncio.CancelledError):
            await self.ears

    def speaks(self, frames: int = 30) -> None:
        """Some words, and silence enough to end them."""
        self.caller.take_sound(QUIET * 80 + LOUD * frames + QUIET * 30)

    def keys(self, digits: str) -> None:
        for digit in digits:
            self.caller.take(wire.Key(digit))


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line("转人工", "我是洛阳的")
    await made.open()
    yield made
    await made.close()


async def test_what_is_said_comes_back_as_an_utterance_and_silence_as_silence(line: Line) -> None:
    line.speaks()
    assert await line.caller.hear(WAIT) == Utterance("转人工")
    assert await line.caller.hear(0.05) == Silence()


async def test_sound_comes_in_pieces_of_any_size(line: Line) -> None:
    sound = QUIET * 80 + LOUD * 30 + QUIET * 30
    for start in range(0, len(sound), 250):
        line.caller.take_sound(sound[start : start + 250])
    assert await line.caller.hear(WAIT) == Utterance("转人工")


async def test_a_telephone_that_sends_nothing_while_nobody_speaks_is_silence_too(line: Line) -> None:
    line.caller.take_sound(QUIET * 80 + LOUD * 30)
    assert await line.caller.hear(WAIT) == Utterance("转人工")


async def test_keys_belong_together_and_win_over_speech(line: Line) -> None:
    line.speaks()
    line.keys("0379")
    assert await line.caller.hear(WAIT, keys=4) == Keys("0379")
    line.keys("37#")
    assert await line.caller.hear(WAIT, keys=4) == Keys("37")
    line.keys("#")
    assert await line.caller.hear(WAIT, keys=4) == Keys("#")
    line.keys("12")
    assert await line.caller.hear(WAIT) == Keys("1")
    assert await line.caller.hear(WAIT) == Keys("2")


async def test_the_hash_behind_a_whole_answer_is_part_of_it(line: Line) -> None:
    line.keys("0379")
    asyncio.get_running_loop().call_later(0.1, line.keys, "#")
    assert await line.caller.hear(WAIT, keys=4) == Keys("0379")
    assert await line.caller.hear(0.05) == Silence()


async def test_a_key_pressed_while_speaking_forgets_the_speech(line: Line) -> None:
    line.caller.take_sound(QUIET * 80 + LOUD * 20)
    line.keys("1")
    assert await line.caller.hear(WAIT) == Keys("1")
    assert await line.caller.say(Text("您好")) == Said(whole=True)
    line.caller.take_sound(LOUD * 10 + QUIET * 30)
    assert await line.caller.hear(0.2) == Silence()
    line.speaks()
    assert await line.caller.hear(WAIT) == Utterance("我是洛阳的")


async def test_what_is_said_to_the_caller_goes_out_whole(line: Line) -> None:
    assert await line.caller.say(Text("您好"), Text("缺"), Text("再见")) == Said(whole=True)
    assert len(line.peer.sound) == 4 * FRAME
    assert line.peer.flushes == 0


async def test_a_forgotten_mark_holds_nobody_up(line: Line) -> None:
    line.peer.forgetful = True
    async with asyncio.timeout(WAIT):
        assert await line.caller.say(Text("您好")) == Said(whole=True)


async def test_speech_interrupts_and_is_then_heard_from_its_beginning(line: Line) -> None:
    line.peer.forgetful = True
    saying = asyncio.create_task(line.caller.say(Text("一" * 400)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    line.speaks()
    assert await saying == Said(whole=False)
    assert line.peer.flushes == 1
    assert await line.caller.hear(WAIT) == Utterance("转人工")


async def test_nothing_is_said_over_what_was_said_or_keyed_before(line: Line) -> None:
    line.keys("0")
    assert await line.caller.say(Text("您好")) == Said(whole=False)
    assert line.peer.sound == b""
    line.caller.flush()
    assert await line.caller.say(Text("您好")) == Said(whole=True)


async def test_only_keys_stop_what_may_not_be_interrupted(line: Line) -> None:
    line.speaks()
    assert await line.caller.say(Text("您好"), interruptible=False) == Said(whole=True)
    line.keys("0")
    assert await line.caller.say(Text("您好"), interruptible=False) == Said(whole=False)


async def test_recognition_that_goes_is_told_once_and_keys_go_on(line: Line) -> None:
    line.recogniser.away = True
    line.speaks()
    assert isinstance(await line.caller.hear(WAIT), SpeechLost)
    assert await line.caller.say(Text("请按键")) == Said(whole=True)
    line.speaks()
    assert await line.caller.hear(0.05) == Silence()
    line.keys("0")
    assert await line.caller.hear(WAIT) == Keys("0")


async def test_who_hangs_up_is_gone_everywhere(line: Line) -> None:
    hearing = asyncio.create_task(line.caller.hear(WAIT))
    await asyncio.sleep(0)
    line.peer.closed = True
    line.caller.hung_up()
    with pytest.raises(CallerGone):
        await hearing
    with pytest.raises(CallerGone):
        await line.caller.say(Text("您好"))


async def test_a_socket_that_breaks_under_a_word_is_a_caller_gone(line: Line) -> None:
    line.peer.closed = True
    with pytest.raises(CallerGone):
        await line.caller.say(Text("您好"))


async def test_an_endless_noise_is_cut_into_utterances(line: Line) -> None:
    line.caller.take_sound(QUIET * 80 + b"".join(LOUD * 8 + QUIET * 5 for _ in range(70)))
    assert await line.caller.hear(WAIT) == Utterance("转人工", cut=True)


@pytest.fixture
async def timeless() -> AsyncIterator[Line]:
    """A line on which no time passes: a slow machine makes no pauses."""
    made = Line("转人工", "我是洛阳的", clock=TurnedClock(datetime(2026, 11, 22, tzinfo=UTC)))
    await made.open()
    yield made
    await made.close()


async def test_the_rest_of_what_was_cut_stops_no_prompt_and_the_next_words_are_heard(timeless: Line) -> None:
    on_and_on = LOUD * 8 + QUIET * 5
    timeless.caller.take_sound(QUIET * 80 + on_and_on * 45)
    assert await timeless.caller.hear(WAIT) == Utterance("转人工", cut=True)
    timeless.caller.take_sound(on_and_on * 5)
    assert await timeless.caller.say(Text("您好")) == Said(whole=True)
    timeless.caller.take_sound(on_and_on * 5 + QUIET * 30)
    timeless.speaks()
    assert await timeless.caller.hear(WAIT) == Utterance("我是洛阳的")
