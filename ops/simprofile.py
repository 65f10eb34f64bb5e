"""`hotline sim-profile`: what the simulator must know of a running copy, as a file only its owner can read."""

import asyncio
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import settings as core_settings
from core.console import EXIT_DONE, Arguments, err
from core.errors import BadInput, MissingComponent
from ivr.speech import models
from ops.instance import Instance
from ops.processes import ROLL
from ops.runtime.asterisk import SIPP
from ops.runtime.debs import find
from seats.roster import store

RECORD = """
SELECT c.*, d.normalized, d.confidence, d.reason, d.decided_by, d.tries,
       coalesce(d.county, d.area) AS area_name,
       (SELECT count(*) FROM seats.legs l WHERE l.linkedid = c.linkedid) AS legs
FROM seats.calls c LEFT JOIN routing.routing_decisions d USING (linkedid)
WHERE c.linkedid = $1
"""
"""One row a call: what `record_of` in a scenario compares."""


def main(argv: Sequence[str]) -> int:
    """Write the profile of the running copy."""
    parser = Arguments(
        prog="hotline sim-profile",
        description="Write what the simulator needs to test this copy: address, seats' passwords, prompts, records.",
        epilog="example: hotline sim-profile -o var/sim.yaml && SIM_PROFILE=var/sim.yaml hotline sim run sim/scenarios",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="holds passwords: mode 600")
    options = parser.parse_args(argv)
    write(Instance(core_settings.load(os.environ)), options.out)
    err.print(f"profile: {options.out}", markup=False)
    return EXIT_DONE


def write(copy: Instance, file: Path) -> None:
    """Write the profile of `copy` to `file`. Raises `BadInput` when it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(json.dumps(profile(copy), ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror}") from error


def profile(copy: Instance) -> dict[str, Any]:
    """The profile as `sim.profile` reads it. Its Postgres must be up."""
    settings, paths, secrets = copy.settings, copy.settings.paths, copy.secrets
    seats = asyncio.run(store.all_seats(copy.dsn))
    ears: dict[str, str] = {}
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
        "prompts": str(paths.asterisk / "sounds" / "zh" / "hotline"),
        "ami": {"host": settings.ami.host, "port": settings.ami.port, "user": "reader", "secret": secrets.ami_reader},
        "records": {"dsn": copy.dsn, "query": RECORD},
        "roll": str(paths.run / ROLL),
        **ears,
        **({"sipp": list(sipp.command(SIPP.trial[0]))} if sipp else {}),
    }
