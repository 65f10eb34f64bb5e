"""`sim practice`."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sim.cli.arguments import Arguments
from sim.practice import STORIES, practise, read_story, story_file
from sim.profile import profile_from


def main(argv: Sequence[str]) -> int:
    """Ring a trainee's phone with a story."""
    parser = Arguments(
        prog="sim practice",
        description="Practice call: your softphone is registered as a seat; a caller with a story rings it.",
        epilog="examples: sim practice --list    sim practice refund --out practice/    sim practice my-story.yaml",
    )
    parser.add_argument("story", nargs="?", help="name of a story (see --list) or a YAML file")
    parser.add_argument("--list", action="store_true", help="list the stories")
    parser.add_argument("--profile", type=Path, help="the system under test (YAML); SIM_PROFILE when left out")
    parser.add_argument("--dial", default="", metavar="NUMBER", help="dial this instead of the hotline")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the recording here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    if options.list or options.story is None:
        for file in sorted(STORIES.glob("*.yaml")):
            print(f"{file.stem:20} {read_story(file).title}")
        return 0 if options.list else 2
    story = read_story(story_file(options.story))
    with tempfile.TemporaryDirectory(prefix="sim-") as spare:
        folder = options.out or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        result = asyncio.run(
            practise(
                story, profile_from(options.profile), folder, lambda line: print(line, file=sys.stderr), options.dial
            )
        )
    if options.json:
        print(json.dumps(asdict(result), ensure_ascii=False))
    else:
        print(f"{result.story}: {result.seconds:g} s, ended by the {result.ended_by}")
        for turn in result.turns:
            shown = (
                "no answer"
                if turn.answered_after is None
                else f"after {turn.answered_after:g} s, {turn.talked:g} s long"
            )
            print(f"  {turn.line}  → {shown}")
        for aim in result.aims:
            print(f"  □ {aim}")
    return 0
