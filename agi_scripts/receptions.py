"""How a call's area meets its callers now: the file of hours, looked at anew for every call."""

import logging
from collections.abc import Callable
from pathlib import Path

from core.clock import CHINA, Clock
from core.errors import HotlineError
from core.ids import AreaId
from routing.areas import AreaTree
from routing.hours_file import HoursFile, change
from routing.reception import Reception, reception

log = logging.getLogger("agi_scripts")


def receptions(hours: HoursFile, root: AreaId, clock: Clock) -> Callable[[AreaId], Reception]:
    """What `Bearings.reception` asks: with what is set at that moment."""
    warned: set[int] = set()

    def now(area: AreaId) -> Reception:
        moment, calendar = clock.now(), hours.calendar()
        year = moment.astimezone(CHINA).year
        if calendar.hours and year not in calendar.days.years and year not in warned:
            warned.add(year)
            log.warning("the year's holidays are not known: weekdays count as worked", extra={"year": year})
        return reception(area, root, moment, calendar)

    return now


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
