"""The voice service: recogniser, voice, media door, the dialplan's door `conversed`, and a beat for its watchdog."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from core.clock import Clock
from core.ids import AreaId, LinkedId
from core.secrets import Secrets
from core.settings import Settings
from ivr.fastagi.server import serve
from ivr.media import watchdog
from ivr.media.caller import MediaCaller
from ivr.media.conversed import CLOSED, QUEUE, doors
from ivr.media.door import MediaDoor
from ivr.media.endings import Endings
from ivr.media.voice import Voice
from ivr.session.ending import Abandoned, Arrival, Result
from ivr.session.ports import Caller, CallerGone
from ivr.speech import models
from ivr.speech.vosk_recogniser import VoskRecogniser
from routing.areas import AreaTree
from routing.hours_file import HoursFile
from routing.receptions import receptions

Converse = Callable[[Caller, Arrival], Awaitable[Result]]
"""The conversation: `ivr.session`, its house already given."""
_HEARD_WITHIN: Final = 2.0
"""Seconds one answer of the recogniser may take: then it hangs, and the caller goes on by keys."""
_DOOR: Final = 1.0

log = logging.getLogger("ivr")


async def run(
    settings: Settings, secrets: Secrets, converse: Converse, voice: Voice, tree: AreaTree, clock: Clock, beats: int
) -> None:
    """Serve until SIGTERM or SIGINT. `beats`: file descriptor of the watchdog's pipe, -1 for none."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    speech = settings.speech
    endings = Endings(clock)
    recogniser = VoskRecogniser(
        models.current(settings).folder,
        workers=speech.workers,
        threads=speech.threads,
        streams=speech.streams,
        deadline=_HEARD_WITHIN,
    )
    media = MediaDoor(recogniser, voice, talking(converse, endings, tree.root.id), secrets.media, clock)
    beating = asyncio.create_task(_beat(beats), name="beat")
    warming = None
    try:
        recogniser.wake()
        met = receptions(HoursFile(settings.paths.hours), tree.root.id, clock)
        agi = await serve(speech.host, speech.door_port, doors(endings, tree, met), deadline=_DOOR, clock=clock)
        await media.serve(speech.host, speech.port)
        log.info("the voice service listens", extra={"port": speech.port, "door_port": speech.door_port})
        warming = await _warm()
        await stop.wait()
        await agi.close()
    finally:
        beating.cancel()
        await media.close()
        await recogniser.close()
        voice.close()
        if warming is not None and warming.returncode is None:
            with suppress(ProcessLookupError):
                warming.terminate()
            await warming.wait()


def talking(
    converse: Converse, endings: Endings, root: AreaId
) -> Callable[[LinkedId, Mapping[str, str], MediaCaller], Awaitable[None]]:
    """The conversation of one call, as the media door has it; its ending is there before the socket closes."""

    async def talk(call: LinkedId, variables: Mapping[str, str], caller: MediaCaller) -> None:
        # The province's queue is where callers go of whom nothing is known: the conversation asks them.
        area = None if variables.get(QUEUE, "") in ("", root) else AreaId(variables[QUEUE])
        arrival = Arrival(call, area, closed=bool(variables.get(CLOSED)))
        try:
            endings.put(call, await converse(caller, arrival), lost=caller.gone)
        except CallerGone:
            endings.put(call, Result(Abandoned(), area), lost=True)

    return talk


async def _beat(beats: int) -> None:
    """Tell the watchdog that this loop turns."""
    while beats >= 0:
        os.write(beats, b".")
        await asyncio.sleep(watchdog.BEAT)


async def _warm() -> asyncio.subprocess.Process:
    """What will be said is made into sound beside the calls, by a process that steps aside for them."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr.media.warm", stdin=asyncio.subprocess.DEVNULL
    )
