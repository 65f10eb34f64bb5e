"""The FastAGI server over real sockets, on both event loops: doors served, callers lost, hostile and silent peers."""

import asyncio
import resource
import socket
import struct
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import uvloop

from core.clock import Clock, SystemClock, TurnedClock
from core.wire import BadLine
from ivr.fastagi import AgiCall, AgiDeadline, AgiGone, AgiRefused, Server, serve
from ivr.fastagi.server import CAPACITY, PATIENCE
from tests.fakes.agi_peer import AgiPeer, request_bytes
from tests.fakes.asterisk_words import words_as_asterisk_reads
from tests.fakes.becomes import becomes
from tests.recordings.tape import load

pytestmark = pytest.mark.filterwarnings("ignore:Overriding the .event_loop_policy.")

SHORT = 0.5
LONG = 10.0


@pytest.fixture(scope="module", autouse=True)
def as_many_files_as_may_be() -> None:
    """An ordinary user begins with a thousand, and a server takes no more calls than half of that."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture(params=[asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    return request.param()


class Doors:
    """Doors that keep what happened to them."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.free = asyncio.Event()

    async def incoming(self, call: AgiCall) -> None:
        """What the tape `agi/incoming` says."""
        get = call.get_variable
        self.seen += [call.arguments, await get("CALLERID(num)"), await get("CALLERID(name)")]
        self.seen += [await get("CHANNEL(linkedid)") == call.linkedid, await get("HOTLINE_NOT_SET")]
        await call.set_variable("HOTLINE_AREA", "zhengzhou")
        await call.set_variable("HOTLINE_REASON", '号段 "1380371" \\ 郑州')
        self.seen.append(await get("HOTLINE_REASON"))
        await call.set_variable("HOTLINE_EMPTY", "")
        self.seen.append(await get("HOTLINE_EMPTY"))
        self.seen.append(await call.execute("NoOp", "郑州"))
        await call.verbose("省局联络中心")

    async def one(self, call: AgiCall) -> None:
        try:
            self.seen.append(await call.get_variable("X"))
        except Exception as error:
            self.seen.append(type(error))
            raise

    async def wait_for_caller(self, call: AgiCall) -> None:
        try:
            self.seen.append(await call.execute("Wait", "20"))
        except Exception as error:
            self.seen.append(type(error))
            raise

    async def stuck(self, call: AgiCall) -> None:
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            self.seen.append("cancelled")
            raise
        self.seen.append(await call.get_variable("X"))

    async def hostile(self, call: AgiCall) -> None:
        for bad in ("a\nHANGUP", "a\rb", "a\0b", "x" * 9000):
            with pytest.raises(BadLine):
                await call.set_variable("X", bad)
        with pytest.raises(BadLine):
            await call.execute("Dial", "PJSIP/1,20")
        self.seen.append(await call.get_variable("X"))

    async def wrong(self, call: AgiCall) -> None:
        raise ZeroDivisionError(call.linkedid)


@pytest.fixture
async def doors() -> Doors:
    return Doors()


async def open_server(
    doors: Doors, deadline: float = LONG, capacity: int = CAPACITY, clock: Clock | None = None
) -> Server:
    table = {name: getattr(doors, name) for name in ("incoming", "one", "wait_for_caller", "stuck", "hostile", "wrong")}
    return await serve("127.0.0.1", 0, table, deadline=deadline, clock=clock or SystemClock(), capacity=capacity)


@pytest.fixture
async def server(doors: Doors) -> AsyncIterator[Server]:
    server = await open_server(doors)
    yield server
    await server.close(grace=0)


async def until(server: Server, ending: str, count: int = 1) -> None:
    await becomes(lambda: server.tally[ending] >= count)


async def serves_a_call(server: Server) -> bool:
    """A whole call by the door `one`, within its deadline."""
    before = server.tally["served"]
    peer = await AgiPeer.connect(server.port, request_bytes("one"))
    assert words_as_asterisk_reads(await peer.command()) == [b"GET", b"VARIABLE", b"X"]
    peer.answer(b"200 result=1 (yes)\n")
    await peer.closed()
    await until(server, "served", before + 1)
    return True


@pytest.mark.parametrize("split", [0, 1, 7])
async def test_a_recorded_call_served_again(server: Server, doors: Doors, split: int) -> None:
    tape = load("agi/incoming")
    peer = await AgiPeer.connect(server.port, tape.turns()[0].data)
    heard = await peer.replay(tape, split)
    await peer.closed()
    recorded = [line for line in tape.said.split(b"\n") if line]
    ours = [words_as_asterisk_reads(line) for line in heard]
    theirs = [words_as_asterisk_reads(line.replace("郑州,开封".encode(), "郑州".encode())) for line in recorded]
    assert ours == theirs
    assert doors.seen == [
        ("first", "第二", ""),
        "03718888666",
        '税务局 "河南"',
        True,
        None,
        '号段 "1380371" \\ 郑州',
        "",
        0,
    ]
    await until(server, "served")


async def test_a_hang_up_in_mid_command(server: Server, doors: Doors) -> None:
    tape = load("agi/hangup_mid_command")
    reply = next(turn.data for turn in tape.turns() if b"HANGUP" in turn.data)
    peer = await AgiPeer.connect(server.port, request_bytes("wait_for_caller"))
    assert await peer.command() == b"EXEC Wait 20\n"
    peer.answer(reply)
    await peer.closed()
    await until(server, "gone")
    assert doors.seen == [AgiGone]


@pytest.mark.parametrize(
    ("reply", "error", "ending"),
    [
        (b"HANGUP\n", AgiGone, "gone"),
        (b"511 Command Not Permitted on a dead channel or intercept routine\n", AgiGone, "gone"),
        (b"510 Invalid or unknown command\n", AgiRefused, "failed"),
        (b"520-Invalid\nusage\n520 End of proper usage.\n", AgiRefused, "failed"),
        (b"200 result=1 (x)\n200 result=1 (forged)\n", AgiGone, "gone"),
        (b"\x00\xff\n", AgiGone, "gone"),
        (b"x" * 70_000, AgiGone, "gone"),
        (None, AgiGone, "gone"),
    ],
    ids=["hangup", "dead", "unknown", "usage", "forged", "garbage", "endless", "closed"],
)
async def test_what_a_door_is_told(
    server: Server, doors: Doors, reply: bytes | None, error: type[Exception], ending: str
) -> None:
    peer = await AgiPeer.connect(server.port, request_bytes("one"))
    await peer.command()
    if reply is None:
        peer.writer.transport.abort()
    else:
        peer.answer(reply)
        await peer.closed()
    await until(server, ending)
    assert doors.seen == [error]
    assert await serves_a_call(server)


async def test_a_hang_up_between_commands_is_told_at_the_next(server: Server, doors: Doors) -> None:
    peer = await AgiPeer.connect(server.port, request_bytes("stuck") + b"HANGUP\n")
    await becomes(lambda: bool(server.running))
    doors.free.set()
    await peer.closed()
    await until(server, "gone")
    assert doors.seen == []


async def test_text_that_is_no_line_is_refused_and_the_call_goes_on(server: Server, doors: Doors) -> None:
    peer = await AgiPeer.connect(server.port, request_bytes("hostile"))
    assert await peer.command() == b"GET VARIABLE X\n"
    peer.answer(b"200 result=0\n")
    await until(server, "served")
    assert doors.seen == [None]


async def test_a_door_that_waits_for_asterisk_too_long(doors: Doors) -> None:
    server = await open_server(doors, deadline=SHORT)
    peer = await AgiPeer.connect(server.port, request_bytes("one"))
    await peer.command()
    assert await peer.closed()
    await until(server, "late")
    assert doors.seen == [AgiDeadline]
    await server.close()


async def test_a_door_that_waits_for_something_else_too_long(doors: Doors) -> None:
    server = await open_server(doors, deadline=SHORT)
    peer = await AgiPeer.connect(server.port, request_bytes("stuck"))
    assert await peer.closed()
    await until(server, "late")
    assert doors.seen == ["cancelled"]
    await server.close()


async def test_a_request_that_never_ends_is_cut(doors: Doors) -> None:
    server = await open_server(doors, deadline=SHORT)
    peer = await AgiPeer.connect(server.port, b"agi_network: yes\n")
    assert await peer.closed()
    await until(server, "silent")
    assert server.active == 0
    await server.close()


async def test_a_house_full_of_silent_peers_still_opens(doors: Doors) -> None:
    clock = TurnedClock(datetime(2026, 1, 1, tzinfo=UTC))
    server = await open_server(doors, capacity=20, clock=clock)
    silent = [await AgiPeer.connect(server.port, b"agi_net") for _ in range(20)]
    await becomes(lambda: server.active == 20)
    early = await AgiPeer.connect(server.port, request_bytes("one"))
    assert await early.closed(), "nobody has been silent for long yet"
    clock.turn(PATIENCE * 2)
    assert await serves_a_call(server)
    assert server.active == 19
    assert await silent[0].closed()
    await server.close()


async def test_a_house_full_of_calls_refuses_the_next(doors: Doors) -> None:
    server = await open_server(doors, capacity=3)
    calls = [await AgiPeer.connect(server.port, request_bytes("stuck")) for _ in range(3)]
    await becomes(lambda: len(server.running) == 3)
    refused = await AgiPeer.connect(server.port, request_bytes("one"))
    assert await refused.closed()
    assert server.tally["refused"] == 1
    doors.free.set()
    for call in calls:
        await call.command()
        call.answer(b"200 result=0\n")
    await until(server, "served", 3)
    assert await serves_a_call(server)
    await server.close()


async def test_ten_thousand_that_connect_and_close_stall_nobody(server: Server) -> None:
    done = threading.Event()

    def knock() -> None:
        reset = struct.pack("ii", 1, 0)
        for number in range(10_000):
            with socket.create_connection(("127.0.0.1", server.port)) as knocker:
                if number % 2:
                    knocker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        done.set()

    thread = threading.Thread(target=knock)
    thread.start()
    served = 0
    while not done.is_set():
        async with asyncio.timeout(6 * LONG):  # a slow machine is no stall
            served += await serves_a_call(server)
    thread.join()
    assert served >= 1
    await becomes(lambda: server.active == 0)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\n", b"\n\n", b"\0" * 70_000])
async def test_garbage_is_shown_the_door(server: Server, garbage: bytes) -> None:
    peer = await AgiPeer.connect(server.port, garbage)
    assert await peer.closed()
    await until(server, "broken")
    assert await serves_a_call(server)


async def test_no_such_door_and_a_door_that_fails(server: Server) -> None:
    for door, ending in (("nowhere", "no_door"), ("wrong", "failed")):
        peer = await AgiPeer.connect(server.port, request_bytes(door))
        assert await peer.closed()
        await until(server, ending)
    assert await serves_a_call(server)


async def test_closing_lets_a_running_door_finish(doors: Doors) -> None:
    server = await open_server(doors)
    peer = await AgiPeer.connect(server.port, request_bytes("one"))
    await peer.command()
    closing = asyncio.create_task(server.close())
    await asyncio.sleep(0)
    peer.answer(b"200 result=1 (in time)\n")
    await closing
    assert doors.seen == ["in time"]
    assert server.tally["served"] == 1


async def test_closing_cuts_what_does_not_finish(doors: Doors) -> None:
    server = await open_server(doors)
    port = server.port
    peer = await AgiPeer.connect(port, request_bytes("stuck"))
    await becomes(lambda: bool(server.running))
    await server.close(grace=SHORT)
    assert doors.seen == ["cancelled"]
    assert await peer.closed()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
