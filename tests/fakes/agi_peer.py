"""Asterisk's end of one FastAGI connection: sends a request, reads command lines, answers as told."""

import asyncio
import contextlib
from collections.abc import Sequence

from tests.recordings.tape import Tape, load


def request_bytes(door: str, tape: str = "agi/incoming") -> bytes:
    """The request of a real call, knocking at another door."""
    return load(tape).turns()[0].data.replace(b"incoming?", door.encode() + b"?")


class AgiPeer:
    """One connection to a FastAGI server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, first: bytes = b"") -> "AgiPeer":
        peer = cls(*await asyncio.open_connection("127.0.0.1", port))
        if first:
            peer.writer.write(first)
        return peer

    async def command(self) -> bytes:
        """The next command line, empty when the server closed."""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(20):
                return await self.reader.readline()
        return b""

    def answer(self, reply: bytes) -> None:
        self.writer.write(reply)

    async def closed(self) -> bool:
        """Waits until the server has closed, which must be within 20 s; whatever it still said does not matter."""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(20):
                while await self.reader.read(65_536):
                    pass
        self.writer.close()
        return True

    async def replay(self, tape: Tape, split: int = 0) -> list[bytes]:
        """Asterisk's turns after the request, one per command heard; each in parts of `split` bytes (0: whole)."""
        heard: list[bytes] = []
        for turn in tape.turns()[1:]:
            if turn.side == "us":
                heard.append(await self.command())
            else:
                for part in parts(turn.data, split):
                    self.answer(part)
                    await self.writer.drain()
                    await asyncio.sleep(0)
        return heard


def parts(data: bytes, size: int) -> Sequence[bytes]:
    """`data` in parts of `size` bytes, or whole for 0."""
    return [data[i : i + size] for i in range(0, len(data), size)] if size else [data]
