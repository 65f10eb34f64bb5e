"""`hotline sim-profile`: what the simulator must know of a running copy, as a file only its owner can read."""

import asyncio
import json
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from core import settings as core_settings
from core.clock import CHINA, SystemClock
from core.console import EXIT_DONE, Arguments, err
from core.db import engine
from core.errors import BadInput, MissingComponent
from core.settings import PROJECT, Settings, environment_of
from ivr.speech import models
from knowledge.cli import area_tree
from ops.instance import Instance
from ops.processes import ROLL
from ops.runtime.asterisk import SIPP
from ops.runtime.debs import find
from seats.accounts.passwords import Passwords, generated
from seats.accounts.store import PostgresStore, Store, UserRow
from seats.roster import store

RECORD = """
SELECT c.*, d.normalized, d.confidence, d.reason, d.decided_by, d.tries,
       coalesce(d.county, d.area) AS area_name,
       (SELECT r.score FROM seats.ratings r WHERE r.linkedid = c.linkedid) AS score,
       (SELECT count(*) FROM seats.recordings r WHERE r.linkedid = c.linkedid AND r.bytes > 0) AS recordings,
       (SELECT count(*) FROM seats.legs l WHERE l.linkedid = c.linkedid) AS legs
FROM seats.calls c LEFT JOIN routing.routing_decisions d USING (linkedid)
WHERE c.linkedid = $1
"""
"""One row a call: what `record_of` in a scenario compares."""

ANNOUNCED = "今天办税系统正在升级,下午两点恢复办理,请稍后再来电咨询。"
"""What `announce-luoyang` has every caller of 洛阳 hear first."""
USERS = (
    UserRow("sim-province", "province_supervisor", "henan", "3719004"),
    UserRow("sim-zhengzhou", "city_supervisor", "zhengzhou", "3719003"),
    UserRow("sim-luoyang", "city_supervisor", "luoyang", "3719002"),
    UserRow("sim-auditor", "auditor", "henan", None),
    UserRow("sim-seat-3710001", "seat", "zhengzhou", "3710001"),
    UserRow("sim-seat-3790001", "seat", "luoyang", "3790001"),
)
"""Users for scenarios. Their phones are the province's: one at a city's desk would be rung as a seat."""
HINTS = {
    "recording": "start the copy with HOTLINE_RECORDING_AREAS=hebi (or `all`), then write the profile again",
    "voice": "start the copy with HOTLINE_SPEECH_AREAS=all, then write the profile again",
    "keys-first": "start the copy without HOTLINE_SPEECH_AREAS: its callers are answered by voice first",
    "carrier": "start the copy with HOTLINE_SIP_TRUNK_OUT=127.0.0.2:5099, then write the profile again",
    "api": "write the profile with --accounts",
    "recogniser": "install a model: hotline speech install",
}
"""What to do when a scenario needs what this copy, as it was started, does not offer."""
ORDERS = {
    "close-luoyang": {
        "run": ["hours", "close", "luoyang", "--why", "停电检修"],
        "undo": ["hours", "reopen", "luoyang"],
    },
    "home-luoyang": {"run": ["home", "luoyang", "on"], "undo": ["home", "luoyang", "off"]},
    "wrap-up-luoyang": {"run": ["seats", "wrap-up", "luoyang", "60"], "undo": ["seats", "wrap-up", "luoyang", "0"]},
    "announce-luoyang": {"run": ["announce", "luoyang", ANNOUNCED], "undo": ["announce", "off", "luoyang"]},
}
"""Commands of this house by name, each with the one that takes it back."""
SHELLS = {
    "heard-zhengzhou-rent": {
        "run": "HOTLINE knowledge heard iit.deduct_rent --since $(date +%F -d '1 day ago') --json | grep -q 1380371",
    },
    "shift-ends-luoyang": {
        "run": "printf 'seat,days,from,to,lunch_from,lunch_to\\n3790001,1-7,00:00,%s,,\\n' "
        "$(TZ=CST-8 date +%H:%M -d '1 minute') | HOTLINE seats shifts import -",
        "undo": "echo seat,days,from,to,lunch_from,lunch_to | HOTLINE seats shifts import -",
    },
}
"""What takes more than one word to a shell: somebody has heard an answer; a shift of 洛阳 that is over in a minute."""
SHUT = timedelta(hours=12)
"""How long `shut-luoyang` lasts from when the profile is written: the day after tomorrow people are there again."""
ROWS: dict[str, dict[str, Any]] = {
    **{
        f"{one}_of": {"path": f"/{one}s?state=all&limit=200", "at": at, "where": {"number": "{number}"}}
        for one, at in (("callback", "callbacks"), ("appointment", "callbacks"), ("message", "messages"))
    },
    "card_of": {"path": "/seats/{seat}/card", "at": ""},
    "figures_of": {"path": "/figures?from={began}&to={later}&by=area", "at": "rows"},
    "story_of": {"path": "/calls/{call}/story", "at": ""},
}
"""Where rows of a caller are read; the reader is a province supervisor."""


def main(argv: Sequence[str]) -> int:
    """Write the profile of the running copy."""
    parser = Arguments(
        prog="hotline sim-profile",
        description="Write what the simulator needs to test this copy: address, seats' passwords, prompts, records.",
        epilog="example: hotline sim-profile -o var/sim.yaml && SIM_PROFILE=var/sim.yaml hotline sim run sim/scenarios",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="holds passwords: mode 600")
    parser.add_argument(
        "--accounts",
        action="store_true",
        help=f"make the simulator's own users ({', '.join(user.name for user in USERS)}) with new passwords: "
        "supervisors can be played then. Not on a copy real callers reach",
    )
    options = parser.parse_args(argv)
    write(Instance(core_settings.load(os.environ)), options.out, accounts=options.accounts)
    err.print(f"profile: {options.out}", markup=False)
    return EXIT_DONE


def write(copy: Instance, file: Path, *, accounts: bool = False) -> None:
    """Write the profile of `copy` to `file`; with `accounts` its users are made, or get new passwords.

    Raises `BadInput` when it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(json.dumps(profile(copy, accounts=accounts), ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror}") from error


def profile(copy: Instance, *, accounts: bool = False) -> dict[str, Any]:
    """The profile as `sim.profile` reads it. Its Postgres must be up."""
    settings, paths, secrets = copy.settings, copy.settings.paths, copy.secrets
    seats = asyncio.run(store.all_seats(copy.dsn))
    ears: dict[str, str] = {}
    carrier = settings.sip.trunk_out
    sipp = find(SIPP, paths.cache)
    with suppress(MissingComponent):
        ears["recogniser"] = str(models.current(settings).folder.path)
    return {
        "host": settings.sip.host,
        "port": settings.sip.port,
        "hotline": settings.sip.hotline_number,
        "trunk": settings.sip.trunk_hosts[0] if settings.sip.trunk_hosts else settings.sip.host,
        "desk": settings.sip.host,
        "seats": {seat.number: secrets.seat(seat.number) for seat in seats if seat.enabled},
        "pins": {seat.number: secrets.pin(seat.number) for seat in seats if seat.enabled},
        "prompts": str(paths.asterisk / "sounds" / "zh" / "hotline"),
        "ami": {"host": settings.ami.host, "port": settings.ami.port, "user": "reader", "secret": secrets.ami_reader},
        "records": {"dsn": copy.dsn, "query": RECORD},
        "roll": str(paths.run / ROLL),
        "commands": _commands(copy),
        "offers": _offers(settings),
        "hints": HINTS,
        "rows": ROWS,
        **ears,
        **({"api": asyncio.run(_api(copy))} if accounts else {}),
        **({"carrier": dict(zip(("host", "port"), carrier.rsplit(":", 1), strict=True))} if carrier else {}),
        **({"sipp": list(sipp.command(SIPP.trial[0]))} if sipp else {}),
    }


def _offers(settings: Settings) -> list[str]:
    """What scenarios may need of this copy beyond the parts of the profile."""
    areas = {"recording": settings.recording.areas, "voice": settings.speech.areas}
    everywhere = {"all": [area.id for area in area_tree(settings)]}
    offered = [
        f"{name}:{area}" for name, chosen in areas.items() for one in chosen for area in (one, *everywhere.get(one, ()))
    ]
    return offered if settings.speech.areas else [*offered, "keys-first"]


def _commands(copy: Instance) -> dict[str, Any]:
    """What scenarios may run: a cut of the manager link, and settings an operator changes while calls come."""
    console = [*copy.asterisk.command, "-C", str(copy.settings.paths.asterisk / "etc" / "asterisk.conf")]
    environment = [f"{name}={value}" for name, value in environment_of(copy.settings).items()]
    hotline = ["env", *environment, f"PYTHONPATH={PROJECT}", sys.executable, "-m", "ops"]
    until = (SystemClock().now() + SHUT).astimezone(CHINA).isoformat(timespec="minutes")
    shut = {"run": [*ORDERS["close-luoyang"]["run"], "--to", until], "undo": ORDERS["close-luoyang"]["undo"]}
    orders = {**ORDERS, "shut-luoyang": shut}
    said = shlex.join(hotline)
    shells = {
        name: {key: ["sh", "-c", line.replace("HOTLINE", said)] for key, line in both.items()}
        for name, both in SHELLS.items()
    }
    made = {name: {key: [*hotline, *words] for key, words in both.items()} for name, both in orders.items()}
    return {
        **made,
        **shells,
        "cut-ami": [sys.executable, str(PROJECT / "ops" / "cut_ami.py"), *console],
    }


async def _api(copy: Instance) -> dict[str, Any]:
    """The API's address and the simulator's users there, each with a new password."""
    http = copy.settings.http
    database = engine(copy.dsn, application="hotline-sim-profile")
    try:
        accounts = PostgresStore(database)
        users = {row.name: await _user(accounts, row) for row in USERS}
    finally:
        await database.dispose()
    return {"url": f"http://{http.host}:{http.port}/api/v1", "users": users, "reader": USERS[0].name}


async def _user(accounts: Store, row: UserRow) -> dict[str, str]:
    password = generated()
    digest = await asyncio.to_thread(Passwords().digest, password)
    if not await accounts.add(row, digest):
        await accounts.set_password(row.name, digest, SystemClock().now())
    return {"password": password, "phone": row.phone or ""}
