"""`hotline hear` and `hotline speech`: try the ears, choose the model, make one, examine it."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core import settings as core_settings
from core.clock import SystemClock
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.settings import Settings
from ivr.speech import models
from ivr.speech.listening import transcribe
from ivr.speech.trial import tried
from ivr.speech.vosk_recogniser import VoskRecogniser
from ivr.speech.wav import read_wav

_LOADING: Final = 120.0
"""Seconds a model may take to load: the largest ones read gigabytes."""
_ANSWER: Final = 60.0
"""Seconds for one piece of a recording, on a busy machine."""

_HEAR_EXAMPLES = """examples:
  hotline hear question.wav
  hotline hear *.wav --model ~/vosk-model-small-cn-0.22
each file gives one line: {"file": …, "text": …, "ms": …}; ms is the time recognition took"""

_SPEECH_EXAMPLES = """examples:
  hotline speech show
  hotline speech install vosk-model-cn-0.22.zip --sha256 <publisher's sum>
  hotline speech evaluate
  hotline speech train --out demo.zip"""


def hear(argv: Sequence[str]) -> int:
    """WAV files → one line of JSON each; a file that cannot be used ends it with exit code 2."""
    parser = Arguments(
        prog="hotline hear",
        description="识别录音: recognise WAV files.",
        epilog=_HEAR_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.wav")
    parser.add_argument("--model", default="", help="folder of a Vosk model (default: the model in force)")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output always is JSON")
    given = parser.parse_args(argv)
    settings = _settings(given.model)
    return asyncio.run(_hear(given.files, settings))


def speech(argv: Sequence[str]) -> int:
    """Run one subcommand; the exit code."""
    parser = Arguments(
        prog="hotline speech",
        description="语音识别模型: the model the hotline hears with.",
        epilog=_SPEECH_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="the model in force")
    install = commands.add_parser("install", help="check a model's sum and use it from now on")
    install.add_argument("source", type=Path, metavar="DIR|ZIP")
    install.add_argument("--sha256", default="", help="of the zip, or of the folder as README says; refused without")
    commands.add_parser("uninstall", help="back to the demonstration model")
    evaluate = commands.add_parser("evaluate", help="error rates on voices, speeds, noises and wordings it never met")
    evaluate.add_argument("--model", default="", help="folder of a Vosk model (default: the model in force)")
    evaluate.add_argument("--size", type=int, default=60, help="at most so many sentences a row")
    for command in (show, install, evaluate):
        command.add_argument("--json", action="store_true", help="print JSON")
    train = commands.add_parser("train", help="make the demonstration model anew (12 to 30 minutes)", add_help=False)
    given, rest = parser.parse_known_args(argv)
    if given.command == "train":
        from ivr.speech.recipe.start import run_recipe

        return run_recipe(core_settings.load(os.environ).paths.cache, rest)
    if rest:
        train.error(f"unknown: {' '.join(rest)}")
    if given.command == "evaluate":
        return asyncio.run(_evaluate(_settings(given.model), given.size, as_json=given.json))
    settings = _settings("")
    if given.command == "install":
        models.install(given.source, given.sha256, settings, tried)
    elif given.command == "uninstall":
        models.uninstall(settings)
        given.json = False
    return _show(settings, as_json=given.json)


def _show(settings: Settings, *, as_json: bool) -> int:
    model = models.current(settings)
    if as_json:
        print_json({"folder": model.folder.path, "origin": model.origin, "rate": model.folder.rate})
    else:
        out.print(f"{model.folder.path} ({model.origin}), {model.folder.rate} Hz", markup=False)
        if model.origin == "demonstration":
            out.print("演示模型，只用合成语音训练，听不懂真人: demonstration only, trained on synthetic voices.")
    return EXIT_DONE


def _settings(model: str) -> Settings:
    environment = dict(os.environ)
    if model:
        environment["HOTLINE_SPEECH_MODEL"] = model
    return core_settings.load(environment)


def _recogniser(settings: Settings, model: models.Model) -> VoskRecogniser:
    wanted = settings.speech
    return VoskRecogniser(
        model.folder, workers=wanted.workers, threads=wanted.threads, streams=wanted.streams, deadline=_ANSWER
    )


async def _hear(files: Sequence[Path], settings: Settings) -> int:
    model = models.current(settings)
    async with _recogniser(settings, model) as recogniser:
        for file in files:
            # Read before the model is loaded: a bad first file is told at once.
            sound = read_wav(file)
            await recogniser.start(_LOADING)
            said = await transcribe(recogniser, sound, SystemClock())
            print_json({"file": str(file), "text": said.text, "ms": round(said.milliseconds, 1)})
    return EXIT_DONE


async def _evaluate(settings: Settings, size: int, *, as_json: bool) -> int:
    from ivr.speech.recipe import examination

    model = models.current(settings)
    vocabulary = examination.vocabulary_of(model.folder.path)
    async with _recogniser(settings, model) as recogniser:
        await recogniser.start(_LOADING)
        marks = await examination.examine(recogniser, vocabulary, size)
    if as_json:
        print_json([mark.as_dict() for mark in marks])
        return EXIT_DONE
    columns = (
        "测试 paper",
        "句 n",
        "字错率 CER %",
        "音节错率 SER %",
        "词错率 WER %",
        "全对 exact %",
        "返回 returned %",
    )
    rows = [
        (
            m.name,
            m.utterances,
            *(
                "-" if value is None else f"{value:.1f}"
                for value in (m.characters, m.syllables, m.words, m.exact, m.returned)
            ),
        )
        for m in marks
    ]
    print_table(f"{model.folder.path} ({model.origin})", columns, rows)
    out.print(
        "espeak-ng 合成语音，未参与训练的嗓音、语速、噪声和说法 — synthetic voices only: says nothing about people."
    )
    return EXIT_DONE
