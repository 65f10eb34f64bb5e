"""`hotline prompts`: what the hotline says, built and heard."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from core import settings as core_settings
from core.console import EXIT_DONE, Arguments, err, out, print_json, print_table
from core.errors import BadInput
from ivr.prompts import texts
from ivr.prompts.build import build
from ivr.prompts.music import build_music
from ivr.prompts.voices import voices
from ivr.speech.normalise import spoken
from ivr.speech.sound import TELEPHONE_RATE, levelled, resampled
from ivr.speech.wav import write_wav

_EXAMPLES = """examples:
  hotline prompts list
  hotline prompts build --out var/asterisk/sounds/zh/hotline
  hotline prompts build --out sounds --recordings studio/     a file studio/welcome.wav wins over the voice
  hotline prompts say 逾期每日加收0.05%的滞纳金 -o late.wav"""


def main(argv: Sequence[str]) -> int:
    """Run one subcommand; the exit code."""
    parser = Arguments(
        prog="hotline prompts",
        description="提示音:list, build or try the prompts.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--texts", type=Path, default=texts.OWN_TEXTS, help="prompt texts (default: the built-in ones)")
    parser.add_argument("--variant", help="espeak-ng voice variant, e.g. f3 (default: the setting prompts.variant)")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("list", "every key with its text"),
        ("build", "make <key>.alaw"),
        ("say", "say any text into a WAV file"),
    ):
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("--json", action="store_true", help="print JSON")
        if name == "build":
            command.add_argument("--out", type=Path, help="output folder (default: this copy's Asterisk sounds)")
            command.add_argument(
                "--recordings", type=Path, help="folder of studio recordings <key>.wav (default: the setting)"
            )
        if name == "say":
            command.add_argument("text")
            command.add_argument("-o", "--output", type=Path, required=True, metavar="F.wav")
            command.add_argument(
                "--voice", default="", help="espeak, piper, or a variant such as f3 (default: the setting)"
            )
            command.add_argument("--pace", type=float, default=1.0, help="0.5 to 2.0")
            command.add_argument(
                "--wide", action="store_true", help="keep the voice's own rate instead of the telephone's 8 kHz"
            )
    given = parser.parse_args(argv)
    if given.command == "list":
        return _list(given)
    return _build(given) if given.command == "build" else _say(given)


def _list(given: argparse.Namespace) -> int:
    prompts = texts.load(given.texts).values()
    if given.json:
        print_json([asdict(prompt) for prompt in prompts])
    else:
        print_table(
            "", ("键 key", "文本 text", "说明 note", "声音 voice"), [(p.key, p.text, p.note, p.voice) for p in prompts]
        )
    return EXIT_DONE


def _build(given: argparse.Namespace) -> int:
    settings = core_settings.load(os.environ)
    paths = settings.paths
    folder = given.out or paths.asterisk / "sounds" / "zh" / "hotline"
    kept = settings.prompts.recordings
    recordings = given.recordings or (Path(kept).expanduser() if kept else None)
    if recordings is not None and not recordings.is_dir():
        raise BadInput(f"{recordings} is no folder of recordings; make it, or leave --recordings out")
    speakers = voices(settings, given.variant)
    built = build(texts.load(given.texts), speakers(""), paths.cache / "prompts", folder, recordings, speakers)
    for one in built:
        if one.trouble:
            err.print(f"hotline: {one.trouble}", style="yellow", markup=False)
    music = build_music(folder.parent / "moh" if given.out else paths.asterisk / "moh")
    if given.json:
        print_json({"prompts": [asdict(one) for one in built], "music": music})
    else:
        rows = [(one.key, f"{one.seconds:.1f}", one.source) for one in built]
        print_table("", ("键 key", "秒 seconds", "来源 source"), rows)
        out.print(f"提示音 prompts: {folder}", markup=False)
        out.print(f"等待音乐 music: {music}")
    return EXIT_DONE


def _say(given: argparse.Namespace) -> int:
    sound = voices(core_settings.load(os.environ), given.variant)(given.voice).say(given.text, pace=given.pace)
    sound = levelled(sound if given.wide else resampled(sound, TELEPHONE_RATE))
    write_wav(given.output, sound)
    if given.json:
        print_json(
            {"file": given.output, "seconds": round(sound.seconds, 2), "rate": sound.rate, "spoken": spoken(given.text)}
        )
    else:
        out.print(f"{given.output}: {sound.seconds:.1f} s, {sound.rate} Hz: {spoken(given.text)}", markup=False)
    return EXIT_DONE
