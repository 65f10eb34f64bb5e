"""`python -m seats`: the AMI link and our HTTP side, one process."""

import asyncio
import logging
import os
import signal

from aiohttp import web

from core import log, secrets, settings
from core.clock import SystemClock
from core.settings import Settings
from seats.ami import AmiLogin
from seats.http import application
from seats.records.metrics import file_of
from seats.watch import Watch

_log = logging.getLogger("seats")


async def serve(current: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set."""
    generated = secrets.load_or_create(current.paths.secrets)
    watch = Watch(AmiLogin(current.ami.host, current.ami.port, "reader", generated.ami_reader), SystemClock())
    runner = web.AppRunner(application(watch, file_of(current.paths)), access_log=None)
    await watch.start()
    try:
        await runner.setup()
        await web.TCPSite(runner, current.http.host, current.http.port).start()
        _log.info("serving", extra={"host": current.http.host, "port": current.http.port})
        await stop.wait()
    finally:
        await runner.cleanup()
        await watch.close()


async def _until_signal(current: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await serve(current, stop)


def main() -> None:
    """Load the settings in force and serve."""
    current = settings.load(os.environ)
    log.start(current.log.level)
    asyncio.run(_until_signal(current))


if __name__ == "__main__":
    main()
