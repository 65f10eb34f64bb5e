"""Catches what a real Asterisk with our own configuration tells the reader of the live picture.

    python -m tests.recordings.catch_live     writes ami/hotline_day.jsonl

A caller who is held, moved to another city and listened to; one nobody answers; a pause; seats that come and go.
"""

import contextlib
import inspect
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from core.settings import Settings
from ops.runtime import asterisk as runtime
from tests.asterisk import conftest
from tests.asterisk.conftest import Telephony, until
from tests.fakes.sipp import Stage
from tests.recordings.tape import Piece, Tape, save

HOW = (
    "Caught from Asterisk 22 with our rendered configuration by tests/recordings/catch_live.py: what the AMI reader is "
    "told while a caller of 新乡 is answered, held, listened to and moved to 洛阳, another is rung out and gives up, "
    "a seat pauses, and seats register and leave."
)
CALLER = "<sip:03735123456@127.0.0.2>"
SECOND = "<sip:03735123457@127.0.0.2>"


class Manager:
    """One raw login; keeps every read."""

    def __init__(self, running: Telephony, user: str, secret: str) -> None:
        self.pieces: list[Piece] = []
        self._socket = socket.create_connection(("127.0.0.1", running.settings.ami.port))
        threading.Thread(target=self._read, daemon=True).start()
        self.say("Login", Username=user, Secret=secret)
        until(lambda: b"Authentication accepted" in self.heard)

    @property
    def heard(self) -> bytes:
        return b"".join(piece.data for piece in self.pieces)

    def say(self, action: str, **fields: str) -> None:
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in fields.items())]
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")

    def times(self, event: str) -> int:
        return self.heard.count(f"Event: {event}\r\n".encode())

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                self.pieces.append(Piece("asterisk", data))


def story(running: Telephony, stage: Stage, reader: Manager, commander: Manager) -> None:
    """Everything that happens on the tape."""

    def seat(number: str, answer_after: float | None = 0.3) -> Callable[[], None]:
        player = stage.seat(number, running.secrets.seat(number), answer_after=answer_after)

        def leave() -> None:
            player.stop()
            stage.leave(number)

        return leave

    leaving = [seat("3730001"), seat("3790001"), seat("3719001")]
    first = stage.call(CALLER, stay=6, hold=0.5)
    until(lambda: reader.times("BridgeEnter") >= 2)
    uniqueid = reader.heard.split(b"Uniqueid: ", 1)[1].split(b"\r\n", 1)[0].decode()
    spy = {"Channel": "PJSIP/3719001", "Context": "supervise-listen", "Exten": "s", "Priority": "1", "Async": "true"}
    commander.say("Originate", **spy, Variable=f"SUPERVISE_CHANNEL={uniqueid}")
    until(lambda: reader.times("ChanSpyStart"))
    until(lambda: reader.times("Unhold"))
    channel = reader.heard.split(b"Channel: ", 1)[1].split(b"\r\n", 1)[0].decode()
    commander.say("Setvar", Channel=channel, Variable="SUPERVISE_QUEUE", Value="luoyang")
    commander.say("Redirect", Channel=channel, Context="supervise-move", Exten="s", Priority="1")
    until(lambda: reader.times("AgentConnect") >= 2)
    first.wait()
    for leave in leaving:
        leave()
    leaving = [seat("3730001", None)]
    second = stage.call(SECOND, stay=4)
    until(lambda: reader.times("QueueCallerAbandon"))
    second.wait()
    commander.say("QueuePause", Interface="PJSIP/3730001", Paused="true", Reason="午餐")
    until(lambda: b"Paused: 1" in reader.heard)
    commander.say("QueuePause", Interface="PJSIP/3730001", Paused="false")
    gone = reader.times("DeviceStateChange")
    leaving[0]()
    until(lambda: reader.times("DeviceStateChange") > gone)


def main() -> None:
    cache = Settings().paths.cache
    started = contextlib.contextmanager(inspect.unwrap(conftest.telephony))
    with started(cache) as running, tempfile.TemporaryDirectory() as folder:
        stage = Stage(runtime.sipp(cache, conftest.say_nothing), Path(folder), running.settings.sip.port)
        reader = Manager(running, "reader", running.secrets.ami_reader)
        commander = Manager(running, "commander", running.secrets.ami_commander)
        try:
            story(running, stage, reader, commander)
        finally:
            stage.close()
            reader.close()
            commander.close()
        until(lambda: running.channels() == 0)
        save("ami/hotline_day", Tape(HOW, tuple(reader.pieces)))


if __name__ == "__main__":
    main()
