"""panoramisk's FastAGI server and ours, driven by the same recorded call, say the same to Asterisk."""

import asyncio

from panoramisk.fast_agi import Application, Request

from core.clock import SystemClock
from ivr.fastagi import AgiCall, serve
from tests.fakes.agi_peer import AgiPeer
from tests.fakes.asterisk_words import words_as_asterisk_reads
from tests.recordings.tape import load

READS = ("CALLERID(num)", "CALLERID(name)", "CHANNEL(linkedid)", "HOTLINE_NOT_SET")


async def said_to(port: int) -> list[list[bytes]]:
    """The words of every command a server asks of the recorded call, answered as recorded."""
    tape = load("agi/incoming")
    peer = await AgiPeer.connect(port, tape.turns()[0].data)
    heard = []
    replies = [turn.data for turn in tape.turns()[1:] if turn.side == "asterisk"]
    for reply in replies[: len(READS) + 1]:
        heard.append(words_as_asterisk_reads(await peer.command()))
        peer.answer(reply)
    await peer.closed()
    return heard


async def test_the_same_door_in_both() -> None:
    seen: dict[str, list[str | None]] = {"ours": [], "panoramisk": []}

    async def door(call: AgiCall) -> None:
        seen["ours"] += [await call.get_variable(name) for name in READS]
        await call.set_variable("HOTLINE_AREA", "zhengzhou")

    async def their_door(request: Request) -> None:
        for name in READS:
            result = (await request.send_command(f'GET VARIABLE "{name}"'))["result"]
            seen["panoramisk"].append(result[1] if result[0] == "1" else None)
        await request.send_command('SET VARIABLE "HOTLINE_AREA" "zhengzhou"')

    ours = await serve("127.0.0.1", 0, {"incoming": door}, deadline=5, clock=SystemClock())
    application = Application(loop=asyncio.get_running_loop())
    script = next(line for line in load("agi/incoming").heard.decode().split("\n") if "network_script" in line)
    application.add_route(script.partition(": ")[2], their_door)
    theirs = await asyncio.start_server(application.handler, "127.0.0.1", 0)
    assert await said_to(ours.port) == await said_to(theirs.sockets[0].getsockname()[1])
    assert seen["ours"] == seen["panoramisk"]
    assert seen["ours"][:2] == ["03718888666", '税务局 "河南"']
    theirs.close()
    await ours.close()
