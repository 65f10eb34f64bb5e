"""Subcommands that act."""

from dataclasses import asdict

from core.console import EXIT_DONE, inert, out, print_json
from seats.cli.arguments import MODES
from seats.cli.client import Act, Client
from seats.cli.desk import Desk


async def act(desk: Desk) -> int:
    """Do what the command's name says."""
    async with desk.client() as client:
        done = await _do(desk, client)
        rings = desk.asked.command in MODES and not desk.json
        phone = (await client.me()).phone if rings else None
    if desk.json:
        print_json(asdict(done))
        return EXIT_DONE
    words = desk.words
    verb = words(desk.asked.mode if desk.asked.command == "switch" else desk.asked.command)
    out.print(words("act_done", verb=verb, target=inert(done.target), id=inert(done.id)), markup=False)
    if phone:
        out.print(words("your_phone", phone=inert(phone)), markup=False)
    return EXIT_DONE


async def _do(desk: Desk, client: Client) -> Act:
    asked = desk.asked
    match asked.command:
        case "listen" | "whisper" | "barge" | "takeover":
            return await client.supervise(asked.target, asked.command, asked.reason)
        case "switch":
            return await client.switch(asked.id, asked.mode)
        case "leave":
            return await client.leave(asked.id)
        case "hangup":
            return await client.hang_up(asked.call, asked.reason)
        case "move":
            return await client.move(asked.call, asked.to, asked.reason)
        case "transfer":
            return await client.to_seat(asked.seat, "transfer", asked.reason, to=asked.to, how=asked.how)
        case "raise-hand":
            return await client.to_seat(
                asked.seat, "raise-hand", asked.reason, group=asked.group, heard_by=asked.heard_by
            )
        case _:
            return await client.to_seat(asked.seat, asked.command, asked.reason)
