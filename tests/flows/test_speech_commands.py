"""`hotline hear`, `hotline speech` and `hotline prompts` as a person runs them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.console import run
from ivr.prompts import cli as prompts_cli
from ivr.speech import cli
from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.models import demonstration
from ivr.speech.sound import Sound, resampled
from ivr.speech.wav import read_wav, write_wav


@pytest.fixture(autouse=True)
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the platform of this test's own."""
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOTLINE_PLATFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path


def question(file: Path, text: str, rate: int) -> str:
    write_wav(file, resampled(EspeakSpeaker().say(text), rate))
    return str(file)


def test_hear_takes_any_rate_and_prints_one_line_a_file(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rates = (8000, 16_000, 22_050, 44_100)
    files = [question(copy / f"{rate}.wav", "增值税发票怎么开", rate) for rate in rates]
    assert run(cli.hear, files) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == files
    assert [line["text"] for line in lines] == ["增值税发票怎么开"] * len(rates)
    assert all(set(line) == {"file", "text", "ms"} and line["ms"] > 0 for line in lines)


def test_hear_takes_stereo_and_silence(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(copy / "silence.wav", Sound(np.zeros(8000, np.int16), 8000))
    write_wav(copy / "empty.wav", Sound(np.zeros(0, np.int16), 8000))
    assert run(cli.hear, [str(copy / "silence.wav"), str(copy / "empty.wav")]) == 0
    assert [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()] == ["", ""]


@pytest.mark.parametrize("content", [None, b"", b"no wav", b"RIFF\0\0\0\0WAVE"])
def test_a_bad_file_is_one_line_and_exit_code_2(
    copy: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    good, bad = question(copy / "good.wav", "转人工", 8000), copy / "bad.wav"
    if content is not None:
        bad.write_bytes(content)
    assert run(cli.hear, [good, str(bad)]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["text"] == "转人工"
    assert len(told.err.strip().splitlines()) == 1
    assert "bad.wav" in told.err


def test_a_model_that_is_none_is_one_line_and_exit_code_2(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = question(copy / "good.wav", "转人工", 8000)
    assert run(cli.hear, [file, "--model", str(copy / "nowhere")]) == 2
    assert "no Vosk model" in capsys.readouterr().err


def test_show_says_plainly_what_the_demonstration_model_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.speech, ["show"]) == 0
    assert "synthetic" in capsys.readouterr().out
    assert run(cli.speech, ["show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["origin"], shown["rate"]) == ("demonstration", 8000)


def test_install_by_sum_then_hear_with_it_then_uninstall(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.speech, ["install", str(cli.models.DEMONSTRATION)]) == 2
    digest = capsys.readouterr().err.split("sha256 ")[1].split(",")[0]
    assert run(cli.speech, ["install", str(cli.models.DEMONSTRATION), "--sha256", digest, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["origin"] == "installed"
    assert run(cli.speech, ["uninstall"]) == 0
    assert "demonstration" in capsys.readouterr().out


def of_other_words(folder: Path) -> Path:
    """The demonstration model, its words those of another language."""
    shutil.copytree(demonstration(folder), folder / "english")
    words = folder / "english/graph/words.txt"
    rows = [row.split() for row in words.read_text(encoding="utf-8").splitlines()]
    renamed = [f"{word if word[0] in '<#[' else f'word{number}'} {number}" for word, number in rows]
    words.write_text("\n".join(renamed) + "\n", encoding="utf-8")
    return folder / "english"


def test_a_model_that_is_damaged_or_of_another_language_is_not_installed(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    english = of_other_words(copy)
    torn = copy / "torn"
    shutil.copytree(demonstration(copy), torn)
    (torn / "graph/HCLG.fst").write_bytes((torn / "graph/HCLG.fst").read_bytes()[:1000])
    for folder, why in ((english, "not Chinese"), (torn, "damaged")):
        assert run(cli.speech, ["install", str(folder), "--sha256", cli.models.folder_digest(folder)]) == 2
        assert why in capsys.readouterr().err
    assert run(cli.speech, ["show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["origin"] == "demonstration"


def test_the_examination_prints_error_rates_and_the_model_passes_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.speech, ["evaluate", "--size", "12", "--json"]) == 0
    marks = json.loads(capsys.readouterr().out)
    assert len(marks) >= 10
    voices = marks[0]
    assert voices["utterances"] == 12
    assert voices["characters"] < 15
    assert voices["words"] < 20
    outside = next(mark for mark in marks if mark["name"].startswith("outside"))
    assert outside["exact"] < 20


def test_prompts_are_listed_built_and_tried(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(prompts_cli.main, ["list", "--json"]) == 0
    keys = [prompt["key"] for prompt in json.loads(capsys.readouterr().out)]
    assert run(prompts_cli.main, ["build", "--out", str(copy / "sounds"), "--json"]) == 0
    built = json.loads(capsys.readouterr().out)
    assert [one["key"] for one in built["prompts"]] == keys
    assert Path(built["music"]).is_file()
    assert all(Path(one["file"]).stat().st_size == round(one["seconds"] * 8000) for one in built["prompts"])
    wav = copy / "say.wav"
    assert run(prompts_cli.main, ["say", "逾期每日加收0.05%", "-o", str(wav), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["spoken"] == "逾期每日加收百分之零点零五"
    assert read_wav(wav).rate == 8000
    assert run(prompts_cli.main, ["say", "。", "-o", str(wav)]) == 2
    assert run(prompts_cli.main, ["say", "您好", "-o", "/nowhere/x.wav"]) == 2


@pytest.mark.parametrize("upsample", ["", "--allow-upsample=true\n"])
@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_a_wide_band_model_is_fed_every_rate_without_harm(
    copy: Path, capsys: pytest.CaptureFixture[str], rate: int, upsample: str
) -> None:
    """Our own network under a wide-band label: what it hears is wrong, that it hears at all is what counts."""
    wide = copy / "wide"
    shutil.copytree(demonstration(copy / "cache"), wide)
    conf = wide / "conf" / "mfcc.conf"
    conf.write_text(conf.read_text().replace("--sample-frequency=8000", "--sample-frequency=16000") + upsample)
    assert run(cli.hear, [question(copy / "q.wav", "转人工", rate), "--model", str(wide)]) == 0
    assert "text" in json.loads(capsys.readouterr().out)
