"""A TCP proxy that cuts, or falls silent, when told to."""

import asyncio
import contextlib


class CuttingProxy:
    """Listens on a port of its own and passes bytes to and from `port` on loopback."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.silent = False
        """Nothing passes any more, yet no link is closed: a half-open one."""
        self.links = 0
        """Connections taken so far."""
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "CuttingProxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Drop every link at once, wherever in a message it is."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        there, away = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, away]
        for one, other in ((reader, away), (there, writer)):
            task = asyncio.create_task(self._pass(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if not self.silent:
                    writer.write(data)
        writer.transport.abort()
