"""Audio truth on generated speech: what was said is heard, what was not is not."""

import numpy as np
import pytest

from sim.heard import Listener, Reference, judge
from sim.sound import RATE, Samples, alaw_codes, alaw_samples
from sim.voice import Voice, speak

SEAT = "您好,郑州座席为您服务,工号零零零一,请问有什么可以帮助您?"
CALLER = "请问小规模纳税人的增值税发票到哪里去申请,要等几天?"


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Samples, Samples]:
    cache = tmp_path_factory.mktemp("speech")
    return speak(SEAT, Voice("+f2", 165, 55), cache), speak(CALLER, Voice("+m3", 178, 38), cache)


def line(samples: Samples, seed: int = 1) -> Samples:
    """As a telephone carries it: a little noise, then A-law."""
    noisy = samples + np.random.default_rng(seed).normal(0, 20, len(samples))
    return alaw_samples(alaw_codes(noisy))


def test_speech_is_heard_wherever_it_begins(speech: tuple[Samples, Samples]) -> None:
    seat, _ = speech
    verdict = judge(seat, line(np.concatenate([np.zeros(7000), seat, np.zeros(3000)])))
    assert verdict.seconds >= len(seat) / RATE - 1.5
    assert verdict.first_at is not None and verdict.first_at <= 1.5


def test_other_speech_is_not_taken_for_it(speech: tuple[Samples, Samples]) -> None:
    seat, caller = speech
    assert not judge(seat, line(np.tile(caller, 3))).heard
    assert not judge(caller, line(np.tile(seat, 3))).heard


def test_it_is_heard_under_other_speech(speech: tuple[Samples, Samples]) -> None:
    seat, caller = speech
    length = min(len(seat), len(caller))
    mixture = caller[:length] + seat[:length] * 10 ** (-9 / 20)
    assert judge(seat, line(mixture)).seconds > 1
    assert judge(caller, line(mixture)).seconds > 1


def test_silence_and_noise_hold_nothing(speech: tuple[Samples, Samples]) -> None:
    seat, _ = speech
    assert judge(seat, np.zeros(5 * RATE)).windows == 0
    noise = np.random.default_rng(3).normal(0, 3000, 10 * RATE)
    assert not judge(seat, noise).heard


def test_a_recording_shorter_than_a_window_is_no_error(speech: tuple[Samples, Samples]) -> None:
    assert not judge(speech[0], np.zeros(100)).heard


def test_a_loop_is_heard_on_and_on(speech: tuple[Samples, Samples]) -> None:
    seat, _ = speech
    looped = line(np.tile(seat, 3))
    assert judge(seat, looped).seconds >= len(looped) / RATE - 3


def test_listening_as_it_comes_in_gives_the_same_as_at_once(speech: tuple[Samples, Samples]) -> None:
    seat, _ = speech
    recording = line(np.concatenate([np.zeros(5000), seat]))
    growing = Listener(Reference("seat", seat))
    for end in range(0, len(recording) + 1, 1111):
        growing.feed(recording[:end])
    growing.feed(recording)
    once = judge(seat, recording)
    assert growing.seconds() == once.seconds
    assert round(growing.best(), 1) == once.best_z


def test_the_place_in_the_speech_is_found(speech: tuple[Samples, Samples]) -> None:
    seat, _ = speech
    listener = Listener(Reference("seat", seat))
    listener.feed(line(np.concatenate([np.zeros(4000), seat])))
    places = {hit.sample: hit.place for hit in listener.hits()}
    assert all(abs(place - (sample - 4000)) <= 40 for sample, place in places.items())
    assert len(places) > 3


def test_what_was_said_in_another_part_of_the_call_does_not_count(speech: tuple[Samples, Samples]) -> None:
    seat, caller = speech
    listener = Listener(Reference("seat", seat))
    listener.feed(line(np.concatenate([seat, caller])))
    assert listener.seconds(last=len(seat)) > 1
    assert listener.seconds(first=len(seat)) == 0
