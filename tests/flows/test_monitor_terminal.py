"""The command as a shell starts it: found through a link, drawn on a terminal, the terminal given back."""

import asyncio
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from core.journal import Journal
from core.settings import PROJECT
from seats.cli.token_file import KeptLogIn, TokenFile
from seats.http.app import app
from tests.fakes.becomes import becomes
from tests.fakes.desk import HOSTILE, Desk, call


def test_the_script_is_found_through_a_link(tmp_path: Path) -> None:
    real, links = tmp_path / "real", tmp_path / "bin"
    real.mkdir()
    links.mkdir()
    (real / "call-monitor").write_bytes((PROJECT / "call-monitor").read_bytes())
    (real / "hotline").write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    for name in ("call-monitor", "hotline"):
        (real / name).chmod(0o755)
    (links / "call-monitor").symlink_to(real / "call-monitor")
    said = subprocess.run([links / "call-monitor", "calls", "a b"], capture_output=True, text=True, check=True)
    assert said.stdout == "monitor|calls|a b|"
    assert os.access(PROJECT / "call-monitor", os.X_OK)


class Terminal:
    """A pseudo-terminal with the board on it."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self.said = bytearray()
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        # The size is the terminal's; whoever runs the tests may have told another one.
        environment = {
            **{name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}},
            "XDG_CONFIG_HOME": str(folder),
            "TERM": "xterm-256color",
            "PYTHONPATH": str(PROJECT),
            "PYTHONUTF8": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ops", "monitor"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)
        asyncio.get_running_loop().add_reader(self._ours, self._read)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def shows(self, text: str) -> bool:
        return text.encode() in self.said

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._ours)
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _read(self) -> None:
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:  # the other end is closed
            asyncio.get_running_loop().remove_reader(self._ours)
            return
        self.said += data


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def terminal(desk: Desk, tmp_path: Path) -> AsyncIterator[Terminal]:
    desk.live.put(call("1.1", "zhengzhou", "3710001", name=HOSTILE, number=HOSTILE))
    async with TestServer(app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock))) as server:
        url = str(server.make_url("")).rstrip("/")
        TokenFile(tmp_path / "call-monitor").keep(KeptLogIn(url, await desk.token("wang"), "wang", ""))
        made = Terminal(tmp_path, (160, 45))
        yield made
        made.close()


async def test_the_board_comes_and_gives_the_terminal_back(terminal: Terminal) -> None:
    await becomes(lambda: terminal.shows("037122223333") and terminal.shows("<script>"), 20)
    # The clear-screen of the hostile name must not be among what the terminal is told.
    assert b"\x1b[2J\xe2\x80\xae" not in terminal.said
    assert "\u202e".encode() not in terminal.said
    assert terminal.shows("\x1b[?1049h")
    terminal.type("q")
    await becomes(lambda: terminal.process.poll() is not None, 10)
    assert terminal.process.returncode == 0
    assert terminal.shows("\x1b[?1049l")
    assert b"Traceback" not in terminal.said


async def test_ctrl_c_leaves(terminal: Terminal) -> None:
    await becomes(lambda: terminal.shows("郑州"), 20)
    terminal.type("\x03")
    await becomes(lambda: terminal.process.poll() is not None, 10)
    assert terminal.process.returncode == 0
    assert b"Traceback" not in terminal.said
