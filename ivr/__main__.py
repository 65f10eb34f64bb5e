"""The voice service: `python -m ivr` watches over `python -m ivr serve FD`, which talks with callers."""

import logging
import os
import signal
import sys
import threading
from functools import partial

import uvloop

from core import log as logs
from core.clock import SystemClock
from core.errors import MissingComponent
from core.journal import Journal
from core.secrets import load_or_create
from core.settings import Settings, load
from ivr.media import service, warm, watchdog
from ivr.orphans import die_with_parent
from ivr.session.conversation import converse
from ivr.session.furnished import furnished


def serve(settings: Settings, beats: int) -> None:
    """Talk with callers until asked to stop. `beats`: file descriptor of the watchdog's pipe, -1 for none."""
    clock = SystemClock()
    house = furnished(settings, clock, Journal(settings.paths.journal, clock).note)
    secrets = load_or_create(settings.paths.secrets)
    voice = warm.voice_of(settings)
    uvloop.run(
        service.run(settings, secrets, partial(converse, house=house), voice, tree=house.tree, clock=clock, beats=beats)
    )


def main(arguments: list[str]) -> int:
    settings = load(os.environ)
    logs.start(settings.log.level)
    if arguments[:1] == ["serve"]:
        die_with_parent()
        try:
            serve(settings, int(arguments[1]) if len(arguments) > 1 else -1)
        except MissingComponent as error:
            # It will be tried again: a model may be put there meanwhile.
            logging.getLogger("ivr").error("no answering by voice: %s", error)
            return 2
        return 0
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watchdog.watch((sys.executable, "-m", "ivr", "serve"), SystemClock(), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
