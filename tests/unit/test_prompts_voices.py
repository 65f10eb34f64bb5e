"""A voice per prompt: the settings' voice, another one by name, Piper as a program that is truly run."""

import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.console import EXIT_BAD_INPUT, run
from core.errors import BadInput, MissingComponent
from core.settings import PromptsSettings, Settings
from ivr.prompts.build import build
from ivr.prompts.cli import main
from ivr.prompts.texts import Prompt, load
from ivr.prompts.voices import chosen_speaker, voices
from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.piper import PiperSpeaker
from ivr.speech.speaker import CannotSpeak
from tests.fakes.tone_speaker import ToneSpeaker

# The first lines are shell and Python both: a line `#!` takes no folder with a space in its name.
FAKE = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import array, math, sys, wave
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
text = sys.stdin.buffer.read().decode("utf-8")
if "再见" in text:
    sys.exit("no such phoneme")
with open({log!r}, "a", encoding="utf-8") as log:
    log.write(text)
count = int(22050 * 0.2 * len(text) * float(given["--length-scale"]))
with wave.open(given["--output-file"], "wb") as out:
    out.setnchannels(1); out.setsampwidth(2); out.setframerate(22050)
    out.writeframes(array.array("h", (int(9000 * math.sin(i / 9)) for i in range(count))).tobytes())
"""


@pytest.fixture
def piper(tmp_path: Path) -> PiperSpeaker:
    program = tmp_path / "piper"
    program.write_text(FAKE.format(python=sys.executable, log=str(tmp_path / "said")), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    model = tmp_path / "zh_CN-x.onnx"
    model.write_bytes(b"a model")
    return PiperSpeaker(str(program), model)


def settings_of(piper: PiperSpeaker, voice: str = "espeak") -> Settings:
    return replace(Settings(), prompts=PromptsSettings(voice=voice, piper=piper.program, piper_model=str(piper.model)))


def test_piper_is_run_with_the_words_as_they_are_said(piper: PiperSpeaker, tmp_path: Path) -> None:
    usual, slow = piper.say("您好,请按12。"), piper.say("您好,请按12。", pace=0.5)
    assert usual.rate == 22050
    assert slow.seconds == pytest.approx(2 * usual.seconds, rel=0.05)
    assert "12" not in (tmp_path / "said").read_text(encoding="utf-8")


def test_piper_says_why_it_cannot(piper: PiperSpeaker, tmp_path: Path) -> None:
    with pytest.raises(MissingComponent, match="no such phoneme"):
        piper.say("再见")
    with pytest.raises(CannotSpeak):
        piper.say("。")
    with pytest.raises(CannotSpeak):
        piper.say("您好", pace=9)
    with pytest.raises(MissingComponent, match=r"nowhere\.onnx"):
        replace(piper, model=tmp_path / "nowhere.onnx").say("您好")
    with pytest.raises(MissingComponent, match="nowhere"):
        replace(piper, program=str(tmp_path / "nowhere")).say("您好")


def test_another_model_is_another_voice(piper: PiperSpeaker, tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(b"another model")
    assert piper.name != replace(piper, model=other).name


def test_the_settings_name_the_usual_voice_and_a_prompt_another(piper: PiperSpeaker) -> None:
    assert isinstance(chosen_speaker(settings_of(piper)), EspeakSpeaker)
    assert isinstance(chosen_speaker(settings_of(piper, "piper")), PiperSpeaker)
    found = voices(settings_of(piper))
    assert isinstance(found("piper"), PiperSpeaker)
    assert "+f3 " in found("f3").name
    assert found("f3") is found("f3")
    with pytest.raises(BadInput, match="piper_model"):
        voices(Settings())("piper")


def test_each_prompt_is_said_by_its_own_voice_and_a_recording_wins(piper: PiperSpeaker, tmp_path: Path) -> None:
    texts = {"a": Prompt("a", "您好"), "b": Prompt("b", "请讲", voice="piper")}
    usual = ToneSpeaker()
    out, cache = tmp_path / "out", tmp_path / "cache"
    build(texts, usual, cache, out, voices=lambda name: {"piper": piper}[name])
    assert usual.said == ["您好"]
    assert (tmp_path / "said").read_text(encoding="utf-8").strip() == "请讲"
    again = build(texts, usual, cache, out, voices=lambda name: {"piper": piper}[name])
    assert [one.fresh for one in again] == [False, False]


def test_a_prompts_voice_is_a_name(tmp_path: Path) -> None:
    file = tmp_path / "texts.toml"
    file.write_text('[a]\ntext = "您好"\nvoice = "f3"\n[b]\ntext = "您好"\n', encoding="utf-8")
    assert [prompt.voice for prompt in load(file).values()] == ["f3", ""]
    file.write_text('[a]\ntext = "您好"\nvoice = "../f3"\n', encoding="utf-8")
    with pytest.raises(BadInput, match="voice"):
        load(file)


def test_a_folder_of_recordings_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["build", "--out", str(tmp_path / "sounds"), "--recordings", str(tmp_path / "none")]
    assert run(main, arguments) == EXIT_BAD_INPUT
    assert "is no folder of recordings" in capsys.readouterr().err
    assert not (tmp_path / "sounds").exists()
