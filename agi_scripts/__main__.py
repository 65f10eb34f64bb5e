"""The doors' process: FastAGI server on uvloop, routing tables in memory, metrics on loopback. Drains on SIGTERM."""

import asyncio
import logging
import os
import signal

import uvloop
from prometheus_client import Counter, Histogram, start_http_server

from agi_scripts.bookings import Bookings
from agi_scripts.doors import doors
from agi_scripts.receptions import renew_days
from agi_scripts.steps import Bearings
from agi_scripts.switchboard import Switchboard
from core import log as logs
from core.clock import SystemClock
from core.journal import Journal
from core.settings import Settings, load
from ivr.fastagi.server import serve
from routing import tables
from routing.hours_file import HoursFile
from routing.receptions import receptions
from routing.remember import RememberedAreas

CALLS = Counter("hotline_doors", "Calls served at a door, by how it ended", ("door", "ending"))
SECONDS = Histogram(
    "hotline_door_seconds", "Time one door took", ("door",), buckets=(0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2)
)
log = logging.getLogger("agi_scripts")


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    clock = SystemClock()
    paths = settings.paths
    remembered = RememberedAreas(paths.remembered, clock)
    routing_tables = tables.load(paths.tables)
    renew_days(paths.hours, routing_tables.tree, clock)
    bearings = Bearings(
        tables=routing_tables,
        trunk_area=settings.sip.trunk_area,
        hotline_number=settings.sip.hotline_number,
        by="service",
        remembered=remembered.area,
        reception=receptions(HoursFile(paths.hours), routing_tables.tree.root.id, clock),
        voice=frozenset(settings.speech.areas),
    )
    hours = HoursFile(paths.hours)
    bookings = Bookings(settings, clock, hours)
    switchboard = Switchboard(bearings, remembered, Journal(paths.journal, clock), bookings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(
        settings.agi.host,
        settings.agi.port,
        doors(switchboard),
        deadline=float(settings.agi.deadline),
        clock=clock,
        observe=_observe,
    )
    _show_metrics(settings)
    log.info("doors open", extra={"port": settings.agi.port, "data_version": bearings.tables.data_version})
    await stop.wait()
    log.info("doors closing", extra={"active": server.active})
    await server.close()
    remembered.close()


def _observe(door: str, ending: str, seconds: float) -> None:
    CALLS.labels(door, ending).inc()
    SECONDS.labels(door).observe(seconds)


def _show_metrics(settings: Settings) -> None:
    """Metrics are worth a warning, never the calls."""
    try:
        start_http_server(settings.agi.metrics_port, settings.agi.host)
    except OSError as error:
        log.warning("no metrics of the doors", extra={"port": settings.agi.metrics_port, "reason": error.strerror})


def main() -> None:
    settings = load(os.environ)
    logs.start(settings.log.level)
    uvloop.run(run(settings))


if __name__ == "__main__":
    main()
