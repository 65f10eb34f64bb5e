"""Programs run to their end: with a deadline, their output by lines, and the line that says what went wrong."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path


def run(
    command: Sequence[str], deadline: float, folder: Path | None = None, each: Callable[[str], None] | None = None
) -> tuple[int, list[str]]:
    """Exit status and output lines of `command`, each also given to `each` as it comes.

    It is ended, with everything it started, when `deadline` seconds are over (status 124).
    """
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=folder,
        env=environment,
        start_new_session=True,
    ) as process:
        late = threading.Event()

        def end() -> None:
            late.set()
            os.killpg(process.pid, 9)

        timer = threading.Timer(deadline, end)
        timer.start()
        lines: list[str] = []
        try:
            assert process.stdout is not None  # noqa: S101
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if each:
                    each(lines[-1])
            status = process.wait()
        finally:
            timer.cancel()
    return (124, [*lines, f"E: no end after {deadline:.0f} s"]) if late.is_set() else (status, lines)


def reason(lines: Sequence[str]) -> str:
    """The line of a tool's output that says what went wrong."""
    # apt tells which file it could not get on one line, and why on the next.
    why = [after.strip() for line, after in pairwise(lines) if line.startswith("Err:") and after.startswith(" ")]
    marked = [line for line in lines if re.match(r"^(E:|W: Failed|dpkg-deb: error|tar:)", line)]
    text = (why or marked or [line for line in lines if line.strip()] or ["no word"])[0]
    return re.sub(r"^(E|W): ", "", text).strip()[:300]
