"""Prompt texts become files that Asterisk plays."""

import io
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from ivr.prompts.build import LEVEL, BuiltPrompt, build
from ivr.prompts.music import build_music, melody
from ivr.prompts.studio import LARGEST
from ivr.prompts.texts import Prompt, load
from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.sound import Sound, from_alaw, speech_level
from tests.fakes.tone_speaker import ToneSpeaker

TEXTS = {"welcome": Prompt("welcome", "您好"), "connecting": Prompt("connecting", "正在为您转接，请稍候。", pace=0.9)}


def recording(rate: int = 44_100, channels: int = 2) -> bytes:
    time = np.arange(rate) / rate
    left = (900 * np.sin(2 * np.pi * 500 * time)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(np.repeat(left, channels).tobytes())
    return buffer.getvalue()


def test_the_own_texts_hold_every_key_the_dialplan_plays() -> None:
    keys = {
        "welcome",
        "ask_region",
        "ask_shared_0371",
        "ask_shared_0391",
        "not_understood",
        "connecting",
        "connecting_province",
        "all_busy",
        "still_waiting",
        "no_seat_goodbye",
        "trouble_province",
    }
    assert keys <= set(load())


def test_every_own_text_is_built_by_the_voice_short_and_level(tmp_path: Path) -> None:
    built = build(load(), EspeakSpeaker(), tmp_path / "cache", tmp_path / "out")
    assert [one.key for one in built] == list(load())
    for one in built:
        assert one.file.name == f"{one.key}.alaw"
        assert 0.3 < one.seconds < 12
        level = speech_level(Sound(from_alaw(one.file.read_bytes()), 8000))
        assert level == pytest.approx(LEVEL, abs=1), one.key


def test_a_second_build_says_nothing_and_touches_nothing(tmp_path: Path) -> None:
    speaker = ToneSpeaker()
    first = build(TEXTS, speaker, tmp_path / "cache", tmp_path / "out")
    stamps = [one.file.stat().st_mtime_ns for one in first]
    second = build(TEXTS, speaker, tmp_path / "cache", tmp_path / "out")
    assert len(speaker.said) == 2
    assert [one.fresh for one in first + second] == [True, True, False, False]
    assert [one.file.stat().st_mtime_ns for one in second] == stamps


def test_another_text_pace_or_voice_is_built_anew(tmp_path: Path) -> None:
    def one(prompt: Prompt, voice: str) -> BuiltPrompt:
        return build({"k": prompt}, ToneSpeaker(voice), tmp_path / "cache", tmp_path / "out")[0]

    assert one(Prompt("k", "您好"), "a").fresh
    assert one(Prompt("k", "您好吗"), "a").fresh
    assert one(Prompt("k", "您好", pace=0.8), "a").fresh
    assert one(Prompt("k", "您好"), "b").fresh
    assert not one(Prompt("k", "您好"), "a").fresh


def test_a_studio_recording_wins_and_its_absence_gives_the_voice_back(tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    studio.mkdir()
    (studio / "welcome.wav").write_bytes(recording())
    built = build(TEXTS, ToneSpeaker(), tmp_path / "cache", tmp_path / "out", studio)
    assert [one.source for one in built] == ["recording", "voice"]
    assert built[0].seconds == pytest.approx(1.18, abs=0.02)
    assert speech_level(Sound(from_alaw(built[0].file.read_bytes()), 8000)) == pytest.approx(LEVEL, abs=1)
    spoken = from_alaw(built[0].file.read_bytes()).astype(float)
    assert np.abs(np.fft.rfft(spoken)).argmax() * 8000 / len(spoken) == pytest.approx(500, abs=3)
    (studio / "welcome.wav").unlink()
    assert build(TEXTS, ToneSpeaker(), tmp_path / "cache", tmp_path / "out", studio)[0].source == "voice"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"RIFF nonsense", "not a WAV file"),
        (b"", "not a WAV file"),
        (b"ID3\x03 an mp3", "not a WAV file"),
        (recording(8000, 1)[:44], "holds no sound"),
        (recording(8000, 1)[:44] + bytes(16_000), "holds no sound"),
        (recording(8000, 1)[:44] + recording(8000, 1)[44:] * 61, "61 s long"),
        (bytes(LARGEST + 1), "larger than 64 MB"),
    ],
)
def test_a_broken_recording_is_named_in_one_line_and_the_voice_speaks(tmp_path: Path, data: bytes, why: str) -> None:
    if data[:4] == b"RIFF" and len(data) > 44:
        data = data[:40] + (len(data) - 44).to_bytes(4, "little") + data[44:]
    for key in TEXTS:
        (tmp_path / f"{key}.wav").write_bytes(data)
    speaker = ToneSpeaker()
    built = build(TEXTS, speaker, tmp_path / "cache", tmp_path / "out", tmp_path)
    assert [one.source for one in built] == ["voice", "voice"]
    for one in built:
        assert f"{one.key}.wav" in one.trouble
        assert why in one.trouble
        assert "\n" not in one.trouble
    assert len(speaker.said) == 2
    assert built[0].file.read_bytes() != built[1].file.read_bytes()


def test_builds_at_the_same_time_leave_whole_files_and_no_litter(tmp_path: Path) -> None:
    def go(_: int) -> list[bytes]:
        built = build(TEXTS, ToneSpeaker(), tmp_path / "cache", tmp_path / "out")
        return [one.file.read_bytes() for one in built]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(go, range(24)))
    assert all(result == results[0] for result in results)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["connecting.alaw", "welcome.alaw"]
    assert all(file.suffix == ".alaw" and not file.name.startswith(".") for file in (tmp_path / "cache").iterdir())


@pytest.mark.parametrize(
    "toml",
    [
        "[Welcome]\ntext = '您好'",
        "[a]\nnote = '无'",
        "[a]\ntext = ''",
        "[a]\ntext = '好'\npace = 9",
        "[a]\ntext = '好'\npase = 1",
        "a = 1",
        "[a",
        "['../../x']\ntext = '好'",
    ],
)
def test_bad_texts_are_refused_by_name(tmp_path: Path, toml: str) -> None:
    file = tmp_path / "texts.toml"
    file.write_text(toml, encoding="utf-8")
    with pytest.raises(BadInput, match=r"texts\.toml"):
        load(file)


def test_the_music_is_gentle_and_always_the_same(tmp_path: Path) -> None:
    sound = melody()
    assert 30 < sound.seconds < 60
    assert speech_level(sound) == pytest.approx(-26, abs=1)
    # It loops: the end meets the beginning without a click.
    assert abs(int(sound.samples[-1]) - int(sound.samples[0])) < 400
    file = build_music(tmp_path)
    first = file.read_bytes()
    assert len(first) == len(sound.samples)
    assert build_music(tmp_path).read_bytes() == first
