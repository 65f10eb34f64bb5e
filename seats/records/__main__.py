"""The shipper process: `python -m seats.records`. One a copy; started and watched by `hotline up`."""

import asyncio
import contextlib
import logging
import os
import signal

from core import log, settings
from core.clock import SystemClock
from core.journal import JournalReader
from core.secrets import database_dsn, load_or_create
from seats.records.files import CelFiles
from seats.records.metrics import Metrics, file_of
from seats.records.nightly import prune_nightly
from seats.records.recording import RecordingFiles
from seats.records.shipper import Shipper

_WRITE_EVERY = 1.0


async def main() -> None:
    """Ship until told to end."""
    current = settings.load(os.environ)
    log.start(current.log.level)
    paths, clock, metrics = current.paths, SystemClock(), Metrics()
    dsn = database_dsn(current, load_or_create(paths.secrets))
    recordings = RecordingFiles(paths.recordings)
    shipper = Shipper(CelFiles(paths.cel, clock), JournalReader(paths.journal), dsn, clock, metrics, recordings)
    shipping = asyncio.create_task(shipper.run())
    beside = [
        asyncio.create_task(_write(metrics, current)),
        asyncio.create_task(prune_nightly(dsn, recordings, current.retention, clock)),
    ]
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, shipping.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await shipping
    finally:
        for task in beside:
            task.cancel()


async def _write(metrics: Metrics, current: settings.Settings) -> None:
    while True:
        try:
            metrics.write(file_of(current.paths))
        except OSError as error:
            logging.getLogger("seats.records").warning("metrics not written: %s", error.strerror)
        await asyncio.sleep(_WRITE_EVERY)


if __name__ == "__main__":
    asyncio.run(main())
