"""A FastAGI server that does what a test tells it to, bad ways included. Nothing of ours tests itself here."""

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping

Behaviour = Callable[[socket.socket, str], None]
"""Serves one connection; gets the socket and the request path after the request has been read."""


class ScriptedDoors:
    """Listens on `port` of loopback; every connection gets `behaviour`."""

    def __init__(self, port: int, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked: list[str] = []
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(64)
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Refuse from now on, and drop every connection."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for link in self._open:
            link.close()

    def __enter__(self) -> "ScriptedDoors":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(link)
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError):
            request = b""
            while b"\n\n" not in request:
                got = link.recv(4096)
                if not got:
                    return
                request += got
            path = request.split(b"agi_network_script: ", 1)[1].split(b"\n", 1)[0].decode()
            self.asked.append(path)
            self.behaviour(link, path)


def deciding(variables: Mapping[str, Mapping[str, str]]) -> Behaviour:
    """A good door: sets the variables listed for its path, then closes."""

    def serve(link: socket.socket, path: str) -> None:
        for name, value in variables[path].items():
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            link.sendall(f'SET VARIABLE {name} "{quoted}"\n'.encode())
            link.recv(4096)
        link.close()

    return serve


def asking(names: tuple[str, ...], answers: dict[str, str]) -> Behaviour:
    """Reads the variables into `answers` as Asterisk sends them, then closes without a decision."""

    def serve(link: socket.socket, path: str) -> None:
        for name in names:
            link.sendall(f"GET VARIABLE {name}\n".encode())
            answers[name] = link.recv(8192).decode(errors="replace")
        link.close()

    return serve


def silent(link: socket.socket, path: str) -> None:
    """Reads the request, says nothing, never closes."""
    with contextlib.suppress(OSError):
        link.recv(1)


def slow(link: socket.socket, path: str) -> None:
    """Always about to decide: one harmless command after another."""
    pause = threading.Event()
    with contextlib.suppress(OSError):
        while not pause.wait(0.2):
            link.sendall(b'VERBOSE "soon" 1\n')
            link.recv(4096)


def garbage(link: socket.socket, path: str) -> None:
    """Says nonsense and closes."""
    link.sendall(b"\x00\xff\xfe GET / HTTP/1.1\r\n" * 40)
    link.close()


def hanging_up(link: socket.socket, path: str) -> None:
    """Closes at once."""
    link.close()
