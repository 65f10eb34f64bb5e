"""`python -m seats`: the AMI link and our HTTP side, one process."""

import asyncio
import logging
import os
import resource
import signal
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

from aiohttp import web

from core import log, secrets, settings
from core.clock import SystemClock
from core.db import engine
from core.ids import SeatNumber
from core.journal import Journal
from core.secrets import database_dsn
from core.settings import Settings
from routing import tables
from routing.hours_file import HoursFile
from seats.accounts.accounts import Accounts
from seats.accounts.store import PostgresStore
from seats.ami import AmiLogin
from seats.callbacks.room import CallbackRoom
from seats.callbacks.room import figures as callback_figures
from seats.http import IDLE, Services, Vitals, app, figures
from seats.http.followups import Rows as FollowupRows
from seats.http.openings import Rows as OpeningRows
from seats.http.sounds import StoredSounds
from seats.live.live import Live
from seats.live.metrics import figures as live_figures
from seats.live.store import offered_since
from seats.opening.desk import OpeningDesk
from seats.opening.speech import speech
from seats.opening.waiting import WaitingNotices
from seats.records.figures.store import StoredFigures
from seats.records.history import StoredHistory
from seats.records.metrics import file_of
from seats.records.recording import RecordingFiles
from seats.roster.acts import SeatActs
from seats.roster.plans import StoredPlans
from seats.roster.room import Roster
from seats.roster.store import all_seats
from seats.sharing.metrics import figures as sharing_figures
from seats.sharing.room import Sharing
from seats.sharing.store import in_force
from seats.sharing.view import SharingView
from seats.stories.store import Stories
from seats.supervision.chain import key_of
from seats.supervision.digests import Digests, file_in
from seats.supervision.metrics import figures as supervision_figures
from seats.supervision.registrar import Registrar
from seats.supervision.room import Room
from seats.supervision.store import PostgresAudit

_FILES: Final = 16_384
"""Open files and connections the service asks to be allowed."""
_LAST_ANSWERS: Final = 3.0
"""Seconds requests under way have when the service is stopped; whoever stops it waits five."""
_log = logging.getLogger("seats")


async def serve(current: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set."""
    generated = secrets.load_or_create(current.paths.secrets)
    clock = SystemClock()
    tree = tables.province_tree(current.platform.province)
    dsn = database_dsn(current, generated)
    # Two pools: no question about records, however large, keeps an act or a log-in waiting.
    acting, reading = engine(dsn, application="hotline-seats"), engine(dsn, application="hotline-seats-reading")
    reader = AmiLogin(current.ami.host, current.ami.port, "reader", generated.ami_reader)
    commander = AmiLogin(current.ami.host, current.ami.port, "commander", generated.ami_commander, events="off")
    journal = Journal(current.paths.journal, clock)
    live = Live(reader, tree, clock, roster=lambda: all_seats(dsn), offered=lambda since: offered_since(dsn, since))
    supervision = Room(
        live=live,
        tree=tree,
        clock=clock,
        database=acting,
        secret=generated.seat_key,
        home=current.paths.home,
        reader=reader,
        commander=commander,
        registrar=Registrar(current.sip.host, current.sip.port, lambda seat: _password(current, seat)),
        told_after=timedelta(minutes=current.supervision.seat_told_after),
    )
    plans = StoredPlans(acting)
    roster = Roster(
        live,
        reader=reader,
        commander=commander,
        journal=journal,
        plans=plans,
        settings=current.seats,
        clock=clock,
    )
    supervision.supervisions.learn(SeatActs(supervision.supervisions.books, live, roster, plans).steps)
    plan, spool = in_force(current.paths.home, current.platform.province, tree), current.paths.asterisk / "spool"
    sharing = Sharing(live, commander, plan, clock, journal, spool)
    accounts = Accounts(PostgresStore(acting), tree, clock)
    audit = PostgresAudit(acting, key_of(generated.seat_key), Digests(file_in(current.paths.home)), clock)
    callbacks = CallbackRoom(
        current,
        live=live,
        tree=tree,
        clock=clock,
        journal=journal,
        database=reading,
        rows=audit,
        commander=commander,
    )
    services = Services(
        tree=tree,
        live=live,
        supervision=supervision.supervisions,
        history=StoredHistory(reading, tree),
        figures=StoredFigures(reading, tree),
        accounts=accounts,
        stories=Stories(current.paths.journal, reading),
        sharing=SharingView(sharing.lending, clock),
        sounds=StoredSounds(RecordingFiles(current.paths.recordings), audit),
    )
    notices = WaitingNotices(live, HoursFile(current.paths.hours), commander, tree.root.id, clock)
    openings = OpeningDesk(current.paths.hours, audit, speech(current), tree, clock)
    vitals = Vitals(live, file_of(current.paths))
    api = app(
        services,
        clock=clock,
        journal=journal,
        more=(*vitals.routes(), *FollowupRows(callbacks.followups).rows(), *OpeningRows(openings).rows()),
    )
    vitals.before += [
        live_figures(live, vitals.metrics),
        supervision_figures(supervision, vitals.metrics),
        sharing_figures(sharing.lending, vitals.metrics),
        callback_figures(callbacks, vitals.metrics),
        figures(api, vitals.metrics),
    ]
    runner = web.AppRunner(api, access_log=None, keepalive_timeout=IDLE, shutdown_timeout=_LAST_ANSWERS)
    async with AsyncExitStack() as rooms:
        for database in (acting, reading):
            rooms.push_async_callback(database.dispose)
        for room in (live, supervision, accounts, roster, sharing, callbacks, notices):
            await room.start()
            rooms.push_async_callback(room.close)
        rooms.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, current.http.host, current.http.port).start()
        _log.info("serving", extra={"host": current.http.host, "port": current.http.port})
        await stop.wait()


def _password(current: Settings, seat: SeatNumber) -> str:
    """Read anew: a seat's password may have been renewed meanwhile."""
    return secrets.load_or_create(current.paths.secrets).seat(seat)


async def _until_signal(current: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await serve(current, stop)


def main() -> None:
    """Load the settings in force and serve."""
    current = settings.load(os.environ)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # One a screen; many machines begin with 1,024.
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    log.start(current.log.level)
    asyncio.run(_until_signal(current))


if __name__ == "__main__":
    main()
