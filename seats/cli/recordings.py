"""`recording`: a call's sound into a file of the user's own."""

import os
from pathlib import Path

from core.console import EXIT_DONE, inert, out, print_json
from core.errors import BadInput
from seats.cli.client import Client
from seats.cli.desk import Desk


async def fetch(desk: Desk) -> int:
    """Fetch one; never over a file that is there."""
    asked = desk.asked
    file = asked.out or Path(f"{Path(asked.call).name}.wav")
    _free(file)  # before anybody is noted down as having heard it
    async with desk.client() as client:
        id = asked.id or await _only_one(client, asked.call)
        sound = await client.recording(asked.call, id, asked.reason)
    _keep(file, sound)
    if desk.json:
        print_json({"call": asked.call, "recording": id, "file": str(file), "bytes": len(sound)})
    else:
        out.print(inert(f"{file}: {len(sound) // 1000} kB"), markup=False)
    return EXIT_DONE


async def _only_one(client: Client, linkedid: str) -> str:
    record = (await client.call(linkedid)).get("record") or {}
    ids = [str(each.get("id")) for each in record.get("recordings") or () if each.get("state") in {"stored", "short"}]
    if len(ids) != 1:
        raise BadInput(f"call {linkedid} has {len(ids)} recordings to hear{': say which with --id' if ids else ''}")
    return ids[0]


def _free(file: Path) -> None:
    if file.exists() or not os.access(file.parent, os.W_OK):
        raise BadInput(f"cannot write {file}: {'it is there already' if file.exists() else 'no folder to write in'}")


def _keep(file: Path, sound: bytes) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(sound)
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror}") from error
