"""What every `Recogniser` promises, Vosk in its own processes and the fake alike.

And what becomes of callers when a worker dies.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.models import demonstration
from ivr.speech.recogniser import Heard, Recogniser, SpeechAway, SpeechBusy
from ivr.speech.sound import TELEPHONE_RATE, levelled, resampled
from ivr.speech.vosk_folder import VoskFolder, look_at
from ivr.speech.vosk_recogniser import VoskRecogniser
from tests.fakes.scripted_recogniser import ScriptedRecogniser

LOADING = 60.0
SILENCE = bytes(2 * TELEPHONE_RATE)
STREAMS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> VoskFolder:
    return look_at(demonstration(tmp_path_factory.mktemp("cache")))


def said(text: str) -> bytes:
    """Telephone sound of `text` by the built-in voice."""
    sound = levelled(resampled(EspeakSpeaker().say(text), TELEPHONE_RATE))
    return bytes(3200) + sound.samples.astype("<i2").tobytes()


@pytest.fixture
async def vosk(folder: VoskFolder) -> AsyncIterator[VoskRecogniser]:
    async with VoskRecogniser(folder, streams=STREAMS, threads=2, deadline=20) as recogniser:
        await recogniser.start(LOADING)
        yield recogniser


@pytest.fixture
def fake() -> ScriptedRecogniser:
    return ScriptedRecogniser(["转人工", "我是洛阳的"], streams=STREAMS)


@pytest.fixture(params=["vosk", "fake"])
def recogniser(request: pytest.FixtureRequest) -> Recogniser:
    chosen: Recogniser = request.getfixturevalue(request.param)
    return chosen


async def feed(recogniser: Recogniser, sound: bytes, size: int = 1600) -> list[Heard]:
    async with await recogniser.listen() as hearing:
        return [await hearing.hear(sound[start : start + size]) for start in range(0, len(sound), size)]


async def test_utterances_end_by_themselves_in_order(recogniser: Recogniser) -> None:
    heard = await feed(recogniser, said("转人工") + 2 * SILENCE + said("我是洛阳的") + 2 * SILENCE)
    assert [one.text for one in heard if one.final and one.text] == ["转人工", "我是洛阳的"]
    before_the_end = [one for one in heard if not one.final and one.text]
    assert before_the_end, "no word before the end: barge-in and early answers need partial results"
    assert all(0 <= one.confidence <= 1 and 0 <= one.rejected <= 1 for one in heard)


async def test_finish_gives_what_was_said_so_far_at_once(recogniser: Recogniser) -> None:
    async with await recogniser.listen() as hearing:
        await hearing.hear(said("转人工"))
        first = await hearing.finish()
        assert (first.text, first.final) == ("转人工", True)
        # The same ear goes on with another utterance.
        await hearing.hear(said("我是洛阳的"))
        assert (await hearing.finish()).text == "我是洛阳的"


async def test_silence_odd_bytes_and_nothing_are_heard_as_nothing(recogniser: Recogniser) -> None:
    async with await recogniser.listen() as hearing:
        for sound in (b"", b"\0", SILENCE, SILENCE[:321]):
            assert (await hearing.hear(sound)).text == ""
        assert (await hearing.finish()).text == ""


async def test_one_more_than_allowed_is_refused_until_a_place_is_free(recogniser: Recogniser) -> None:
    hearings = [await recogniser.listen() for _ in range(STREAMS)]
    with pytest.raises(SpeechBusy):
        await recogniser.listen()
    await hearings[0].close()
    await hearings[0].close()
    hearings[0] = await recogniser.listen()
    with pytest.raises(SpeechBusy):
        await recogniser.listen()
    for hearing in hearings:
        await hearing.close()


async def test_a_rate_it_cannot_take_is_refused_and_another_offered(recogniser: Recogniser) -> None:
    with pytest.raises(BadInput):
        await recogniser.listen(44_100)
    assert recogniser.feed_rate(44_100) == 8000


async def test_after_close_everything_is_away(recogniser: Recogniser) -> None:
    hearing = await recogniser.listen()
    await recogniser.close()
    with pytest.raises(SpeechAway):
        await hearing.hear(SILENCE)
    with pytest.raises(SpeechAway):
        await recogniser.listen()
    await hearing.close()


async def test_callers_do_not_hear_each_other(vosk: VoskRecogniser) -> None:
    texts = ["转人工", "我是洛阳的", "个人所得税怎么退税"]
    heard = await asyncio.gather(*(feed(vosk, said(text) + 2 * SILENCE, 320) for text in texts))
    assert ["".join(one.text for one in row if one.final) for row in heard] == texts


def worker_of(recogniser: VoskRecogniser) -> int:
    """Process id of the only worker, as the kernel tells it."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    named = [int(child) for child in children if b"vosk_worker" in Path(f"/proc/{child}/cmdline").read_bytes()]
    assert len(named) == 1, named
    return named[0]


async def until_heard(recogniser: VoskRecogniser, text: str) -> None:
    """The recogniser works again, within the deadline."""
    async with asyncio.timeout(LOADING):
        while True:
            try:
                async with await recogniser.listen() as hearing:
                    await hearing.hear(said(text))
                    assert (await hearing.finish()).text == text
                    return
            except SpeechAway:
                continue


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_a_worker_killed_in_mid_sentence_is_told_at_once_and_replaced(
    vosk: VoskRecogniser, end: signal.Signals
) -> None:
    async with await vosk.listen() as hearing:
        await hearing.hear(said("转人工"))
        os.kill(worker_of(vosk), end)
        with pytest.raises(SpeechAway):
            async with asyncio.timeout(15):
                while True:
                    await hearing.hear(SILENCE)
    assert vosk.hearings == 0
    await until_heard(vosk, "转人工")


async def test_a_frozen_worker_is_noticed_by_its_deadline_killed_and_replaced(folder: VoskFolder) -> None:
    async with VoskRecogniser(folder, deadline=3.0) as recogniser:
        await recogniser.start(LOADING)
        async with await recogniser.listen() as hearing:
            await hearing.hear(SILENCE)
            frozen = worker_of(recogniser)
            os.kill(frozen, signal.SIGSTOP)
            with pytest.raises(SpeechAway, match=r"said nothing for 3 s"):
                await hearing.hear(SILENCE)
        await until_heard(recogniser, "转人工")
        with pytest.raises(ProcessLookupError):
            os.kill(frozen, 0)


async def test_a_caller_who_hangs_up_in_mid_answer_harms_nobody(vosk: VoskRecogniser) -> None:
    hearing = await vosk.listen()
    task = asyncio.create_task(hearing.hear(said("转人工") * 5))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert vosk.hearings == 0
    with pytest.raises(SpeechAway):
        await hearing.hear(SILENCE)
    await until_heard(vosk, "转人工")


async def test_a_model_that_cannot_be_loaded_means_away_and_not_a_crash(folder: VoskFolder, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    for name in ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLG.fst"):
        (broken / name).parent.mkdir(parents=True, exist_ok=True)
        (broken / name).write_bytes((folder.path / name).read_bytes()[:100])
    async with VoskRecogniser(look_at(broken), deadline=0.5) as recogniser:
        with pytest.raises(SpeechAway):
            await recogniser.listen()
        assert recogniser.hearings == 0
        with pytest.raises(SpeechAway, match="damaged"):
            await recogniser.start(LOADING)


async def test_noise_without_speech_gives_hardly_a_word(vosk: VoskRecogniser) -> None:
    noise = (np.random.default_rng(1).standard_normal(5 * TELEPHONE_RATE) * 300).astype("<i2").tobytes()
    heard = await feed(vosk, noise)
    assert sum(len(one.text) for one in heard if one.final) <= 2
