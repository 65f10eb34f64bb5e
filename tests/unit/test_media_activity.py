"""Who speaks: the caller, the line, or our own prompt coming back."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ivr.media.activity import SILENT, Activity, level, levels
from ivr.media.wire import FRAME_BYTES, FRAME_SECONDS
from ivr.speech.espeak import EspeakSpeaker, Manner
from ivr.speech.sound import TELEPHONE_RATE, levelled, resampled

Wave = NDArray[np.float64]
RATE = TELEPHONE_RATE


def speech(text: str, decibels: float = -22.0, pitch: int = 50) -> Wave:
    sound = levelled(resampled(EspeakSpeaker(Manner(pitch=pitch)).say(text), RATE), decibels)
    return sound.samples.astype(np.float64)


def noise(seconds: float, decibels: float) -> Wave:
    return np.random.default_rng(1).normal(0, 32768 * 10 ** (decibels / 20), int(seconds * RATE))


def padded(before: float, wave: Wave, after: float = 0.0) -> Wave:
    return np.concatenate([np.zeros(int(before * RATE)), wave, np.zeros(int(after * RATE))])


def mixed(*waves: Wave) -> Wave:
    total = np.zeros(max(len(wave) for wave in waves))
    for wave in waves:
        total[: len(wave)] += wave
    return total


def framed(wave: Wave) -> list[bytes]:
    data = np.clip(wave, -32768, 32767).astype("<i2").tobytes()
    return [
        data[start : start + FRAME_BYTES] for start in range(0, len(data) // FRAME_BYTES * FRAME_BYTES, FRAME_BYTES)
    ]


def turns(heard: Wave, played: Wave | None = None) -> list[tuple[float, float]]:
    """(begin, end) of each turn, in seconds, as known at the time; an end not reached is infinite."""
    activity = Activity()
    ours = levels(b"".join(framed(played))) if played is not None else []
    found: list[tuple[float, float]] = []
    for place, frame in enumerate(framed(heard)):
        before = activity.speaking
        now = activity.feed(level(frame), ours[place] if place < len(ours) else SILENT)
        at = (place + 1) * FRAME_SECONDS
        if now and not before:
            found.append((at, float("inf")))
        elif before and not now:
            found[-1] = (found[-1][0], at)
    return found


QUESTION = "个体工商户怎么注销"


@pytest.mark.parametrize("decibels", [-18.0, -30.0, -40.0])
@pytest.mark.parametrize("background", [-75.0, -55.0])
def test_a_question_is_one_turn_that_ends_soon_after_it(decibels: float, background: float) -> None:
    said = speech(QUESTION, decibels)
    (turn,) = turns(mixed(padded(2.0, said, 2.0), noise(4.0 + len(said) / RATE, background)))
    over = 2.0 + len(said) / RATE
    assert 2.0 < turn[0] < 2.25
    assert over - 0.1 < turn[1] < over + 0.45


@pytest.mark.parametrize("background", [-90.0, -60.0, -40.0, -30.0])
def test_a_line_that_only_rushes_says_nothing_for_long(background: float) -> None:
    assert sum(min(end, 10.0) - begin for begin, end in turns(padded(1.0, noise(9.0, background)))) < 2.2


def test_a_click_is_no_turn() -> None:
    click = np.zeros(RATE * 3)
    click[RATE : RATE + 240] = 20000
    assert turns(click) == []


def test_a_constant_offset_is_no_sound() -> None:
    assert level(np.full(160, 12000, "<i2").tobytes()) == SILENT


def test_the_mains_hum_neither_speaks_nor_hides_who_speaks() -> None:
    said = speech(QUESTION, -30.0)
    over = 2.0 + len(said) / RATE
    seconds = np.arange(int((over + 2.0) * RATE)) / RATE
    hum = 3000 * sum(np.sin(2 * np.pi * 50 * order * seconds + 0.3) / order for order in (1, 2, 3))
    assert turns(hum) == []
    (turn,) = turns(mixed(padded(2.0, said, 2.0), hum))
    assert 2.0 < turn[0] < 2.25
    assert over - 0.1 < turn[1] < over + 0.45


PROMPT = "您好，这里是12366纳税服务热线，请直接说出您的问题，按0转人工。税务登记、发票、个税都可以问。"


@pytest.mark.parametrize("echo", [-20.0, -25.0, -30.0])
@pytest.mark.parametrize("delay", [0.02, 0.15, 0.4])
def test_our_own_echo_does_not_interrupt_us(echo: float, delay: float) -> None:
    prompt = speech(PROMPT, -20.0)
    back = padded(delay, prompt * 10 ** (echo / 20), 1.0)
    assert turns(mixed(back, noise(len(back) / RATE, -65.0)), prompt) == []


@pytest.mark.parametrize("echo", [-20.0, -30.0, -90.0])
@pytest.mark.parametrize("at", [0.5, 3.0, 6.0])
def test_who_speaks_into_the_prompt_is_noticed_in_a_quarter_of_a_second(echo: float, at: float) -> None:
    prompt = speech(PROMPT, -20.0)
    back = padded(0.1, prompt * 10 ** (echo / 20), 1.0)
    said = speech("转人工转人工", -22.0, pitch=70)
    (begin, _), *_ = turns(mixed(back, padded(at, said), noise(len(back) / RATE, -65.0)), prompt)
    assert at < begin < at + 0.25


def test_a_quiet_caller_can_interrupt_where_the_line_has_no_echo() -> None:
    prompt = speech(PROMPT, -20.0)
    said = padded(5.0, speech("转人工转人工", -36.0, pitch=70), 3.0)
    (begin, _), *_ = turns(mixed(said, noise(len(said) / RATE, -70.0)), prompt)
    assert 5.0 < begin < 5.4
