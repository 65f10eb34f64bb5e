"""The Python contenders of B1: `python -m tests.bench.fastagi_doors WAY PORT COMMANDS` serves until it is ended.

Every way asks the same variable COMMANDS times a call and checks each value, in the manner its documentation shows.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from core.clock import SystemClock
from ivr.fastagi import AgiCall, serve

NAME = "HOTLINE_AREA"
VALUE = "zhengzhou"


def check(value: str | None) -> None:
    if value != VALUE:
        raise SystemExit(f"{value!r} is not {VALUE!r}")


async def ours(port: int, commands: int) -> None:
    async def bench(call: AgiCall) -> None:
        for _ in range(commands):
            check(await call.get_variable(NAME))

    await serve("127.0.0.1", port, {"bench": bench}, deadline=60, clock=SystemClock())
    await asyncio.Event().wait()


async def streams(port: int, commands: int) -> None:
    """asyncio streams, as plain as can be."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n\n")
        for _ in range(commands):
            writer.write(f"GET VARIABLE {NAME}\n".encode())
            await writer.drain()
            line = (await reader.readline()).decode()
            check(line[line.index("(") + 1 : line.rindex(")")])
        writer.close()

    await asyncio.start_server(connected, "127.0.0.1", port)
    await asyncio.Event().wait()


async def panoramisk(port: int, commands: int) -> None:
    from panoramisk.fast_agi import Application, Request

    async def bench(request: Request) -> None:
        for _ in range(commands):
            check((await request.send_command(f"GET VARIABLE {NAME}"))["result"][1])

    application = Application(loop=asyncio.get_running_loop())
    application.add_route("bench?linkedid=1795317000.1", bench)
    await asyncio.start_server(application.handler, "127.0.0.1", port)
    await asyncio.Event().wait()


def pyst2(port: int, commands: int) -> None:
    """One call at a time: the module takes a signal handler, so it lives in the main thread."""
    from asterisk.agi import AGI

    with socket.create_server(("127.0.0.1", port), backlog=1024) as door, Path("/dev/null").open("w") as nowhere:
        while True:
            link, _ = door.accept()
            with link, link.makefile("r", encoding="utf-8") as heard, link.makefile("w", encoding="utf-8") as said:
                call = AGI(stdin=heard, stdout=said, stderr=nowhere)
                for _ in range(commands):
                    check(call.get_variable(NAME))


WAYS: dict[str, tuple[Callable[[int, int], Awaitable[None]], bool]] = {
    "ours": (ours, True),
    "ours_asyncio": (ours, False),
    "streams": (streams, False),
    "panoramisk": (panoramisk, False),
    "panoramisk_uvloop": (panoramisk, True),
}


def main(way: str, port: int, commands: int) -> None:
    if way == "pyst2":
        pyst2(port, commands)
        return
    serving, fast_loop = WAYS[way]
    factory = uvloop.new_event_loop if fast_loop else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serving(port, commands))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
