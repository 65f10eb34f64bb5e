"""How a call's area meets its callers now: the file of hours, looked at anew for every call."""

import logging
from collections.abc import Callable

from core.clock import CHINA, Clock
from core.ids import AreaId
from routing.hours_file import HoursFile
from routing.reception import Reception, reception

log = logging.getLogger("routing.hours")


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
