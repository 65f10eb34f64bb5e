"""Which prompts were heard in a recording: every one by its name and moment, and none where there was none."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.heard import Reference
from sim.prompts import MOST_WINDOWS, Shelf, shelf, spoken
from sim.sound import RATE, Samples, alaw_codes, alaw_samples
from sim.voice import Voice, speak

_TEXTS = {
    "welcome": "您好,欢迎拨打一二三六六纳税服务热线。",
    "welcome_recorded": "您好,欢迎拨打一二三六六纳税服务热线,本次通话将被录音。",
    "ask_region": "请输入您所在地区的区号,按井号键结束,人工服务请按零。",
    "rate": "请您对本次服务评价,满意请按一,一般请按二,不满意请按三。",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("prompts")
    for key, text in _TEXTS.items():
        (made / f"{key}.alaw").write_bytes(alaw_codes(speak(text, Voice())).tobytes())
    (made / "README.txt").write_text("no prompt")
    yield made


def line(*parts: Samples) -> Samples:
    """The parts one after the other through A-law, with a little noise."""
    whole = np.concatenate(parts)
    return alaw_samples(alaw_codes(whole + np.random.default_rng(4).normal(0, 15, len(whole))))


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE))


def test_prompts_are_heard_in_order_at_their_moments_and_cut_short_too(folder: Path) -> None:
    known = shelf(folder)
    one = {prompt.name: prompt.samples for prompt in known.prompts}
    assert len(one) == len(_TEXTS)
    welcome, ask = one["prompt:welcome"], one["prompt:ask_region"][: 2 * RATE]
    sound = line(silence(0.4), welcome, silence(1), ask, silence(2), one["prompt:rate"], silence(1))
    found, looked = spoken(known, sound)
    assert [heard.name for heard in found] == ["prompt:welcome", "prompt:ask_region", "prompt:rate"]
    assert looked == len(sound)
    begins = [heard.begins / RATE for heard in found]
    assert begins == pytest.approx([0.4, 1.4 + len(welcome) / RATE, 5.4 + len(welcome) / RATE], abs=0.02)
    assert found[1].seconds == pytest.approx(2.0, abs=1.1)


def test_of_two_that_begin_alike_the_right_one_is_named(folder: Path) -> None:
    known = shelf(folder)
    for prompt in known.prompts:
        found, _ = spoken(known, line(silence(0.7), prompt.samples, silence(1)))
        assert [heard.name for heard in found] == [prompt.name]


def test_other_speech_and_noise_are_no_prompts(folder: Path) -> None:
    other = speak("我想问一下,小规模纳税人什么时候申报增值税,需要带什么材料。", Voice("+f2"))
    noise = np.random.default_rng(5).normal(0, 1500, 6 * RATE)
    assert spoken(shelf(folder), line(other, noise))[0] == []


def test_the_work_is_bounded_and_what_was_not_looked_at_is_said(folder: Path) -> None:
    sound = np.random.default_rng(6).normal(0, 1500, 200 * RATE)
    found, looked = spoken(shelf(folder), sound, most_windows=5)
    assert found == []
    assert looked < 10 * RATE < MOST_WINDOWS * RATE
    assert spoken(Shelf([]), sound[: 2 * RATE]) == ([], 2 * RATE)
    assert spoken(Shelf([Reference("prompt:x", sound[:RATE])]), silence(3)) == ([], 3 * RATE)
