"""The dialplan's doors after the voice: `conversed`, where to?, and `left`, was who hung up served?

Variables as in `agi_scripts/variables.py`.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from core.ids import AreaId
from ivr.fastagi.call import AgiCall
from ivr.fastagi.server import Door
from ivr.media.endings import Endings, rerouted
from routing.areas import AreaTree
from routing.reception import Reception

ENDED: Final = "HOTLINE_ENDED"
QUEUE: Final = "HOTLINE_QUEUE"
AREA: Final = "HOTLINE_AREA"
ROUTED: Final = "HOTLINE_ROUTED"
NAMED: Final = "HOTLINE_NAMED"
TOPIC: Final = "HOTLINE_TOPIC"
CLOSED: Final = "HOTLINE_CLOSED"
CLOSED_SAYS: Final = "HOTLINE_CLOSED_SAYS"
PROVINCE_OPEN: Final = "HOTLINE_PROVINCE_OPEN"
NOTICE: Final = "HOTLINE_NOTICE"
_SOUNDS: Final = "hotline/"
_LEARNT_WITHIN: Final = 0.8
"""Seconds from a hang-up until the conversation is over too."""

log = logging.getLogger("ivr.media")


def doors(endings: Endings, tree: AreaTree, met: Callable[[AreaId], Reception]) -> Mapping[str, Door]:
    """The doors of the voice service, by path; `met`: how an area's callers are met now."""

    async def conversed(call: AgiCall) -> None:
        ended = endings.take(call.linkedid)
        if ended is None or not ended.word or ended.lost:
            log.warning("no ending of this conversation: keys")
            return
        if ended.area is not None:
            for variable, value in (await _moved(call, ended.area)).items():
                await call.set_variable(variable, value)
            await call.set_variable(NAMED, ended.area)
        if ended.topic:
            await call.set_variable(TOPIC, ended.topic)
        # Last: without it nothing was decided.
        await call.set_variable(ENDED, ended.word)

    async def _moved(call: AgiCall, area: AreaId) -> Mapping[str, str]:
        """The caller named another area: its queue, its hours, and of its announcements what was not heard yet."""
        name, there = tree.area(area).name, met(area)
        before = await call.get_variable(QUEUE) or ""
        heard = met(AreaId(before)).notices if before in tree else ()
        routed = await call.get_variable(ROUTED) or ""
        return {
            QUEUE: area,
            AREA: name,
            ROUTED: rerouted(routed, area, name, there.closed),
            CLOSED: there.closed,
            CLOSED_SAYS: _sounds(there.says),
            PROVINCE_OPEN: "yes" if there.province_open else "",
            NOTICE: _sounds(key for key in there.notices if key not in heard),
        }

    async def left(call: AgiCall) -> None:
        ended = await endings.within(call.linkedid, _LEARNT_WITHIN)
        if ended is not None and ended.area is not None:
            await call.set_variable(NAMED, ended.area)
        if ended is not None and ended.word:
            await call.set_variable(ENDED, ended.word)

    return {"conversed": conversed, "left": left}


def _sounds(keys: Iterable[str]) -> str:
    return "&".join(f"{_SOUNDS}{key}" for key in keys)
