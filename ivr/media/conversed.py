"""The dialplan's doors after the voice: `conversed`, where to?, and `left`, was who hung up served?

Variables as in `agi_scripts/variables.py`.
"""

import logging
from collections.abc import Mapping
from typing import Final

from ivr.fastagi.call import AgiCall
from ivr.fastagi.server import Door
from ivr.media.endings import Endings, rerouted
from routing.areas import AreaTree

ENDED: Final = "HOTLINE_ENDED"
QUEUE: Final = "HOTLINE_QUEUE"
AREA: Final = "HOTLINE_AREA"
ROUTED: Final = "HOTLINE_ROUTED"
TOPIC: Final = "HOTLINE_TOPIC"
CLOSED: Final = "HOTLINE_CLOSED"
_LEARNT_WITHIN: Final = 0.8
"""Seconds from a hang-up until the conversation is over too."""

log = logging.getLogger("ivr.media")


def doors(endings: Endings, tree: AreaTree) -> Mapping[str, Door]:
    """The doors of the voice service, by path."""

    async def conversed(call: AgiCall) -> None:
        ended = endings.take(call.linkedid)
        if ended is None or not ended.word or ended.lost:
            log.warning("no ending of this conversation: keys")
            return
        if ended.area is not None:
            name = tree.area(ended.area).name
            routed = await call.get_variable(ROUTED) or ""
            for variable, value in ((QUEUE, ended.area), (AREA, name), (ROUTED, rerouted(routed, ended.area, name))):
                await call.set_variable(variable, value)
        if ended.topic:
            await call.set_variable(TOPIC, ended.topic)
        # Last: without it nothing was decided.
        await call.set_variable(ENDED, ended.word)

    async def left(call: AgiCall) -> None:
        ended = await endings.within(call.linkedid, _LEARNT_WITHIN)
        if ended is not None and ended.word:
            await call.set_variable(ENDED, ended.word)

    return {"conversed": conversed, "left": left}
