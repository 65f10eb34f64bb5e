"""One recognition worker seen from the service.

Starts it, passes questions and answers, notices its death, kills it when it freezes.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ivr.speech.recogniser import SpeechAway
from ivr.speech.worker_wire import Frame, Frames, Kind, WireBroken

_READ: Final = 65_536
_PROJECT: Final = Path(__file__).parents[2]
_GONE: Final = "speech recognition has gone"


class WorkerProcess:
    """One process. Not started again: the next one is another object."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._command = (sys.executable, "-m", "ivr.speech.vosk_worker", str(folder), str(threads))
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._over = False

    @property
    def verdict(self) -> str:
        """How it ended, for the log."""
        code = self._process.returncode if self._process else None
        if code is not None and code < 0:
            return signal.Signals(-code).name
        return f"exit code {code}"

    @property
    def pid(self) -> int | None:
        """Of the process, once it is started."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Raises `OSError`."""
        paths = os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH"))))
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": paths},
            # A Ctrl-C in the terminal is for the service, which then ends its workers.
            start_new_session=True,
        )

    async def life(self) -> AsyncIterator[None]:
        """Runs until the process ends; yields once, when its model is loaded. Raises `WireBroken`."""
        assert self._process is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        frames = Frames()
        while data := await self._process.stdout.read(_READ):
            for frame in frames.feed(data):
                if frame.kind is Kind.READY:
                    yield
                elif (waiting := self._waiting.pop(frame.hearing, None)) is not None and not waiting.done():
                    waiting.set_result(frame)

    async def ask(self, frame: Frame, deadline: float) -> Frame:
        """The answer to `frame`.

        Raises `SpeechAway` when the process has gone, or says nothing for `deadline` seconds: then it is killed.
        """
        if self._over or frame.hearing in self._waiting:
            raise SpeechAway(_GONE)
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[frame.hearing] = answer
        try:
            async with asyncio.timeout(deadline):
                self.tell(frame)
                with suppress(ConnectionError):
                    await self._stdin().drain()
                await answer
        except TimeoutError:
            self.kill()
            raise SpeechAway(f"speech recognition said nothing for {deadline:g} s") from None
        finally:
            self._waiting.pop(frame.hearing, None)
        return answer.result()

    def tell(self, frame: Frame) -> None:
        """Send without waiting for anything."""
        if not self._over:
            self._stdin().write(frame.encoded())

    def kill(self) -> None:
        """End it the hard way; `life` then ends too."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def end(self) -> None:
        """It is over: everyone who waits is told, the process is reaped."""
        self._over = True
        self.kill()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SpeechAway(_GONE))
        if self._process is not None:
            self._stdin().close()
            await self._process.wait()

    def _stdin(self) -> asyncio.StreamWriter:
        if self._process is None or self._process.stdin is None:
            raise WireBroken("not started")
        return self._process.stdin
