"""SIPp processes: found, started with logs we can follow, steered while they run, ended with us."""

import asyncio
import contextlib
import errno
import os
import random
import shlex
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import MissingTool, PhoneError
from sim.load import leash

_BETWEEN_SECONDS, _END_SECONDS = 0.3, 5.0
_PORTS = range(19_000, 20_000)
"""Below the ports the system gives away: no phone takes one by chance between the choice and SIPp's start."""


def command(known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """SIPp's command line: `SIM_SIPP`, the profile's, else the one on the path. Raises `MissingTool`."""
    named = os.environ.get("SIM_SIPP")
    if named or known:
        return tuple(shlex.split(named)) if named else known
    found = shutil.which("sipp")
    if found is None:
        raise MissingTool("SIPp is not on this machine: install sip-tester, or name its command line in SIM_SIPP")
    return (found,)


@contextlib.asynccontextmanager
async def pack() -> AsyncIterator[int]:
    """A process group for SIPp: a Ctrl-C at the terminal does not reach it, and should we be killed, it ends too."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-I", leash.__file__, stdin=asyncio.subprocess.PIPE, process_group=0
    )
    try:
        yield holder.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            holder.kill()
        await holder.wait()


@dataclass(slots=True)
class Sipp:
    """One SIPp process."""

    name: str
    folder: Path
    address: str
    """Local address, signalling and media."""
    group: int
    """The process group it runs in."""
    known: tuple[str, ...] = ()
    """The profile's own SIPp."""
    port: int = 0
    control: int = 0
    process: asyncio.subprocess.Process | None = None
    _read: int = 0
    _rest: str = field(default="")

    async def start(self, scenario: str, *arguments: str, target: str = "") -> None:
        """Start it on the scenario file of that name in its folder."""
        self.port, self.control = free_port(self.address), free_port("127.0.0.1")
        words = [*command(self.known), *([target] if target else []), "-sf", f"{scenario}.xml", "-i", self.address]
        words += ["-p", str(self.port), "-cp", str(self.control), "-nostdin", "-trace_err", "-trace_logs"]
        words += ["-log_file", f"{self.name}.log", "-error_file", f"{self.name}.err", *arguments]
        self.process = await asyncio.create_subprocess_exec(
            *words, cwd=self.folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, process_group=self.group,
        )  # fmt: skip

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self.process is not None and self.process.returncode is None

    def lines(self) -> list[str]:
        """What it has logged since last asked."""
        try:
            with (self.folder / f"{self.name}.log").open(encoding="utf-8", errors="replace") as log:
                log.seek(self._read)
                text = self._rest + log.read()
                self._read = log.tell()
        except OSError:
            return []
        *whole, self._rest = text.split("\n")
        return whole

    def steer(self, rate: float, most: int) -> None:
        """Place so many calls a second from now on, and have no more than `most` up."""
        _send(f"cset limit {most}", self.control, "127.0.0.1", self.address)
        _send(f"cset rate {rate:.3f}", self.control, "127.0.0.1", self.address)

    def leave(self, call_id: str) -> None:
        """Tell one call that its caller has had enough."""
        via = f"Via: SIP/2.0/UDP {self.address}:9;branch=z9hG4bK{call_id}"
        text = f"INFO sip:load@{self.address} SIP/2.0\r\n{via}\r\nFrom: <sip:sim@{self.address}>;tag=1\r\n"
        text += f"To: <sip:load@{self.address}>\r\nCall-ID: {call_id}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n"
        _send(text, self.port, self.address, self.address)

    async def stop(self) -> None:
        """End it: told once it places no more, told twice it hangs up what it has."""
        if self.process is None:
            return
        for seconds in (_BETWEEN_SECONDS, _END_SECONDS):
            if self.process.returncode is not None:
                return
            self.process.send_signal(signal.SIGUSR1)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), seconds)
        if self.running:
            self.process.kill()
            await self.process.wait()

    def errors(self) -> str:
        """The last lines of what went wrong in it."""
        try:
            return (self.folder / f"{self.name}.err").read_text(encoding="utf-8", errors="replace")[-400:]
        except OSError:
            return ""


def free_port(address: str) -> int:
    """A UDP port nobody uses at that address. Raises `PhoneError`."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise PhoneError(f"cannot bind SIPp to {address}: {error.strerror}") from error
        return port
    raise PhoneError(f"no free UDP port of {_PORTS.start} to {_PORTS.stop - 1} at {address}")


def _send(text: str, port: int, host: str, source: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((source if host != "127.0.0.1" else "127.0.0.1", 0))
        link.sendto(text.encode(), (host, port))
