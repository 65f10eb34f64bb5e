"""`sim load`."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sim.cli.arguments import Arguments
from sim.interrupt import EXIT_INTERRUPTED, stoppable
from sim.load import report
from sim.load.arrivals import callers
from sim.load.engine import LoadRun
from sim.load.plan import load_plan
from sim.load.tally import figures, judged
from sim.profile import profile_from


def main(argv: Sequence[str]) -> int:
    """Run a load file."""
    parser = Arguments(
        prog="sim load",
        description="Many callers at once, by SIPp; bounded in count and time. Exit: 0 all held, 1 not, 2 bad input.",
        epilog="example: sim load sim/loads/filing-day.yaml --profile lab.yaml --html out/",
    )
    parser.add_argument("file", type=Path, help="load file (YAML)")
    parser.add_argument("--profile", type=Path, help="the system under test (YAML); SIM_PROFILE when left out")
    parser.add_argument("--html", type=Path, metavar="DIR", help="write a page with plots")
    parser.add_argument("--json", action="store_true", help="figures and every call as one JSON document")
    parser.add_argument("--plan", action="store_true", help="only show when calls would come")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep SIPp's files here")
    options = parser.parse_args(argv)
    plan = load_plan(options.file)
    if options.plan:
        for caller in callers(plan):
            print(f"{caller.at:8.2f} {caller.area} {caller.number} {caller.patience:.1f}")
        return 0
    profile = profile_from(options.profile)
    with tempfile.TemporaryDirectory(prefix="sim-load-") as spare:
        folder = (options.out or Path(spare)).absolute()
        run = LoadRun(plan, profile, folder, lambda line: print(line, file=sys.stderr, flush=True))
        asyncio.run(_run(run))
        ok = all(held for _, held, _ in judged(figures(run.tally.attempts), plan.limits))
        print(json.dumps(report.document(run), ensure_ascii=False) if options.json else report.text(run))
        if options.html:
            print(f"report: {report.write(run, options.html)}", file=sys.stderr)
    return EXIT_INTERRUPTED if run.interrupted else 0 if ok else 1


async def _run(run: LoadRun) -> None:
    with stoppable():
        await run.run()
