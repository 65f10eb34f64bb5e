"""`hotline test`: everything that is checked on every change, one exit code."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core import settings as core_settings
from core.console import EXIT_CHECK_FAILED, EXIT_DONE, Arguments
from core.settings import ENVIRONMENT_PREFIX, PROJECT
from ops.progress import Progress
from ops.runtime import asterisk

_PACKAGES = ("core", "routing", "knowledge", "orders", "ivr", "seats", "agi_scripts", "asterisk_conf", "sim", "ops")
_SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
"""Most tests wait for Asterisk and hardly compute: two files at a time take half as long on two cores."""


@dataclass(frozen=True, slots=True)
class Step:
    """One tool and the arguments it is run with."""

    name: str
    arguments: tuple[str, ...]


LINT = (
    Step("ruff check", ("-m", "ruff", "check", ".")),
    Step("ruff format", ("-m", "ruff", "format", "--check", ".")),
    Step("mypy", ("-m", "mypy", *(part for package in _PACKAGES for part in ("-p", package)))),
    Step("import-linter", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
)


def main(argv: Sequence[str]) -> int:
    """Run the steps; what the command does not know is passed on to pytest."""
    parser = Arguments(
        prog="hotline test",
        usage="hotline test [--only lint|tests] [pytest arguments]",
        description="Style, types, floors of the house, and every kind of test. Other arguments go to pytest.",
        epilog="examples: hotline test · hotline test tests/unit -k numbers · hotline test --only lint",
    )
    parser.add_argument("--only", choices=("lint", "tests"), help="half of it")
    options, rest = parser.parse_known_args(argv)
    results: list[tuple[str, int, float]] = []
    if options.only != "tests" and not rest:
        results.extend(_run(step) for step in LINT)
    last_line = ""
    if options.only != "lint":
        _fetch_what_tests_need()
        status, seconds, last_line = _pytest(rest)
        results.append(("pytest", status, seconds))
    sys.stdout.write("\n")
    for name, status, seconds in results:
        sys.stdout.write(f"{'ok    ' if status == 0 else 'FAILED'}  {name:<14}{seconds:7.1f} s\n")
    if last_line:
        # Last, in pytest's own words, for whoever counts.
        sys.stdout.write(f"{last_line}\n")
    sys.stdout.flush()
    return EXIT_DONE if all(status == 0 for _, status, _ in results) else EXIT_CHECK_FAILED


def _fetch_what_tests_need() -> None:
    progress = Progress()
    cache = core_settings.load(os.environ).paths.cache
    asterisk.obtained(cache, progress.say)
    asterisk.sipp(cache, progress.say)
    progress.end()


def _run(step: Step) -> tuple[str, int, float]:
    sys.stdout.write(f"── {step.name}\n")
    sys.stdout.flush()
    began = time.monotonic()
    status = subprocess.run([sys.executable, *step.arguments], cwd=PROJECT, check=False, env=_environment()).returncode
    return step.name, status, time.monotonic() - began


def _pytest(arguments: Sequence[str]) -> tuple[int, float, str]:
    """Exit status, seconds, and the line in which pytest counts."""
    sys.stdout.write("── pytest\n")
    sys.stdout.flush()
    began = time.monotonic()
    counted = ""
    command = [sys.executable, "-m", "pytest", *(_placed(arguments) or _SIDE_BY_SIDE)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=_environment()) as process:
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if re.search(r"\b\d+ (passed|failed|errors?|deselected)\b.* in [\d.]+s", line):
                counted = line.strip().strip("=").strip()
    return process.returncode, time.monotonic() - began, counted


def _placed(arguments: Sequence[str]) -> list[str]:
    """Paths typed where the caller stands, meant from the project's folder."""
    here = Path.cwd()
    placed = []
    for argument in arguments:
        file, colons, test = argument.partition("::")
        is_path = file and not file.startswith("-") and (here / file).exists()
        placed.append(f"{here / file}{colons}{test}" if is_path else argument)
    return placed


def _environment() -> dict[str, str]:
    """No setting of a running copy may reach a test; where the fetched programs lie is no such setting."""
    cache = f"{ENVIRONMENT_PREFIX}PLATFORM_CACHE"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ENVIRONMENT_PREFIX) or k == cache}
    kept.pop("PYTHONSAFEPATH", None)
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PYTHONPATH": str(PROJECT), "PATH": path}
