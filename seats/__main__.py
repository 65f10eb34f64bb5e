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
from seats.http.absent import Absent, AbsentLive
from seats.records.metrics import file_of
from seats.watch import Watch

_log = logging.getLogger("seats")


async def serve(current: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set."""
    generated = secrets.load_or_create(current.paths.secrets)
    clock = SystemClock()
    tree = tables.province_tree(current.platform.province)
    database = engine(database_dsn(current, generated), application="hotline-seats")
    watch = Watch(AmiLogin(current.ami.host, current.ami.port, "reader", generated.ami_reader), clock)
    accounts = Accounts(PostgresStore(database), tree, clock)
    rest = Absent()
    services = Services(tree, AbsentLive(), rest, rest, rest, accounts)
    vitals = Vitals(watch, file_of(current.paths))
    api = app(services, clock=clock, journal=Journal(current.paths.journal, clock), more=vitals.routes())
    vitals.before.append(figures(api, vitals.metrics))
    runner = web.AppRunner(api, access_log=None, keepalive_timeout=IDLE)
    await watch.start()
    await accounts.start()
    try:
        await runner.setup()
        await web.TCPSite(runner, current.http.host, current.http.port).start()
        _log.info("serving", extra={"host": current.http.host, "port": current.http.port})
        await stop.wait()
    finally:
        await runner.cleanup()
        await accounts.close()
        await watch.close()
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
