"""`sim run` and `sim check`."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sim.cli.arguments import Arguments
from sim.fits import misfits
from sim.interrupt import EXIT_INTERRUPTED
from sim.load.plan import load_problems
from sim.play import Result
from sim.profile import profile_from
from sim.report import html, junit
from sim.runner import find, kind_of, plan, read_all, run
from sim.schema import schema

EXIT_FAILED, EXIT_BAD_INPUT = 1, 2


def check_main(argv: Sequence[str]) -> int:
    """Lint scenario files."""
    parser = Arguments(
        prog="sim check",
        description="Check scenario and load files: every problem with its line and, if one is near, a suggestion.",
        epilog="example: sim check sim/scenarios/",
    )
    parser.add_argument("files", nargs="*", type=Path, help="scenario and load files, or folders of them")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of scenario files")
    parser.add_argument("--profile", type=Path, help="does this system know the seats, users, prompts that are named?")
    parser.add_argument("--json", action="store_true", help="problems as one JSON document")
    options = parser.parse_args(argv)
    if options.schema:
        print(json.dumps(schema(), ensure_ascii=False, indent=1))
        return 0
    if not options.files:
        parser.error("name at least one file or folder")
    files = find(options.files, ("scenario", "load"))
    loads = [file for file in files if kind_of(file) == "load"]
    scenarios, problems = read_all([file for file in files if file not in loads])
    problems += [problem for file in loads for problem in load_problems(file)]
    if options.profile:
        profile = profile_from(options.profile)
        problems += [problem for scenario in scenarios for problem in misfits(scenario, profile)]
    if options.json:
        found = [{"file": str(p.file), "line": p.line, "problem": p.text} for p in problems]
        print(json.dumps({"files": len(files), "problems": found}, ensure_ascii=False))
    else:
        for problem in problems:
            print(problem)
        print(f"{len(files)} files, {len(problems)} problems", file=sys.stderr)
    return EXIT_BAD_INPUT if problems else 0


def run_main(argv: Sequence[str]) -> int:
    """Play scenarios and judge them."""
    parser = Arguments(
        prog="sim run",
        description="Play scenario files against a SIP system. Exit code: 0 all held, 1 one did not, 2 bad input.",
        epilog="examples: sim run sim/scenarios/ --tag smoke --html out/ · sim run one.yaml --profile lab.yaml",
    )
    parser.add_argument("files", nargs="+", type=Path, help="scenario files or folders of them")
    parser.add_argument("--profile", type=Path, help="the system under test (YAML); SIM_PROFILE when left out")
    parser.add_argument("--tag", action="append", default=[], help="only scenarios with this tag; -tag leaves them out")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="play each N times")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="up to N at a time where their seats do not meet"
    )
    parser.add_argument("--html", type=Path, metavar="DIR", help="write a report to read and hear")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit report")
    parser.add_argument("--record", action="store_true", help="keep recordings of scenarios that held, too")
    parser.add_argument("--out", type=Path, default=None, metavar="DIR", help="folder of recordings (default: sim-out)")
    parser.add_argument("--keep-going", action="store_true", help="play the steps after a failed one, too")
    parser.add_argument("--json", action="store_true", help="results as one JSON document on standard output")
    options = parser.parse_args(argv)
    if options.repeat < 1 or options.jobs < 1:
        parser.error("--repeat and --jobs count from 1")
    scenarios, problems = read_all(find(options.files), options.tag)
    if problems:
        for problem in problems:
            print(problem, file=sys.stderr)
        return EXIT_BAD_INPUT
    if not scenarios:
        print("sim: no scenario has these tags", file=sys.stderr)
        return EXIT_BAD_INPUT
    profile = profile_from(options.profile)
    shown = sys.stderr if options.json else sys.stdout

    def tell(line: str) -> None:
        print(line, file=shown, flush=True)

    with tempfile.TemporaryDirectory(prefix="sim-") as spare:
        keeping = options.record or options.out is not None
        out = options.out or (Path("sim-out") if keeping else Path(spare))
        jobs = plan(scenarios, out, options.repeat)
        results = asyncio.run(run(jobs, profile, options.jobs, tell, keep_going=options.keep_going))
        if options.html:
            html.write(options.html, results)
            tell(f"report: {options.html / 'index.html'}")
        if options.junit:
            junit.write(options.junit, results)
    cut = sum(result.interrupted for result in results)
    failed, idle = sum(not result.ok for result in results) - cut, sum(bool(result.lacks) for result in results)
    played = len(results) - idle - cut
    left = f", {idle} not played: {_wanting(results)}" if idle else ""
    tell(f"{played} played, {played - failed} held, {failed} failed{left}")
    if options.json:
        print(json.dumps(_document(results), ensure_ascii=False))
    if cut or len(results) < len(jobs):
        tell(f"interrupted: {len(jobs) - len(results) + cut} of {len(jobs)} not played to their end")
        return EXIT_INTERRUPTED
    if any(not result.ok and not result.misfit for result in results):
        return EXIT_FAILED
    return 0 if played and not failed else EXIT_BAD_INPUT


def _wanting(results: Sequence[Result]) -> str:
    """What the system under test lacks, each thing once."""
    return "; ".join(dict.fromkeys(lack for result in results for lack in result.lacks))


def _document(results: Sequence[Result]) -> dict[str, object]:
    return {"ok": all(result.ok for result in results), "scenarios": [asdict(result) for result in results]}
