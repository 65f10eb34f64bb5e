"""Supervision as a process of its own, to be killed: `python -m tests.fakes.supervision_process HOME`, settings
from the environment. A line of JSON in is a command, a line of JSON out its answer."""

import asyncio
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

from core import settings
from core.clock import SystemClock
from core.db import engine
from core.errors import HotlineError
from core.secrets import database_dsn, load_or_create
from routing import tables
from seats.accounts.user import member
from seats.ami import AmiLogin
from seats.live.live import Live
from seats.roster.seat import Seat, demonstration_seats
from seats.supervision.registrar import Registrar
from seats.supervision.room import Room
from seats.supervision.rules import Target, TargetKind, Verb


async def serve() -> None:
    """Serve until standard input ends."""
    current = settings.load(os.environ)
    secrets = load_or_create(current.paths.secrets)
    tree = tables.province_tree(current.platform.province)
    clock, ami = SystemClock(), current.ami
    reader = AmiLogin(ami.host, ami.port, "reader", secrets.ami_reader)

    async def roster() -> tuple[Seat, ...]:
        return demonstration_seats(tree)

    async def nothing(_: object) -> tuple[()]:
        return ()

    live = Live(reader, tree, clock, roster=roster, offered=nothing)
    room = Room(
        live=live, tree=tree, clock=clock, database=engine(database_dsn(current, secrets), application="test"),
        secret="only for tests", home=Path(sys.argv[1]), reader=reader,
        commander=AmiLogin(ami.host, ami.port, "commander", secrets.ami_commander, events="off"),
        registrar=Registrar(current.sip.host, current.sip.port, secrets.seat),
    )  # fmt: skip
    await live.start()
    await room.start()
    print(json.dumps({"ready": os.getpid()}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await _obey(room, tree, json.loads(line)), default=str), flush=True)


async def _obey(room: Room, tree: Any, command: dict[str, Any]) -> dict[str, Any]:
    user = member(tree, command["user"], command["role"], command["area"], command["phone"])
    try:
        if command["do"] == "act":
            target = Target(TargetKind(command["kind"]), command["id"], frozenset(command["areas"]))
            done = await room.supervisions.act(user, Verb(command["verb"]), target, reason="", source="test")
        else:
            done = await room.supervisions.switch(user, command["id"], Verb(command["verb"]), source="test")
    except HotlineError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return dataclasses.asdict(done)


if __name__ == "__main__":
    asyncio.run(serve())
