"""`python -m seats`: the AMI link and our HTTP side, one process."""

import asyncio
import logging
import os
import signal

from aiohttp import web

from core import log, secrets, settings
from core.clock import SystemClock
from core.db import engine
from core.journal import Journal
from core.secrets import database_dsn
from core.settings import Settings
from routing import tables
from seats.accounts.accounts import Accounts
from seats.accounts.store import PostgresStore
from seats.ami import AmiLogin
from seats.http import IDLE, Services, Vitals, app, figures
from seats.http.absent import Absent
from seats.live.live import Live
from seats.live.metrics import figures as live_figures
from seats.live.store import offered_since
from seats.records.figures.store import StoredFigures
from seats.records.history import StoredHistory
from seats.records.metrics import file_of
from seats.roster.store import all_seats

_log = logging.getLogger("seats")


async def serve(current: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set."""
    generated = secrets.load_or_create(current.paths.secrets)
    clock = SystemClock()
    tree = tables.province_tree(current.platform.province)
    dsn = database_dsn(current, generated)
    database = engine(dsn, application="hotline-seats")
    live = Live(
        AmiLogin(current.ami.host, current.ami.port, "reader", generated.ami_reader),
        tree,
        clock,
        roster=lambda: all_seats(dsn),
        offered=lambda since: offered_since(dsn, since),
    )
    accounts = Accounts(PostgresStore(database), tree, clock)
    history, stored_figures = StoredHistory(database, tree), StoredFigures(database, tree)
    services = Services(tree, live, Absent(), history, stored_figures, accounts)
    vitals = Vitals(live, file_of(current.paths))
    api = app(services, clock=clock, journal=Journal(current.paths.journal, clock), more=vitals.routes())
    vitals.before += [live_figures(live, vitals.metrics), figures(api, vitals.metrics)]
    runner = web.AppRunner(api, access_log=None, keepalive_timeout=IDLE)
    await live.start()
    await accounts.start()
    try:
        await runner.setup()
        await web.TCPSite(runner, current.http.host, current.http.port).start()
        _log.info("serving", extra={"host": current.http.host, "port": current.http.port})
        await stop.wait()
    finally:
        await runner.cleanup()
        await accounts.close()
        await live.close()
        await database.dispose()


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
