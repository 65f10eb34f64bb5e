"""The doors once more, as a program Asterisk starts when the service is away: pyst2 and the last good tables.

Started by the launchers in `asterisk/agi-bin` with: door, folder of tables, trunk's area code, hotline number, file of
remembered answers, folder of the journal, file of hours. Any failure ends it without a decision, and the dialplan goes
on to the province centre.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from asterisk.agi import AGI

from agi_scripts import steps, variables
from agi_scripts.steps import Bearings, Step
from core.clock import SystemClock
from core.ids import AreaId, LinkedId
from core.journal import Journal, JournalUnwritable
from routing import tables
from routing.hours_file import HoursFile
from routing.receptions import receptions
from routing.remember import RememberedAreas

_QUICKLY_READ = 2_000_000
"""Bytes of remembered answers that fit into the script's second; beyond, the caller is asked once more."""
_STEPS: Mapping[str, Callable[[Mapping[str, str], Bearings], Step]] = {"incoming": steps.incoming, "keyed": steps.keyed}
_READS = {"incoming": variables.HEARD, "keyed": (*variables.HEARD, *variables.ANSWERED)}


def main(arguments: Sequence[str]) -> int:
    """Serve the one call on standard input and output."""
    door, folder, trunk_area, hotline_number, remembered, journal, hours = arguments
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    last_good = tables.load(Path(folder))
    bearings = Bearings(
        tables=last_good,
        trunk_area=trunk_area,
        hotline_number=hotline_number,
        by="script",
        remembered=_remembered(Path(remembered)),
        reception=receptions(HoursFile(Path(hours)), last_good.tree.root.id, SystemClock()),
    )
    # pyst2 writes everything it hears to standard error; numbers do not belong in a log.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        agi = AGI(stdin=sys.stdin, stdout=sys.stdout, stderr=nowhere)
        step = _STEPS[door](_hear(agi, _READS[door]), bearings)
        for name, value in step.variables.items():
            agi.set_variable(name, value.replace("\\", "\\\\").replace('"', '\\"'))
    if step.decided:
        call = LinkedId(agi.env["agi_uniqueid"])
        with contextlib.suppress(JournalUnwritable):
            Journal(Path(journal), SystemClock()).append("routing_decided", call, step.decided)
    return 0


def _hear(agi: AGI, names: Iterable[str]) -> dict[str, str]:
    return {name: str(agi.get_variable(name) or "") for name in names}


def _remembered(file: Path) -> Callable[[str], AreaId | None]:
    """Answers callers gave earlier, read only when one is needed."""

    def area(number: str) -> AreaId | None:
        if not file.exists() or file.stat().st_size > _QUICKLY_READ:
            return None
        return RememberedAreas(file, SystemClock(), writer=False).area(number)

    return area
