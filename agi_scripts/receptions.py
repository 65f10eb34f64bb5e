"""How a call's area meets its callers now: the file of hours, looked at anew for every call."""

from collections.abc import Callable

from core.clock import Clock
from core.ids import AreaId
from routing.hours_file import HoursFile
from routing.reception import Reception, reception


def receptions(hours: HoursFile, root: AreaId, clock: Clock) -> Callable[[AreaId], Reception]:
    """What `Bearings.reception` asks: with what is set at that moment."""

    def now(area: AreaId) -> Reception:
        return reception(area, root, clock.now(), hours.calendar())

    return now
