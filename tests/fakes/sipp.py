"""Callers and seats played by SIPp, a SIP client that is not ours: one process a call."""

import functools
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fakes import key_sender
from tests.fakes.ports import free_udp_port

TRUNK_HOST = "127.0.0.2"
STRANGER_HOST = "127.0.0.3"
SEAT_HOST = "127.0.0.4"

_SDP = """v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
"""

_INVITE = """<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {sender};tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
{headers}Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
"""
_ACK = """<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {sender};tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
"""
_OK = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""
_BYE = """<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {sender};tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
"""
_REGISTER = """<send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{number}@[remote_ip]>;tag=[pid]r[call_number]
To: <sip:{number}@[remote_ip]>
Call-ID: [call_id]
CSeq: {sequence} REGISTER
Contact: <sip:{number}@[local_ip]:[local_port]>
Expires: {expires}
Max-Forwards: 70
{authorization}Content-Length: 0

]]></send>
"""
_SEAT = """<recv request="INVITE" crlf="true"><action>
<ereg regexp=".*" search_in="hdr" header="X-Hotline-Call:" assign_to="call"/>
<ereg regexp=".*" search_in="hdr" header="X-Hotline-Area:" assign_to="area"/>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="turn"/>
<log message="RANG [$call] | [$area] | [$from]"/>
</action></recv>
<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
"""
_ANSWER = """<pause milliseconds="{after}"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
"""
_HANG_UP = """<pause milliseconds="{after}"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$own]
To:[$from]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
"""
_OWN_NAME = """<recv request="ACK"><action>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="own"/>
</action></recv>
"""
_LET_RING = """<recv request="CANCEL"/>
"""
_TERMINATED = """<send retrans="500"><![CDATA[
SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
CSeq: [$turn] INVITE
Content-Length: 0

]]></send>
<recv request="ACK"/>
"""


@dataclass(frozen=True, slots=True)
class Rang:
    """An INVITE a seat received."""

    call: str
    area: str
    sender: str


class Player:
    """One running SIPp."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.started = time.monotonic()

    def wait(self, seconds: float = 60) -> int:
        """Its exit code: 0 when the scenario went as written."""
        return self.process.wait(seconds)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(5)

    @property
    def rang(self) -> list[Rang]:
        """What rang at this seat so far."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        found = re.findall(r"^RANG (.*?) \| (.*?) \| (.*)$", text, re.MULTILINE)
        return [Rang(call.strip(), area.strip(), sender.strip()) for call, area, sender in found]


class Stage:
    """Starts players against one Asterisk, and ends those still playing."""

    def __init__(self, command: Sequence[str], folder: Path, port: int) -> None:
        self._command = command
        self._folder = folder
        self._port = port
        self._players: list[Player] = []
        self._count = 0
        self._registered: list[tuple[str, str, int]] = []

    def call(
        self,
        sender: str,
        *,
        dial: str = "12366",
        headers: Mapping[str, str] | None = None,
        host: str = TRUNK_HOST,
        keys: str = "",
        keys_after: float = 0.5,
        stay: float = 1.0,
        expect: int = 200,
        hang_up: bool = True,
        hold: float = 0.0,
        calls: int = 1,
        rate: int = 10,
        at_once: int = 50,
    ) -> Player:
        """Dial with From `sender`; once answered, wait `keys_after` seconds, press `keys`, stay `stay` seconds, hang up
        (or wait for BYE).

        `hold`: after `stay` put the other side on hold for so long, then `stay` again. Many `calls`: `rate` a second,
        no more than `at_once` up together; `[call_number]` in `sender` counts them.
        """
        sent = "".join(f"{name}: {value}\n" for name, value in (headers or {}).items())
        by_hand = bool(keys) and not _may_send_raw()
        media = str(free_udp_port(host)) if by_hand else "[media_port]"
        steps = [_INVITE.format(sender=sender, headers=sent, sdp=_SDP.replace("[media_port]", media))]
        if expect == 200:
            answered = _WITH_MEDIA if by_hand else '<recv response="200" rrs="true"/>'
            steps += [answered, _ACK.format(sender=sender)]
            steps += [_keys(keys, keys_after, (host, media) if by_hand else None)] if keys else []
            if hold:
                steps += [f'<pause milliseconds="{int(stay * 1000)}"/>', _again(sender, "sendonly", 2)]
                steps += [f'<pause milliseconds="{int(hold * 1000)}"/>', _again(sender, "sendrecv", 3)]
                steps += [
                    f'<pause milliseconds="{int(stay * 1000)}"/>',
                    _BYE.format(sender=sender).replace("2 BYE", "4 BYE"),
                ]
            elif hang_up:
                steps += [f'<pause milliseconds="{int(stay * 1000)}"/>', _BYE.format(sender=sender)]
            else:
                steps += ['<recv request="BYE"/>', _OK]
        else:
            steps += [
                f'<recv response="{expect}"/>',
                _ACK.format(sender=sender).replace("[next_url]", "sip:[service]@[remote_ip]"),
            ]
        many = ["-r", str(rate), "-l", str(at_once)] if calls > 1 else []
        return self._play(steps, host, ["-s", dial, *many], calls=calls)

    def seat(
        self,
        number: str,
        password: str,
        *,
        answer_after: float | None = 0.0,
        expires: int = 120,
        hang_up_after: float | None = None,
    ) -> Player:
        """Register, then take calls: answer after so many seconds, or let it ring (`None`).

        `hang_up_after`: seconds it talks before it hangs up; without it the caller must.
        """
        sip_port = free_udp_port(SEAT_HOST)
        self._register(number, password, sip_port, expires)
        self._registered.append((number, password, sip_port))
        if answer_after is None:
            taking = [_SEAT, _LET_RING, _OK, _TERMINATED]
        else:
            unused = '<Reference variables="turn"/>'  # SIPp refuses a variable nothing reads
            taking = [_SEAT, _ANSWER.format(after=int(answer_after * 1000), sdp=_SDP), _OK, unused]
            if hang_up_after is not None:
                answer = taking[1].replace('<recv request="ACK"/>\n<recv request="BYE"/>\n', _OWN_NAME)
                taking = [
                    _SEAT.replace("<recv ", '<recv rrs="true" ', 1),
                    answer,
                    _HANG_UP.format(after=int(hang_up_after * 1000)),
                    unused,
                ]
        return self._play(taking, SEAT_HOST, ["-aa"], sip_port, calls=1000)

    def leave(self, number: str) -> None:
        """Take the seat's registration away; what it plays goes on."""
        for place in [place for place in self._registered if place[0] == number]:
            self._registered.remove(place)
            self._register(*place, expires=0)

    def close(self) -> None:
        """End every player and every registration."""
        for player in self._players:
            player.stop()
        for number, _, _ in list(self._registered):
            self.leave(number)

    def _register(self, number: str, password: str, sip_port: int, expires: int) -> None:
        authorization = f"[authentication username={number} password={password}]\n"
        steps = [
            _REGISTER.format(number=number, sequence=1, expires=expires, authorization=""),
            '<recv response="401" auth="true"/>',
            _REGISTER.format(number=number, sequence=2, expires=expires, authorization=authorization),
            '<recv response="200"/>',
        ]
        if self._play(steps, SEAT_HOST, [], sip_port).wait() != 0:
            raise RuntimeError(f"seat {number} could not register")

    def _play(
        self, steps: Sequence[str], host: str, options: Sequence[str], sip_port: int = 0, calls: int = 1
    ) -> Player:
        self._count += 1
        script = self._folder / f"{self._count}.xml"
        log = self._folder / f"{self._count}.log"
        script.write_text(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="s">\n{"".join(steps)}</scenario>\n',
            encoding="utf-8",
        )
        options = ["-sf", str(script), "-m", str(calls), *options, "-log_file", str(log), "-error_file", f"{log}.err"]
        sockets = ["-i", host, "-p", str(sip_port or free_udp_port(host)), "-mi", host, "-mp", str(free_udp_port(host))]
        quiet = ["-nostdin", "-trace_logs", "-trace_err"]
        command = [*self._command, f"127.0.0.1:{self._port}", *sockets, *options, *quiet]
        with log.with_suffix(".out").open("wb") as out:
            process = subprocess.Popen(
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        player = Player(process, log)
        self._players.append(player)
        return player


def _again(sender: str, direction: str, sequence: int) -> str:
    """A new INVITE inside the call: `sendonly` is hold."""
    invite = _INVITE.format(sender=sender, headers="", sdp=f"{_SDP}a={direction}\n")
    invite = invite.replace("INVITE sip:[service]@[remote_ip]:[remote_port] SIP", "INVITE [next_url] SIP")
    whom = "To: <sip:[service]@[remote_ip]:[remote_port]>"
    invite = invite.replace(whom, f"{whom}[peer_tag_param]").replace("CSeq: 1 ", f"CSeq: {sequence} ")
    ack = _ACK.format(sender=sender).replace("CSeq: 1 ", f"CSeq: {sequence} ")
    return invite + '<recv response="200" rrs="true"/>' + ack


_WITH_MEDIA = """<recv response="200" rrs="true"><action>
<ereg regexp="m=audio ([0-9]+)" search_in="body" assign_to="line,port"/>
</action></recv>
<Reference variables="line"/>
"""
"""An answer, and the port where it wants to be spoken to."""


@functools.cache
def _may_send_raw() -> bool:
    """SIPp plays its own keys through a raw socket."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        return False
    return True


def _keys(keys: str, after: float, own: tuple[str, str] | None) -> str:
    """Some quiet, then one key after the other: by SIPp, or from `own` address by a process beside it."""
    play = f'<nop><action><exec play_dtmf="{keys},100"/></action></nop>'
    if own is not None:
        sender = shlex.join([sys.executable, "-I", str(Path(key_sender.__file__)), *own, "127.0.0.1"])
        play = f'<nop><action><exec command="{sender} [$port] {shlex.quote(keys)}"/></action></nop>'
    return f'<pause milliseconds="{int(after * 1000)}"/>{play}<pause milliseconds="{400 * len(keys)}"/>\n'
