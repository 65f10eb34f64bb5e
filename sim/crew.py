"""The parent's side of the worker processes: one or more by address, found room in, replaced when used up."""

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.account import Account
from sim.errors import PhoneError
from sim.handset import GoneError, Handset, LegView
from sim.recording import Recording
from sim.sip import SipMessage, parse_trace

_HANDLES_A_WORKER = 900
"""A stack has 1,023 handles in its life, one a phone and one a call; a worker is retired before that."""
_LEGS_A_WORKER = 36
_RTP_FIRST = 40000
_RTP_PORTS = 1000
_RTP_LAST = 60000
_LINE_BYTES = 1 << 20
_COMMAND_SECONDS = 40.0


class Worker:
    """One worker process, at one address; `port` is that of its SIP socket, 0: any."""

    def __init__(self, address: str, port: int, folder: Path, changed: Callable[[], None]) -> None:
        self.address = address
        self.port = port
        self.handles = 0
        self.private = False
        """For one phone alone."""
        self._dead = False
        self.phones: dict[str, Handset] = {}
        self.messages: dict[str, list[SipMessage]] = {}
        """SIP messages by Call-ID, registrations among them."""
        self._folder = folder
        self._changed = changed
        self._legs: dict[str, LegView] = {}
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._count = 0
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def live_legs(self) -> int:
        """Legs of it that are not over."""
        return sum(not leg.over for leg in self._legs.values())

    async def start(self, rtp: tuple[int, int], headers: tuple[str, ...]) -> None:
        """Start the process and its stack. Raises `PhoneError`."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "sim.worker", str(theirs.fileno()),
                pass_fds=(theirs.fileno(),), stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL, env=_environment(), process_group=0,
            )  # fmt: skip
        reader, self._writer = await asyncio.open_connection(sock=ours, limit=_LINE_BYTES)
        self._reading = asyncio.create_task(self._read(reader))
        self._folder.mkdir(parents=True, exist_ok=True)
        place = {"address": self.address, "port": self.port, "folder": str(self._folder)}
        await self.command("open", **place, rtp=list(rtp), headers=list(headers))

    async def phone(self, name: str, account: Account) -> Handset:
        """A new handset in this worker, not registered."""
        handset = Handset(name, account, self)
        self.phones[name] = handset
        self.handles += 1
        await self.command("phone", phone=name, account=asdict(account))
        return handset

    async def command(self, verb: str, **details: Any) -> Any:
        """One command and its answer. Raises `PhoneError`; `GoneError` when the leg is over."""
        if self._dead:
            raise GoneError("the phone has died")
        if self._writer is None or (self._reading is not None and self._reading.done()):
            raise PhoneError(f"the phone process at {self.address} has ended")
        self._count += 1
        number = self._count
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._writer.write(json.dumps({"n": number, "do": verb, **details}, ensure_ascii=False).encode() + b"\n")
        try:
            return await asyncio.wait_for(answer, _COMMAND_SECONDS)
        except TimeoutError as error:
            raise PhoneError(f"the phone did not {verb} within {_COMMAND_SECONDS:.0f} s") from error
        finally:
            self._waiting.pop(number, None)

    async def die(self) -> None:
        """End at once, without a word to anybody: every leg of it is over."""
        if self._process is None or self._process.returncode is not None:
            return
        self._dead = True
        self._process.kill()
        await self._process.wait()
        for leg in self._legs.values():
            if not leg.over:
                leg.take({"event": "closed", "at": time.monotonic(), "text": "the phone died"})
        self._changed()

    async def stop(self) -> None:
        """Close the link: the worker ends its calls and goes; a stuck one is killed."""
        if self._writer is None or self._process is None:
            return
        with contextlib.suppress(OSError):
            self._writer.write_eof()
        try:
            await asyncio.wait_for(self._process.wait(), 6)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._take(json.loads(line))
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    told = f"the phone process at {self.address} ended unexpectedly"
                    answer.set_exception(GoneError("the phone died") if self._dead else PhoneError(told))

    def _take(self, message: dict[str, Any]) -> None:
        if "n" in message:
            answer = self._waiting.get(message["n"])
            if answer is None or answer.done():
                return
            if "error" in message:
                kind = GoneError if message.get("gone") else PhoneError
                answer.set_exception(kind(message["error"]))
            else:
                answer.set_result(message["ok"])
            return
        if message["event"] == "sip":
            traced = parse_trace(message["text"], message["at"])
            if traced is not None:
                self.messages.setdefault(traced.call_id, []).append(traced)
        elif message["event"] == "leg":
            self._begin(message)
        else:
            self._legs[message["leg"]].take(message)
        self._changed()

    def _begin(self, message: dict[str, Any]) -> None:
        name = message["leg"]
        recording = Recording(self._folder / f"{name}.pcm", self._folder / f"{name}.places")
        leg = LegView(
            name=name, phone=message["phone"], direction=message["direction"], peer=message["peer"],
            peer_user=message["peer_user"], dialled=message["dialled"], headers=message["headers"],
            call_id=message["call_id"], began=message["at"], recording=recording, worker=self,
        )  # fmt: skip
        self.handles += 1
        self._legs[name] = leg
        self.phones[leg.phone].take(leg)


class Crew:
    """Every phone of a run. Use as `async with`."""

    def __init__(self, folder: Path, headers: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self._headers = headers
        self._workers: list[Worker] = []
        self._opening = asyncio.Lock()
        self._pulse = asyncio.Event()

    async def __aenter__(self) -> "Crew":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def phone(self, name: str, account: Account, address: str, port: int = 0, *, alone: bool = False) -> Handset:
        """A handset at that local address (and SIP port, 0: any), in a worker with room for it; `alone` in its own."""
        async with self._opening:
            here = [w for w in self._workers if (w.address, w.port) == (address, port)]
            worker = None if alone else next((w for w in here if _has_room(w)), None)
            if alone:
                worker = await self._hire(address, port)
                worker.private = True
            if worker is None and here and port:
                raise PhoneError(f"{address}:{port} has room for {_LEGS_A_WORKER} phones, no more")
            if worker is None:
                worker = await self._hire(address, port)
        return await worker.phone(name, account)

    async def until(self, condition: Callable[[], Any], within: float) -> Any:
        """What `condition()` gave when it first was true, asked at every event and every 100 ms; else its last
        value."""
        end = time.monotonic() + within
        while True:
            # Cleared before looking, so that an event in between is not missed.
            self._pulse.clear()
            value = condition()
            left = end - time.monotonic()
            if value or left <= 0:
                return value
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pulse.wait(), min(left, 0.1))

    def wake(self) -> None:
        """Something has changed: whoever waits in `until` looks again."""
        self._pulse.set()

    async def close(self) -> None:
        """End every call and every worker."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        self._workers.clear()

    async def _hire(self, address: str, port: int) -> Worker:
        number = len(self._workers)
        worker = Worker(address, port, self.folder / f"phones-{number}", self.wake)
        first = _RTP_FIRST + (os.getpid() * 7 + number) % ((_RTP_LAST - _RTP_FIRST) // _RTP_PORTS) * _RTP_PORTS
        self._workers.append(worker)
        await worker.start((first, first + _RTP_PORTS - 2), self._headers)
        return worker


def _has_room(worker: Worker) -> bool:
    return not worker.private and len(worker.phones) < _LEGS_A_WORKER and worker.handles < _HANDLES_A_WORKER


def _environment() -> dict[str, str]:
    """The worker finds this package wherever we were started from."""
    root = str(Path(__file__).resolve().parent.parent)
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root}
