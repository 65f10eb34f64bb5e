"""A bare Asterisk that is not ours: a trunk told by its address, three seats, a dialplan of a few lines. The
simulator's target."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.ports import free_port, free_udp_port

TRUNK = "127.0.0.2"
SEATS = {"3710001": "seat-one", "3730001": "seat-two", "3790001": "seat-three"}
AMI = ("witness", "looks-only")
_START_SECONDS = 30

_PJSIP = """
[global]
type=global
endpoint_identifier_order=ip,username,anonymous
[udp]
type=transport
protocol=udp
bind={host}:{port}
[trunk]
type=endpoint
transport=udp
context=from-trunk
disallow=all
allow=alaw,ulaw
direct_media=no
trust_id_inbound=yes
[trunk-identify]
type=identify
endpoint=trunk
match={trunk}
[carrier]
type=endpoint
transport=udp
context=nowhere
disallow=all
allow=alaw,ulaw
direct_media=no
aors=carrier
[carrier]
type=aor
contact=sip:{trunk}:{carrier}
"""
_SEAT = """
[{number}]
type=endpoint
transport=udp
context=from-seat
disallow=all
allow=alaw,ulaw
direct_media=no
send_pai=yes
auth={number}
aors={number}
callerid=Seat <{number}>
[{number}]
type=auth
auth_type=userpass
username={number}
password={password}
[{number}]
type=aor
max_contacts=1
remove_existing=yes
"""
_EXTENSIONS = """
[globals]
TRANSFER_CONTEXT=from-seat
[from-trunk]
exten => 12366,1,NoOp(call of ${CALLERID(num)})
 same => n,Answer()
 same => n,GotoIf($["${CALLERID(num):0:3}" = "138"]?henan,3710001,1)
 same => n,GotoIf($["${CALLERID(num):0:4}" = "0373"]?henan,3730001,1)
 same => n,Read(CITY,,4,,1,8)
 same => n,GotoIf($["${CITY}" = "0379"]?henan,3790001,1)
 same => n,Hangup(21)
exten => 700,1,Answer()
 same => n,Echo()
exten => 701,1,Hangup(17)
exten => 702,1,Ringing()
 same => n,Wait(20)
exten => 703,1,Answer()
 same => n,Wait(0.5)
 same => n,Hangup(34)
[henan]
exten => _X!,1,Dial(PJSIP/${EXTEN},20,b(mark^s^1))
[mark]
exten => s,1,Set(PJSIP_HEADER(add,X-Hotline-Call)=${CHANNEL(linkedid)})
 same => n,Return()
[from-seat]
exten => _9X!,1,Dial(PJSIP/${EXTEN:1}@carrier,20)
exten => _X!,1,Dial(PJSIP/${EXTEN},20,b(mark^s^1))
"""
_MODULES = """
pbx_config chan_pjsip func_callerid func_channel func_logic app_dial app_playback app_read app_echo app_stack
app_verbose bridge_simple bridge_softmix bridge_native_rtp bridge_builtin_features bridge_holding codec_alaw
codec_ulaw format_wav format_pcm res_musiconhold res_rtp_asterisk res_timing_timerfd res_sorcery_config
res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_pubsub res_pjsip_session
res_pjsip_sdp_rtp res_pjsip_caller_id res_pjsip_dtmf_info res_pjsip_endpoint_identifier_ip
res_pjsip_endpoint_identifier_user res_pjsip_authenticator_digest res_pjsip_registrar res_pjsip_header_funcs
res_pjsip_rfc3326 res_pjsip_refer res_pjsip_nat res_pjsip_path res_pjsip_outbound_authenticator_digest
res_pjsip_logger app_controlplayback
"""
_OTHERS = {
    "rtp.conf": "[general]\nrtpstart={rtp}\nrtpend={rtp_last}\nicesupport=no\n",
    "logger.conf": "[general]\n[logfiles]\nfull => notice,warning,error,verbose,dtmf\n",
    "musiconhold.conf": "[general]\n",
    "cdr.conf": "[general]\nenable=no\n",
    "features.conf": "[general]\n",
    "manager.conf": (
        "[general]\nenabled=yes\nbindaddr={host}\nport={ami}\n[{user}]\nsecret={secret}\nread=all\nwrite=reporting,command\n"
    ),
}


@dataclass(frozen=True, slots=True)
class BareAsterisk:
    """Where it listens."""

    host: str
    port: int
    ami_port: int
    carrier_port: int
    """Where its own calls go, at the trunk's address."""
    folder: Path
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def running(folder: Path, command: Sequence[str], modules: Path, share: Path) -> Iterator[BareAsterisk]:
    """Start it in `folder` on ports of its own, and stop it at the end. Raises `RuntimeError` when it does not come
    up."""
    host, port, ami, carrier = "127.0.0.1", free_udp_port(), free_port(), free_udp_port(TRUNK)
    etc = folder / "etc"
    for name in ("etc", "lib", "spool", "run", "log", "db"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    values = {"host": host, "ami": ami, "user": AMI[0], "secret": AMI[1], "rtp": 18000, "rtp_last": 18998}
    for name, text in _OTHERS.items():
        (etc / name).write_text(text.format(**values))
    (etc / "modules.conf").write_text(
        "[modules]\nautoload=no\n" + "".join(f"load = {module}.so\n" for module in _MODULES.split())
    )
    (etc / "extensions.conf").write_text(_EXTENSIONS)
    seats = "".join(_SEAT.format(number=number, password=password) for number, password in SEATS.items())
    (etc / "pjsip.conf").write_text(_PJSIP.format(host=host, port=port, trunk=TRUNK, carrier=carrier) + seats)
    (etc / "asterisk.conf").write_text(
        f"[directories]\nastetcdir => {etc}\nastmoddir => {modules}\nastvarlibdir => {folder}/lib\n"
        f"astdbdir => {folder}/db\n"
        f"astkeydir => {folder}/lib\nastdatadir => {share}\nastagidir => {folder}/lib\nastspooldir => {folder}/spool\n"
        f"astrundir => {folder}/run\nastlogdir => {folder}/log\n[options]\nverbose = 3\n"
    )
    with (folder / "log" / "out").open("wb") as out:
        process = subprocess.Popen(
            [*command, "-C", str(etc / "asterisk.conf"), "-f"], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        try:
            _wait(host, ami, process)
            yield BareAsterisk(host, port, ami, carrier, folder, process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    # AMI says so itself: its FullyBooted comes after login, so a greeting plus a loaded channel driver must do here.
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"Asterisk ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1) as link:
            link.settimeout(_START_SECONDS)
            link.sendall(f"Action: Login\r\nUsername: {AMI[0]}\r\nSecret: {AMI[1]}\r\n\r\n".encode())
            seen = b""
            while b"FullyBooted" not in seen:
                got = link.recv(4096)
                if not got:
                    break
                seen += got
            else:
                return
    raise RuntimeError("Asterisk did not come up")
