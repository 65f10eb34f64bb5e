"""A worker process: one SIP stack, its phones and legs, commanded over a socket with one JSON object a line.

A command `{"n": 7, "do": "dial", …}` is answered by `{"n": 7, "ok": …}` or `{"n": 7, "error": "…"}`; what happens on
its own is told as `{"event": "ringing", "leg": "…", "at": <monotonic seconds>, …}`. When the parent goes, so does the
worker.
"""

import asyncio
import contextlib
import json
import logging
import re
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from baresip.call import Call
from baresip.errors import BaresipError, StaleHandleError

from sim.account import Account
from sim.errors import PhoneError, SimError
from sim.leg import Leg, Speech
from sim.phone import Phone
from sim.stack import Stack

_TICK_SECONDS = 0.02
_LINE_BYTES = 1 << 20
_TRANSFER_SECONDS = 30.0
_USER = re.compile(r"^(?:<)?sips?:(?:([^@;>]*)@)?")


class Worker:
    """What the parent's commands act upon."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._stack: Stack | None = None
        self._folder = Path()
        self._phones: dict[str, Phone] = {}
        self._legs: dict[str, Leg] = {}
        self._count = 0
        self._speeches: dict[str, bytes] = {}
        self._words: dict[str, int] = {}
        """How often each leg was told what to say."""
        self._pumping: asyncio.Task[None] | None = None
        self._commands: dict[str, Callable[..., Awaitable[Any]]] = {
            "open": self.open,
            "phone": self.phone,
            "register": self.register,
            "unregister": self.unregister,
            "dial": self.dial,
            "answer": self.answer,
            "decline": self.decline,
            "hang_up": self.hang_up,
            "keys": self.keys,
            "hold": self.hold,
            "resume": self.resume,
            "transfer": self.transfer,
            "attended_transfer": self.attended_transfer,
            "say": self.say,
        }

    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do one command; its reply. A phone that cannot do it is a reply too, never the end of the worker."""
        number = command.pop("n")
        try:
            return {"n": number, "ok": await self._commands[command.pop("do")](**command)}
        except StaleHandleError:
            return {"n": number, "error": "the call is over", "gone": True}
        except (SimError, BaresipError, OSError) as error:
            return {"n": number, "error": str(error)}

    async def open(self, address: str, port: int, folder: str, rtp: list[int], headers: list[str]) -> None:
        """Start the stack on `address`, SIP port 0: any; recordings go to `folder`."""
        self._folder = Path(folder)
        self._stack = Stack(address, tuple(headers))
        await self._stack.open(rtp[0], rtp[1], port)
        await self._stack.trace(lambda text, at: self._tell({"event": "sip", "at": at, "text": text}))
        self._pumping = asyncio.create_task(self._pump())

    async def close(self) -> None:
        """End every call and stop the stack."""
        if self._pumping is not None:
            self._pumping.cancel()
        for leg in list(self._legs.values()):
            if not leg.closed:
                with contextlib.suppress(BaresipError):
                    await leg.call.hangup()
        if self._stack is not None:
            await self._stack.close()

    async def phone(self, phone: str, account: dict[str, Any]) -> None:
        """Make a phone of that name."""
        codecs = tuple(account.pop("codecs"))
        made = Account(codecs=codecs, **account)
        self._phones[phone] = await Phone.create(
            self._running(), made, lambda call, direction: self._arrive(phone, call, direction)
        )

    async def register(self, phone: str) -> None:
        """Register it."""
        await self._phones[phone].register()

    async def unregister(self, phone: str) -> None:
        """Take its registration away."""
        await self._phones[phone].unregister()

    async def dial(self, phone: str, number: str, headers: dict[str, str]) -> str:
        """Dial; the new leg's name."""
        at = time.monotonic()
        call = await self._phones[phone].dial(number, headers)
        return self._adopt(phone, call, "out", at, number)

    async def answer(self, leg: str) -> None:
        """Answer an incoming leg."""
        await self._legs[leg].call.answer()

    async def decline(self, leg: str) -> None:
        """Decline it (486)."""
        await self._legs[leg].call.reject()

    async def hang_up(self, leg: str) -> None:
        """End it."""
        await self._legs[leg].call.hangup()

    async def keys(self, leg: str, keys: str, gap_ms: int) -> None:
        """Send telephone keys, one after the other."""
        await self._legs[leg].call.send_dtmf(keys, interdigit_ms=gap_ms)

    async def hold(self, leg: str) -> None:
        """Put the far end on hold."""
        await _when_free(self._legs[leg].call.hold)

    async def resume(self, leg: str) -> None:
        """Take it off hold."""
        await _when_free(self._legs[leg].call.resume)

    async def transfer(self, leg: str, address: str) -> None:
        """Blind transfer; returns when the far end reports its outcome."""
        await self._legs[leg].call.transfer(address, timeout=_TRANSFER_SECONDS)

    async def attended_transfer(self, leg: str, consult: str) -> None:
        """Connect the far ends of two legs of one phone with each other."""
        call, other = self._legs[leg].call, self._legs[consult].call
        await _when_free(call.hold)
        await _when_free(other.hold)
        await call.attended_transfer(other, timeout=_TRANSFER_SECONDS)

    async def say(self, leg: str, speech: str, pcm: str, loop: bool) -> None:
        """Say the PCM file (16-bit, mono, 8 kHz) from now on; an empty name is silence."""
        self._words[leg] = word = self._words.get(leg, 0) + 1
        if pcm and pcm not in self._speeches:
            self._speeches[pcm] = await asyncio.to_thread(Path(pcm).read_bytes)
        # While a file was read, something else may have been asked for: the last word holds.
        if self._words[leg] == word:
            self._legs[leg].say(Speech(speech, self._speeches[pcm], loop) if pcm else None)

    def _running(self) -> Stack:
        if self._stack is None:
            raise PhoneError("the stack is not open")
        return self._stack

    def _arrive(self, phone: str, call: Call, direction: str) -> None:
        self._adopt(phone, call, direction, time.monotonic(), "")

    def _adopt(self, phone: str, call: Call, direction: str, at: float, dialled: str) -> str:
        self._count += 1
        name = f"{phone}-{self._count}"
        found = _USER.match(call.peer or "")
        self._tell(
            {
                "event": "leg",
                "leg": name,
                "phone": phone,
                "at": at,
                "direction": direction,
                "dialled": dialled,
                "peer": call.peer or "",
                "peer_user": unquote(found.group(1) or "") if found else "",
                "headers": call.headers,
                "call_id": call.call_id or "",
            }
        )

        def report(event: str, details: dict[str, Any]) -> None:
            self._tell({"event": event, "leg": name, "at": time.monotonic(), **details})

        self._legs[name] = Leg(self._running(), call, name, self._folder, report)
        return name

    async def _pump(self) -> None:
        # One clock for all legs: forty tasks waking every 20 ms cost more than the audio itself.
        due = time.monotonic()
        while True:
            for leg in [leg for leg in self._legs.values() if not leg.closed]:
                leg.pump()
            due = max(due + _TICK_SECONDS, time.monotonic())
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _when_free(change: Callable[[], Awaitable[None]]) -> None:
    """Hold or resume, again while the stack says another offer is on its way (up to 2 s)."""
    end = time.monotonic() + 2.0
    while True:
        try:
            return await change()
        except BaresipError as error:
            if "in flight" not in str(error) or time.monotonic() > end:
                raise
        await asyncio.sleep(0.05)


async def serve(link: socket.socket) -> None:
    """Obey the parent at the other end of `link` until it closes."""
    reader, writer = await asyncio.open_connection(sock=link, limit=_LINE_BYTES)

    def tell(message: dict[str, Any]) -> None:
        writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    worker = Worker(tell)
    running: set[asyncio.Task[None]] = set()

    async def obey(line: bytes) -> None:
        tell(await worker.obey(json.loads(line)))

    while line := await reader.readline():
        task = asyncio.create_task(obey(line))
        running.add(task)
        task.add_done_callback(running.discard)
    await worker.close()


def main(arguments: list[str]) -> int:
    """`python -m sim.worker FD`: the socket's file descriptor, inherited."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(serve(socket.socket(fileno=int(arguments[0]))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
