"""Catches AGI and AMI traffic of a real Asterisk 22 into `agi/*.jsonl` and `ami/*.jsonl`.

    python -m tests.recordings.catch_wire --runtime FOLDER     an unpacked Asterisk (`usr/`, `lib/` inside), or /

It writes a small configuration into a temporary folder, starts Asterisk there on free ports, and puts a recording TCP
proxy between it and a deliberately plain peer: raw lines, none of the code under test. Secrets on the tapes are of that
temporary copy only.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from tests.fakes.ports import free_port, free_udp_port
from tests.recordings.tape import Piece, Tape, save

AMI_SECRET = "tape-secret"
VERSION = "Asterisk 22"

# door -> the lines our side says, raw. `@…` lines are done by the catcher itself: see _door.
DOORS: dict[str, tuple[str, Sequence[str]]] = {
    "incoming": (
        'a Local channel whose caller is named 税务局 "河南" enters AGI() with arguments; the usual commands of a door',
        (
            "GET VARIABLE CALLERID(num)",
            "GET VARIABLE CALLERID(name)",
            "GET VARIABLE CHANNEL(linkedid)",
            "GET VARIABLE HOTLINE_NOT_SET",
            "SET VARIABLE HOTLINE_AREA zhengzhou",
            'SET VARIABLE HOTLINE_REASON "号段 \\"1380371\\" \\\\ 郑州"',
            "GET VARIABLE HOTLINE_REASON",
            'SET VARIABLE HOTLINE_EMPTY ""',
            "GET VARIABLE HOTLINE_EMPTY",
            'EXEC NoOp "郑州,开封"',
            'VERBOSE "省局联络中心" 1',
        ),
    ),
    "replies": (
        "every form of reply: unknown command, wrong use, unknown application, values with brackets, end positions",
        (
            "FLY AWAY",
            "GET VARIABLE",
            "SET VARIABLE ONLY_A_NAME",
            "EXEC NoSuchApplication",
            "EXEC NoOp",
            'SET VARIABLE BRACKETS "(a) (b) endpos=3"',
            "GET VARIABLE BRACKETS",
            "CHANNEL STATUS",
            "DATABASE GET hotline nothing",
            "STREAM FILE no-such-file 0",
            "WAIT FOR DIGIT 10",
            "GET FULL VARIABLE ${CALLERID(num)}",
            "NOOP",
            "ASYNCAGI BREAK",
            "HANGUP no-such-channel",
        ),
    ),
    "line_break_in_value": (
        "a variable holds a line feed (URIDECODE(%0A)): its value comes over two lines; another forges a second reply",
        ("GET VARIABLE TWO_LINES", "GET VARIABLE AFTER", "GET VARIABLE FORGED"),
    ),
    "line_break_in_name": (
        "a caller's name with a line feed and a forged argument in it: Asterisk sends it raw in the request",
        ("GET VARIABLE CALLERID(name)",),
    ),
    "hangup_mid_command": (
        "the caller hangs up (AMI Hangup) while EXEC Wait 20 runs; afterwards commands on the dead channel",
        (
            "GET VARIABLE CALLERID(num)",
            "@hangup EXEC Wait 20",
            "GET VARIABLE CALLERID(num)",
            "ANSWER",
            "SET VARIABLE A b",
        ),
    ),
    "hangup_before_command": (
        "the caller hangs up (AMI Hangup) while the door thinks",
        ("@hangup", "GET VARIABLE CALLERID(num)", "STREAM FILE beep 0"),
    ),
    "long_value": (
        "a Chinese value, as long as the dialplan lets it grow",
        ("GET VARIABLE LONG",),
    ),
    "long_command": (
        "commands of 8190, 8191 and 8192 bytes before the line end",
        (
            "@bytes 8190",
            "GET VARIABLE LENGTH",
            "@bytes 8191",
            "GET VARIABLE LENGTH",
            "@bytes 8192",
            "GET VARIABLE LENGTH",
        ),
    ),
    "many_arguments": (
        "AGI() with 20 arguments, some empty, some Chinese",
        ("GET VARIABLE CHANNEL(linkedid)",),
    ),
    "dead_from_the_start": (
        "AGI() reached from the h extension, the caller already gone",
        ("GET VARIABLE CALLERID(num)", "STREAM FILE beep 0"),
    ),
    "bytes_not_utf8": (
        "a caller's name in GBK bytes, as an old exchange may send",
        ("GET VARIABLE CALLERID(name)",),
    ),
}

EXTENSIONS = """
[general]
static=yes
[caller]
exten => _X!,1,Answer()
 same => n,Wait(30)
exten => _[a-z]!,1,Answer()
 same => n,Wait(30)
[doors]
exten => incoming,1,Set(CALLERID(name)=税务局 "河南")
 same => n,Set(CALLERID(num)=03718888666)
 same => n,AGI(agi://127.0.0.1:{agi}/incoming?linkedid=${{CHANNEL(linkedid)}},first,第二,)
exten => line_break_in_value,1,Set(TWO_LINES=第一行${{URIDECODE(%0A)}}第二行)
 same => n,Set(FORGED=x)${{URIDECODE(%0A)}}200 result=1 (forged)
 same => n,Set(AFTER=still in step)
 same => n,AGI(agi://127.0.0.1:{agi}/line_break_in_value)
exten => line_break_in_name,1,Set(CALLERID(name)=张${{URIDECODE(%0A)}}agi_arg_1: forged)
 same => n,AGI(agi://127.0.0.1:{agi}/line_break_in_name)
exten => long_value,1,Set(LONG=税务局河南省郑州市)
 same => n,Set(I=0)
 same => n,While($[${{I}} < 600])
 same => n,Set(LONG=${{LONG}}税务局河南省郑州市十)
 same => n,Set(I=$[${{I}} + 1])
 same => n,EndWhile()
 same => n,AGI(agi://127.0.0.1:{agi}/long_value)
exten => many_arguments,1,AGI(agi://127.0.0.1:{agi}/many_arguments,1,,三,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,,20)
 same => n,Hangup()
exten => dead_from_the_start,1,Hangup()
exten => bytes_not_utf8,1,Set(CALLERID(name)=GBKNAME)
 same => n,AGI(agi://127.0.0.1:{agi}/bytes_not_utf8)
exten => h,1,GotoIf($["${{DEAD}}" = ""]?done)
 same => n,AGI(agi://127.0.0.1:{agi}/dead_from_the_start)
 same => n(done),NoOp()
exten => _[a-z].,1,Set(CALLERID(num)=13803710001)
 same => n,AGI(agi://127.0.0.1:{agi}/${{EXTEN}})
[queued]
exten => call,1,Set(CALLERID(name)=王小明 (郑州))
 same => n,Set(CALLERID(num)=13803710001)
 same => n,Set(HOTLINE_AREA=zhengzhou)
 same => n,Set(HOTLINE_REASON=号段 1380371: 郑州)
 same => n,UserEvent(Routed,Area: 郑州,Reason: 号段)
 same => n,Queue(zhengzhou,,,,5)
[seat]
exten => answer,1,Answer()
 same => n,Wait(1)
 same => n,Hangup()
[from-sip]
exten => 12366,1,Set(HOTLINE_AREA=zhengzhou)
 same => n,Queue(zhengzhou,,,,5)
"""

MANAGER = f"""
[general]
enabled=yes
bindaddr=127.0.0.1
port={{ami}}
channelvars=HOTLINE_AREA,HOTLINE_REASON
timestampevents=no
[watcher]
secret={AMI_SECRET}
read=all
write=all
"""

QUEUES = """
[general]
[zhengzhou]
strategy=rrmemory
timeout=5
retry=1
member => Local/answer@seat,0,坐席 3710001
[luoyang]
strategy=rrmemory
"""

PJSIP = """
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{sip}
[anonymous]
type=endpoint
context=from-sip
disallow=all
allow=alaw
"""

SIPP = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
 <send retrans="500"><![CDATA[
INVITE sip:12366@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "税务局 \\"河南\\" 张三" <sip:13803710001@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:12366@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: sip:caller@[local_ip]:[local_port]
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000

]]></send>
 <recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="183" optional="true"/>
 <recv response="200" rrs="true"/>
 <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "税务局 \\"河南\\" 张三" <sip:13803710001@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:12366@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
 <recv request="BYE"/>
 <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


class Asterisk:
    """A temporary Asterisk on free ports."""

    def __init__(self, runtime: Path, folder: Path) -> None:
        self.runtime = runtime
        self.folder = folder
        self.ami, self.agi_proxy, self.sip = free_port(), free_port(), free_udp_port()

    def configure(self) -> None:
        etc = self.folder / "etc"
        for name in ("etc", "lib", "spool", "run", "log", "keys"):
            (self.folder / name).mkdir()
        modules = next(self.runtime.glob("usr/lib/*/asterisk/modules"))
        data = self.runtime / "usr/share/asterisk"
        places = {"astetcdir": etc, "astmoddir": modules, "astdatadir": data, "astrundir": self.folder / "run"}
        places |= {
            "astvarlibdir": self.folder / "lib",
            "astdbdir": self.folder / "lib",
            "astspooldir": self.folder / "spool",
        }
        places |= {
            "astlogdir": self.folder / "log",
            "astkeydir": self.folder / "keys",
            "astagidir": self.folder / "lib",
        }
        files = {
            "asterisk.conf": "[directories]\n" + "".join(f"{name} => {place}\n" for name, place in places.items()),
            "modules.conf": "[modules]\nautoload=yes\nnoload=chan_iax2.so\n"
            "noload=chan_unistim.so\nnoload=res_config_pgsql.so\n",
            "extensions.conf": EXTENSIONS.format(agi=self.agi_proxy),
            "manager.conf": MANAGER.format(ami=self.ami),
            "queues.conf": QUEUES,
            "pjsip.conf": PJSIP.format(sip=self.sip),
            "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error,verbose(3)\n",
        }
        for name, text in files.items():
            data_bytes = text.encode()
            if name == "extensions.conf":
                data_bytes = data_bytes.replace(b"GBKNAME", "河南".encode("gbk"))
            (etc / name).write_bytes(data_bytes)

    def command(self, program: str, *arguments: str) -> list[str]:
        """`program` of the runtime; an unpacked one needs its own loader."""
        loader = next(self.runtime.glob("usr/lib/*/ld-linux-*.so.*"), None)
        if self.runtime == Path("/") or loader is None:
            return [str(self.runtime / program), *arguments]
        libraries = f"{loader.parent}:{self.runtime / 'lib' / loader.parent.name}"
        return [str(loader), "--library-path", libraries, str(self.runtime / program), *arguments]

    async def start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *self.command("usr/sbin/asterisk", "-f", "-C", str(self.folder / "etc/asterisk.conf")),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError):
                    async with ami(self.ami) as (reader, _):
                        if (await reader.readline()).startswith(b"Asterisk Call Manager"):
                            return process
                await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def ami(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _pump(side: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: list[Piece]) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            pieces.append(Piece(side, data))
            writer.write(data)
            await writer.drain()
    writer.close()


class Doors:
    """The plain AGI peer behind the recording proxy."""

    def __init__(self, hang_up: Callable[[str], Awaitable[None]]) -> None:
        self._hang_up = hang_up
        self.caught: asyncio.Queue[tuple[str, list[Piece]]] = asyncio.Queue()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces: list[Piece] = []
        request = b""
        while not request.endswith(b"\n\n"):
            data = await reader.read(65536)
            if not data:
                break
            request += data
            pieces.append(Piece("asterisk", data))
        lines = dict(line.split(": ", 1) for line in request.decode("utf-8", "replace").split("\n") if ": " in line)
        door = lines["agi_network_script"].partition("?")[0]
        for line in DOORS[door][1]:
            await self._say(line, lines["agi_channel"], reader, writer, pieces)
        writer.close()
        await self.caught.put((door, pieces))

    async def _say(
        self, line: str, channel: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: list[Piece]
    ) -> None:
        hang_up = line.startswith("@hangup")
        if hang_up:
            line = line.removeprefix("@hangup").strip()
        elif line.startswith("@bytes"):
            head = "SET VARIABLE LENGTH "
            line = head + "x" * (int(line.split()[1]) - len(head))
        if line:
            pieces.append(Piece("us", line.encode() + b"\n"))
            writer.write(line.encode() + b"\n")
        if hang_up:
            await asyncio.sleep(0.3)
            await self._hang_up(channel)
        await _read_reply(reader, pieces, wait_for_hangup=hang_up and not line)


async def _read_reply(reader: asyncio.StreamReader, pieces: list[Piece], wait_for_hangup: bool) -> None:
    """Keeps what Asterisk says until it has been silent for 0.4 s after something came."""
    came = False
    while True:
        try:
            data = await asyncio.wait_for(reader.read(65536), 0.4 if came else 5)
        except TimeoutError:
            return
        if not data:
            return
        came = True
        pieces.append(Piece("asterisk", data))


async def catch_agi(asterisk: Asterisk) -> None:
    """One tape a door."""
    async with ami(asterisk.ami) as (reader, writer):
        writer.write(f"Action: Login\r\nUsername: watcher\r\nSecret: {AMI_SECRET}\r\nEvents: off\r\n\r\n".encode())
        drain = asyncio.create_task(_discard(reader))

        async def hang_up(channel: str) -> None:
            # The caller's end: the other half of the Local channel.
            other = channel[:-1] + ("2" if channel.endswith("1") else "1")
            writer.write(f"Action: Hangup\r\nChannel: {other}\r\n\r\n".encode())

        doors = Doors(hang_up)
        server = await asyncio.start_server(doors.connected, "127.0.0.1", asterisk.agi_proxy)
        for door, (how, _) in DOORS.items():
            extra = "Variable: DEAD=1\r\n" if door == "dead_from_the_start" else ""
            writer.write(
                f"Action: Originate\r\nChannel: Local/{door}@doors\r\nContext: caller\r\nExten: {door}\r\n"
                f"Priority: 1\r\nAsync: true\r\n{extra}\r\n".encode()
            )
            try:
                name, pieces = await asyncio.wait_for(doors.caught.get(), 30)
            except TimeoutError:
                print(f"agi/{door}: nothing came")
                continue
            assert name == door, (name, door)
            save(f"agi/{door}", Tape(f"Caught from {VERSION} by tests/recordings/catch_wire.py: {how}.", tuple(pieces)))
            print(f"agi/{door}: {len(pieces)} pieces")
        server.close()
        drain.cancel()


async def _discard(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


AMI_SAID: dict[str, tuple[str, Sequence[tuple[str, float]]]] = {
    "actions": (
        "login, ping, commands with long, empty and Chinese output, lines of 1022 to 1026 bytes, lists, errors, logoff",
        (
            ("Action: Login\r\nActionID: 1\r\nUsername: watcher\r\nSecret: %SECRET%\r\nEvents: user", 0.5),
            ("Action: Ping\r\nActionID: 2", 0.2),
            ("Action: Command\r\nActionID: 3\r\nCommand: core show version", 0.3),
            ("Action: Command\r\nActionID: 4\r\nCommand: queue show", 0.3),
            ("Action: Command\r\nActionID: 5\r\nCommand: core show applications", 0.6),
            ("Action: Command\r\nActionID: 6\r\nCommand: no such thing", 0.3),
            ("Action: QueueStatus\r\nActionID: 7", 0.3),
            ("Action: CoreShowChannels\r\nActionID: 8", 0.3),
            ("Action: NoSuchAction\r\nActionID: 9", 0.3),
            ("Action: QueueAdd\r\nActionID: 10\r\nQueue: nowhere\r\nInterface: Local/answer@seat", 0.3),
            ("Action: Setvar\r\nActionID: 11\r\nVariable: HOTLINE_名\r\nValue: 河南省税务局", 0.3),
            ("Action: Getvar\r\nActionID: 12\r\nVariable: HOTLINE_名", 0.3),
            ("Action: PJSIPShowEndpoints\r\nActionID: 13", 0.3),
            ("Action: Command\r\nActionID: 14\r\nCommand: dialplan show queued", 0.4),
            ("Action: CoreStatus\r\nActionID: 15", 0.3),
            *(
                (
                    f"Action: UserEvent\r\nActionID: {size}\r\nUserEvent: Long\r\n"
                    f"Text: {'x' * (size - 6)}\r\nAfter: yes",
                    0.3,
                )
                for size in (1022, 1023, 1024, 1025, 1026)
            ),
            ("Action: Logoff\r\nActionID: 16", 0.3),
        ),
    ),
    "refused": (
        "a login with the wrong secret",
        (("Action: Login\r\nActionID: 1\r\nUsername: watcher\r\nSecret: wrong", 2.0),),
    ),
    "queue_call": (
        "events of two Local calls of 王小明 (郑州) through Queue(zhengzhou) to a Local member, with channel variables",
        (
            ("Action: Login\r\nActionID: 1\r\nUsername: watcher\r\nSecret: %SECRET%\r\nEvents: on", 0.5),
            (
                "Action: Originate\r\nActionID: 2\r\nChannel: Local/call@queued\r\n"
                "Context: caller\r\nExten: 1\r\nPriority: 1\r\nAsync: true",
                3.0,
            ),
            (
                "Action: Originate\r\nActionID: 3\r\nChannel: Local/call@queued\r\n"
                "Application: Wait\r\nData: 9\r\nAsync: true\r\n"
                "Variable: A=first\r\nVariable: B=第二",
                1.0,
            ),
            ("Action: QueueStatus\r\nActionID: 4", 0.3),
            ("Action: CoreShowChannels\r\nActionID: 5", 3.0),
            ("Action: UserEvent\r\nActionID: 6\r\nUserEvent: 河南\r\nName: 税务局\r\nEmpty: ", 0.3),
            (
                "Action: QueueAdd\r\nActionID: 7\r\nQueue: luoyang\r\n"
                "Interface: Local/answer@seat\r\nMemberName: 坐席 3790001",
                0.3,
            ),
            (
                "Action: QueuePause\r\nActionID: 8\r\nQueue: luoyang\r\n"
                "Interface: Local/answer@seat\r\nPaused: true\r\nReason: 午餐",
                0.3,
            ),
            ("Action: Logoff\r\nActionID: 9", 0.5),
        ),
    ),
    "sip_calls": (
        'all events of three SIP calls made by sipp, the caller named 税务局 "河南" 张三, through Queue(zhengzhou)',
        (
            ("Action: Login\r\nActionID: 1\r\nUsername: watcher\r\nSecret: %SECRET%\r\nEvents: on", 0.5),
            ("@sipp", 8.0),
            ("Action: Logoff\r\nActionID: 2", 0.5),
        ),
    ),
}


async def catch_ami(asterisk: Asterisk) -> None:
    """One tape a conversation."""
    for name, (how, turns) in AMI_SAID.items():
        pieces: list[Piece] = []

        async def proxied(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: list[Piece] = pieces
        ) -> None:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", asterisk.ami)
            await asyncio.gather(_pump("us", reader, up_writer, pieces), _pump("asterisk", up_reader, writer, pieces))

        proxy = await asyncio.start_server(proxied, "127.0.0.1", 0)
        async with ami(proxy.sockets[0].getsockname()[1]) as (reader, writer):
            drain = asyncio.create_task(_discard(reader))
            for text, seconds in turns:
                if text == "@sipp":
                    await _sipp(asterisk)
                else:
                    writer.write(text.replace("%SECRET%", AMI_SECRET).encode() + b"\r\n\r\n")
                await asyncio.sleep(seconds)
            drain.cancel()
        proxy.close()
        save(f"ami/{name}", Tape(f"Caught from {VERSION} by tests/recordings/catch_wire.py: {how}.", tuple(pieces)))
        print(f"ami/{name}: {len(pieces)} pieces, {sum(len(piece.data) for piece in pieces)} bytes")


async def _sipp(asterisk: Asterisk) -> None:
    scenario = asterisk.folder / "caller.xml"
    scenario.write_text(SIPP, encoding="utf-8")
    words = [
        "-sf",
        str(scenario),
        "-m",
        "3",
        "-l",
        "1",
        "-r",
        "1",
        "-i",
        "127.0.0.1",
        "-p",
        str(free_udp_port()),
    ]
    process = await asyncio.create_subprocess_exec(
        *asterisk.command("usr/bin/sipp", f"127.0.0.1:{asterisk.sip}", *words, "-nostdin"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=asterisk.folder,
        env=os.environ | {"TERM": "dumb"},
    )
    print("sipp:", await asyncio.wait_for(process.wait(), 60))


async def catch(runtime: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tape") as folder:
        asterisk = Asterisk(runtime, Path(folder))
        asterisk.configure()
        process = await asterisk.start()
        try:
            await catch_ami(asterisk)
            await catch_agi(asterisk)
        finally:
            process.terminate()
            await process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runtime", type=Path, required=True, help="folder of an unpacked Asterisk, or /")
    asyncio.run(catch(parser.parse_args().runtime.absolute()))
