"""`hotline down`: end what runs of this copy, whoever started it, whether or not its supervisor lives."""

import os
import sys
from collections.abc import Sequence

from core import settings as core_settings
from core.console import EXIT_DONE, Arguments, print_json
from core.errors import HotlineError
from core.paths import Paths
from ops import processes

DEMO = "demo"
"""Folder of the demonstration's copy, inside this copy's home."""
_PATIENCE = 40.0
"""Seconds a supervisor may take to stop its children in order."""


def main(argv: Sequence[str]) -> int:
    """Stop the copy of these settings, whoever started it."""
    parser = Arguments(prog="hotline down", description="Stop everything this copy started.")
    parser.add_argument("--json", action="store_true", help="print what was stopped as JSON")
    options = parser.parse_args(argv)
    settings = core_settings.load(os.environ)
    roll = processes.Roll(settings.paths.run / processes.ROLL)
    running = roll.read()
    demo = Paths(home=settings.paths.home / DEMO, cache=settings.paths.cache)
    # What a killed demonstration left; a live one is not ours to stop.
    forgotten = processes.Roll(demo.run / processes.ROLL).read()
    if all(process.name != "supervisor" for process in forgotten):
        running += forgotten
    supervisor = [process for process in running if process.name == "supervisor"]
    if supervisor:
        # It stops its children itself, in order.
        processes.end(supervisor, _PATIENCE)
    left = [process for process in running if processes.running(process)]
    processes.end(left)
    if left := [process for process in left if processes.running(process)]:
        stubborn = ", ".join(f"{process.name} ({process.pid})" for process in left)
        raise HotlineError(f"still running: {stubborn}; they belong to another user, stop them as that user")
    roll.remove()
    names = [process.name for process in running]
    if options.json:
        print_json({"stopped": names})
    else:
        sys.stdout.write(f"stopped: {', '.join(names)}\n" if names else "nothing of this copy is running\n")
    return EXIT_DONE
