"""The recipe's deciding parts: units, language, marks, features, error counts. Nothing here needs PyTorch."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.recipe import channel, examination, texts
from ivr.speech.recipe.distance import edits, longest_words
from ivr.speech.recipe.features import mfcc
from ivr.speech.recipe.language import END, START, trigram
from ivr.speech.recipe.lexicon import Lexicon
from ivr.speech.recipe.sounds import TRAINING_VARIANTS, UNSEEN_VARIANTS
from ivr.speech.recipe.units import UNITS, units_of_syllable, units_of_word


@pytest.mark.parametrize(
    ("syllable", "units"),
    [
        ("zhuan3", ("zh", "uan")),
        ("ren2", ("r", "en")),
        ("shi4", ("sh", "i2")),
        ("si4", ("s", "i1")),
        ("qu1", ("q", "v")),
        ("yuan2", ("van",)),
        ("lve4", ("l", "ve")),
        ("jiu3", ("j", "iou")),
        ("gui1", ("g", "uei")),
        ("wo3", ("uo",)),
        ("bo1", ("b", "uo")),
        ("er2", ("er",)),
        ("wang2", ("uang",)),
        ("a1", ("a",)),
        ("xiong1", ("x", "iong")),
    ],
)
def test_units(syllable: str, units: tuple[str, ...]) -> None:
    assert units_of_syllable(syllable) == units


@pytest.mark.parametrize("nonsense", ["", "5", "zh", "bla", "xx1"])
def test_what_is_no_syllable_is_refused(nonsense: str) -> None:
    with pytest.raises(KeyError):
        units_of_syllable(nonsense)


def test_every_unit_is_needed_and_every_text_can_be_said() -> None:
    loaded = texts.load(texts.area_names())
    lines = [
        *loaded.questions,
        *loaded.phrases,
        *loaded.numbers,
        *texts.lines("unseen.txt"),
        *texts.lines("outside.txt"),
    ]
    used = {unit for line in lines for character in line for unit in units_of_word(character)}
    assert {unit for unit in UNITS if unit not in used} <= {"ueng", "o"}
    # Each city and county is called by name.
    assert {"我是洛阳的", "巩义", "转邓州", "郑州市税务局"} <= set(loaded.phrases)
    assert len(loaded.questions) > 1500


def test_the_examination_holds_nothing_that_was_learnt() -> None:
    loaded = texts.load(texts.area_names())
    learnt = {*loaded.questions, *loaded.phrases}
    assert learnt.isdisjoint(texts.lines("unseen.txt"))
    assert learnt.isdisjoint(texts.lines("outside.txt"))
    assert set(TRAINING_VARIANTS).isdisjoint(UNSEEN_VARIANTS)
    assert set(channel.TRAINING_NOISES).isdisjoint(channel.UNSEEN_NOISES)
    assert {paper.noise for paper in examination.papers(9)} <= {"", *channel.UNSEEN_NOISES}


def probabilities(model: object, history: tuple[str, ...], vocabulary: set[str]) -> float:
    """Sum over all words after `history`, walked as the graph walks it."""
    after, backing = model.after, model.backing  # type: ignore[attr-defined]

    def cost(history: tuple[str, ...], word: str) -> float:
        if history not in after:
            return cost(history[1:], word)
        seen = [math.exp(-after[history][word])] if word in after[history] else []
        return sum(seen) + (math.exp(-backing[history]) * cost(history[1:], word) if history else 0.0)

    return sum(cost(history, word) for word in vocabulary)


def test_the_language_model_gives_away_exactly_all_chances() -> None:
    sentences = [(("我", "是", "洛阳", "的"), 2.0), (("我", "是", "郑州", "的"), 1.0), (("转", "人工"), 3.0)]
    general = {"今天": 0.5, "我": 0.5}
    model = trigram(sentences, general, ("[unk]", 0.02))
    vocabulary = {word for words, _ in sentences for word in words} | {*general, "[unk]", END}
    for history in ((), (START,), ("我", "是"), ("转", "人工"), ("今天",), ("是", "今天")):
        assert probabilities(model, history, vocabulary) == pytest.approx(1.0)
    # What was seen is likelier than what was not.
    assert model.after[("转",)]["人工"] < model.after[()]["今天"]


def test_words_that_sound_alike_or_begin_alike_are_marked_apart() -> None:
    lexicon = Lexicon()
    lexicon.add(["税", "睡", "税务", "发票", "人工"])
    marked, highest = lexicon.told_apart()
    marks = {word: mark for word, _, mark in marked}
    assert {marks["税"], marks["睡"]} == {1, 2}
    assert (marks["税务"], marks["发票"], marks["人工"], highest) == (0, 0, 0, 2)
    assert len({(sounds, mark) for _, sounds, mark in marked}) == len(marked)


def test_features_of_known_sound() -> None:
    """Figures from Kaldi's own code (kaldi-native-fbank 1.23) for the same samples and options."""
    samples = np.round(1000 * np.sin(2 * np.pi * 440 * np.arange(400) / 8000) + (np.arange(400) % 7) * 10)
    features = mfcc(samples)
    assert features.shape == (3, 40)
    assert features[0, :4] == pytest.approx([51.9934, 15.3852, 16.1906, -75.5229], abs=0.01)
    assert mfcc(np.zeros(199)).shape == (0, 40)


@given(st.text("税务人工", max_size=8), st.text("税务人工", max_size=8))
def test_edits_are_a_distance(one: str, other: str) -> None:
    assert edits(one, other) == edits(other, one)
    assert edits(one, one) == 0
    assert abs(len(one) - len(other)) <= edits(one, other) <= max(len(one), len(other))


def test_edits_of_known_pairs() -> None:
    assert edits("转人工", "转人") == 1
    assert edits("洛阳", "郑州") == 2
    assert edits("", "税") == 1


def test_longest_words() -> None:
    assert longest_words("增值税发票怎么开", frozenset({"增值税", "增值", "发票", "怎么"})) == [
        "增值税",
        "发票",
        "怎么",
        "开",
    ]


@pytest.mark.parametrize("kind", [*channel.TRAINING_NOISES, *channel.UNSEEN_NOISES])
def test_noise_is_as_loud_as_asked_and_the_same_every_time(kind: str) -> None:
    speech = 3000 * np.sin(2 * np.pi * 500 * np.arange(8000) / 8000)
    chatter = np.random.default_rng(1).standard_normal(4000)
    noisy = [channel.add_noise(speech, kind, 10, np.random.default_rng(7), chatter) for _ in range(2)]
    assert np.array_equal(noisy[0], noisy[1])
    noise = noisy[0] - speech
    assert 10 * np.log10(np.mean(speech**2) / np.mean(noise**2)) == pytest.approx(10, abs=0.1)


def test_a_line_stays_within_sixteen_bits_and_keeps_its_length() -> None:
    speech = 20_000 * np.sin(2 * np.pi * 300 * np.arange(4000) / 8000)
    for seed in range(40):
        wave = channel.line(speech, np.random.default_rng(seed), speech)
        assert len(wave) == len(speech)
        assert np.isfinite(wave).all()
        assert np.abs(wave).max() <= 32768
