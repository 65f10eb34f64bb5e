"""`sim say` and `sim heard`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sim.cli.arguments import Arguments
from sim.heard import THRESHOLD, judge
from sim.measure import measure, table
from sim.sound import read_audio, write_wav
from sim.voice import VARIANTS, Voice, speak


def say_main(argv: Sequence[str]) -> int:
    """Speak a text into a WAV file."""
    parser = Arguments(
        prog="sim say",
        description="Speak a text (Mandarin) into a WAV file, 8 kHz.",
        epilog='example: sim say "转人工" -o ask.wav',
    )
    parser.add_argument("text")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.wav")
    parser.add_argument("--voice", choices=[v or "plain" for v in VARIANTS], default="plain", help="who speaks")
    parser.add_argument("--speed", type=int, default=170, help="words a minute")
    options = parser.parse_args(argv)
    if not options.text.strip():
        parser.error("there is nothing to say")
    if not options.out.absolute().parent.is_dir():
        parser.error(f"there is no folder {options.out.parent}")
    voice = Voice("" if options.voice == "plain" else options.voice, options.speed)
    write_wav(options.out, speak(options.text, voice))
    return 0


def heard_main(argv: Sequence[str]) -> int:
    """Was the reference heard in the recording?"""
    parser = Arguments(
        prog="sim heard",
        description="Was the reference heard in the recording? Exit code 0: yes, 1: no.",
        epilog="examples: sim heard said.wav recording.wav    sim heard --measure",
    )
    parser.add_argument("reference", type=Path, nargs="?", help=".wav .alaw .pcm")
    parser.add_argument("recording", type=Path, nargs="?", help=".wav .alaw .pcm")
    parser.add_argument(
        "--threshold", type=float, default=THRESHOLD, help=f"least score z of a window (default {THRESHOLD:g})"
    )
    parser.add_argument("--measure", action="store_true", help="measure false alarms and misses on generated mixtures")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    if options.measure:
        rates = measure(options.threshold)
        print(json.dumps([asdict(rate) for rate in rates], ensure_ascii=False) if options.json else table(rates))
        return 0
    if options.reference is None or options.recording is None:
        parser.error("name the reference and the recording, or --measure")
    verdict = judge(read_audio(options.reference), read_audio(options.recording), options.threshold)
    if options.json:
        print(json.dumps({"heard": verdict.heard, **asdict(verdict)}))
    elif verdict.heard:
        span = f"from {verdict.first_at:g} s to {verdict.last_at:g} s"
        print(f"heard for {verdict.seconds:g} s, {span}; best z {verdict.best_z:g}")
    else:
        print(f"not heard; best z {verdict.best_z:g} in {verdict.windows} windows")
    return 0 if verdict.heard else 1
