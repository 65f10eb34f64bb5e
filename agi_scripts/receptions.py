"""What the doors see to when they start: the holidays of the years the installed package knows."""

import logging
from pathlib import Path

from core.clock import Clock
from core.errors import HotlineError
from routing.areas import AreaTree
from routing.hours_file import change

log = logging.getLogger("agi_scripts")


def renew_days(file: Path, tree: AreaTree, clock: Clock) -> None:
    """Put the years the installed package knows into the file of hours, if any; failing is worth a warning."""
    if not file.exists():
        return
    # The stand-alone script has no time for this package.
    from routing.hours_edit import grounded

    try:
        change(file, grounded(tree, clock.now()))
    except HotlineError as error:
        log.warning("holidays are as they were", extra={"reason": str(error)})
