"""Sharing as a process of its own, to be killed: `python -m tests.fakes.sharing_process`, settings in the environment.

It keeps the beat the dialplan looks for, and says `lending` once Asterisk has answered."""

import asyncio
import os

from core import settings
from core.clock import SystemClock
from core.journal import Journal
from core.secrets import load_or_create
from routing import tables
from seats.ami import AmiClient, AmiLogin
from seats.live.live import Live
from seats.roster.seat import Seat, demonstration_seats
from seats.sharing.plan import default
from seats.sharing.room import Sharing


async def serve() -> None:
    """Serve until killed."""
    current = settings.load(os.environ)
    secrets = load_or_create(current.paths.secrets)
    tree = tables.province_tree(current.platform.province)
    clock, ami = SystemClock(), current.ami

    async def roster() -> tuple[Seat, ...]:
        return demonstration_seats(tree)

    async def nothing(_: object) -> tuple[()]:
        return ()

    reader = AmiLogin(ami.host, ami.port, "reader", secrets.ami_reader)
    commander = AmiLogin(ami.host, ami.port, "commander", secrets.ami_commander, events="off")
    live = Live(reader, tree, clock, roster=roster, offered=nothing)
    journal, spool = Journal(current.paths.journal, clock), current.paths.asterisk / "spool"
    sharing = Sharing(live, commander, default(tree), clock, journal, spool)
    beating = AmiClient(commander)
    for room in (live, sharing, beating):
        await room.start()
    await beating.wait_connected(30)
    said = False
    while True:
        await beating.action("Setvar", {"Variable": "HOTLINE_BEAT", "Value": str(int(clock.now().timestamp()))})
        pauses = sharing.lending.pauses
        if not said and pauses.tally["closed"] and not pauses.open - set(sharing.lending.offered):
            said = True
            print("lending", flush=True)
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(serve())
