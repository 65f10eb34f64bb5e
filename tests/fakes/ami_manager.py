"""Asterisk's end of the manager interface, in bytes of the real one: logs in, answers, plays events, falls silent."""

import asyncio
import contextlib
from collections.abc import Mapping

from tests.recordings.tape import load

HELLO = b"Asterisk Call Manager/11.0.0\r\n"
SECRET = "tape-secret"


def events_of(tape: str) -> bytes:
    """The events a tape holds, without banner and responses."""
    parts = load(tape).heard.partition(b"\r\n")[2].split(b"\r\n\r\n")
    return b"".join(part + b"\r\n\r\n" for part in parts if part.startswith(b"Event: "))


def answer_of(tape: str, action_id: str) -> bytes:
    """Everything that carries one action's id, the events of its list included."""
    parts = load(tape).heard.partition(b"\r\n")[2].split(b"\r\n\r\n")
    mark = f"ActionID: {action_id}".encode()
    return b"".join(part + b"\r\n\r\n" for part in parts if mark in part.split(b"\r\n"))


class AmiManager:
    """A server of one user, `watcher`."""

    def __init__(self) -> None:
        self.logins = 0
        self.pings = 0
        self.silent = False
        """Read, and say nothing any more: the other side of a half-open link."""
        self.answers: Mapping[str, tuple[str, bytes]] = {}
        """Action -> id it had on the tape, and what came then."""
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Drops every link at once."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def say(self, data: bytes) -> None:
        """To everybody who is logged in."""
        for writer in self._writers:
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in text.split("\r\n") if line)
                if not self.silent:
                    writer.write(self._reply(fields, writer))

    def _reply(self, fields: Mapping[str, str], writer: asyncio.StreamWriter) -> bytes:
        action, action_id = fields["Action"].lower(), fields.get("ActionID", "")
        head = f"ActionID: {action_id}\r\n"
        if action == "login":
            if fields["Secret"] != SECRET:
                return f"Response: Error\r\n{head}Message: Authentication failed\r\n\r\n".encode()
            self.logins += 1
            self._writers.append(writer)
            return f"Response: Success\r\n{head}Message: Authentication accepted\r\n\r\n".encode()
        if action == "ping":
            self.pings += 1
            return f"Response: Success\r\n{head}Ping: Pong\r\nTimestamp: 1795316792.071854\r\n\r\n".encode()
        if action in self.answers:
            recorded, answer = self.answers[action]
            return answer.replace(f"ActionID: {recorded}\r\n".encode(), head.encode())
        return (
            b""
            if action == "neveranswers"
            else f"Response: Error\r\n{head}Message: Invalid/unknown command\r\n\r\n".encode()
        )
