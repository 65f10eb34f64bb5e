"""The `Recogniser` on Vosk.

Worker processes, started anew when they die, killed when they freeze, never more hearings than allowed.
"""

import asyncio
import logging
import struct
from types import TracebackType
from typing import Final, Self

from core.errors import BadInput
from ivr.speech.recogniser import Heard, SpeechAway, SpeechBusy
from ivr.speech.vosk_folder import VoskFolder
from ivr.speech.worker_process import WorkerProcess
from ivr.speech.worker_wire import Frame, Kind, WireBroken, heard_of, rate_payload

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
"""Seconds before a worker that died is started again; doubled each time it dies before it was ready."""
_RATES: Final = range(4000, 96_001)

log = logging.getLogger("speech")


class VoskRecogniser:
    """A `Recogniser`. Workers start with the first `listen`, or at once with `start`."""

    def __init__(
        self, folder: VoskFolder, *, workers: int = 1, threads: int = 1, streams: int = 20, deadline: float = 2.0
    ) -> None:
        """`threads` a worker share its model; `streams`: hearings at once in all; `deadline`.

        Seconds one answer may take.
        """
        self._folder = folder
        self._streams = streams
        self._deadline = deadline
        self._benches = [_Bench(folder, threads, deadline) for _ in range(workers)]
        self._open = 0
        self._closed = False

    def wake(self) -> None:
        """Start the workers, without waiting for them."""
        for bench in self._benches:
            bench.wake()

    async def start(self, timeout: float) -> None:
        """Wait until every worker has its model loaded.

        Raises `SpeechAway` when that takes longer than `timeout` seconds, or a worker ends over it.
        """
        self.wake()
        await asyncio.gather(*(bench.loaded(timeout) for bench in self._benches))

    def feed_rate(self, rate: int) -> int:
        return self._folder.feed_rate(rate)

    async def listen(self, rate: int = 8000) -> "VoskHearing":
        if self._closed:
            raise SpeechAway("recognition is closed")
        if rate not in _RATES or self._folder.feed_rate(rate) != rate:
            raise BadInput(f"{self._folder.path.name} takes sound at {self._folder.rate} Hz, not {rate}")
        if self._open >= self._streams:
            raise SpeechBusy(f"all {self._streams} places of speech recognition are taken")
        self.wake()
        # A place is taken before anything is awaited, or two could take the last one.
        self._open += 1
        bench = min(self._benches, key=lambda one: (not one.alive, one.load))
        hearing = VoskHearing(self, bench)
        try:
            await bench.ready(self._deadline)
            await hearing.open(rate)
        except BaseException:
            await hearing.close()
            raise
        return hearing

    async def close(self) -> None:
        self._closed = True
        await asyncio.gather(*(bench.close() for bench in self._benches))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def hearings(self) -> int:
        """Places taken."""
        return self._open

    def give_back(self) -> None:
        """A hearing has ended."""
        self._open -= 1


class VoskHearing:
    """A `Hearing`: one recogniser in one worker."""

    def __init__(self, recogniser: VoskRecogniser, bench: "_Bench") -> None:
        self._recogniser = recogniser
        self._bench = bench
        self._number = bench.number()
        self._process: WorkerProcess | None = None
        self._closed = False

    async def open(self, rate: int) -> None:
        """Make the recogniser in the worker."""
        self._process = self._bench.process
        await self._ask(Frame(Kind.OPEN, self._number, rate_payload(rate)))

    async def hear(self, samples: bytes) -> Heard:
        return await self._ask(Frame(Kind.SOUND, self._number, samples))

    async def finish(self) -> Heard:
        return await self._ask(Frame(Kind.FINISH, self._number))

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._recogniser.give_back()
        self._bench.leave()
        if self._process is not None:
            self._process.tell(Frame(Kind.CLOSE, self._number))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, frame: Frame) -> Heard:
        if self._closed or self._process is None:
            raise SpeechAway("this hearing is closed")
        try:
            answer = await self._process.ask(frame, self._bench.deadline)
        except asyncio.CancelledError:
            # The answer is still to come and would be taken for the next one's.
            await self.close()
            raise
        if answer.kind is Kind.FAILED:
            raise SpeechAway(f"speech recognition gave up: {answer.payload.decode(errors='replace')}")
        try:
            return heard_of(answer.payload)
        except (ValueError, struct.error) as error:
            raise SpeechAway(f"speech recognition answers nonsense: {error}") from error


class _Bench:
    """One worker's place: keeps a process running in it."""

    def __init__(self, folder: VoskFolder, threads: int, deadline: float) -> None:
        self.deadline = deadline
        self.load = 0
        self.process: WorkerProcess | None = None
        self._folder = folder
        self._threads = threads
        self._numbers = 0
        self._ready = asyncio.Event()
        self._failed = asyncio.Event()
        """A process ended before its model was loaded."""
        self._keeper: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """A process is there and has its model loaded."""
        return self._ready.is_set()

    def wake(self) -> None:
        """Keep a process running from now on."""
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="speech worker")

    async def ready(self, timeout: float) -> None:
        """Raises `SpeechAway` when no model is loaded within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        except TimeoutError:
            raise SpeechAway("speech recognition is not running (yet)") from None

    async def loaded(self, timeout: float) -> None:
        """The same; and when the first process ends without: the next one would, too."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._ready, self._failed)]
        try:
            done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        if waiting[0] not in done:
            why = "cannot be loaded: it is damaged, or not Vosk's" if done else f"is not loaded after {timeout:g} s"
            raise SpeechAway(f"the model {why}")

    def number(self) -> int:
        """A number no other hearing of this worker has; one more hearing here."""
        self._numbers = self._numbers % 0xFFFF_FFFF + 1
        self.load += 1
        return self._numbers

    def leave(self) -> None:
        """One hearing less here."""
        self.load -= 1

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def _keep(self) -> None:
        wait = _FIRST_WAIT
        while True:
            process = WorkerProcess(self._folder.path, self._threads)
            try:
                await process.start()
                self.process = process
                async for _ in process.life():
                    wait = _FIRST_WAIT
                    self._ready.set()
                    log.info("a speech worker has loaded its model", extra={"worker": process.pid})
            except (OSError, WireBroken) as error:
                log.error("speech worker failed: %s", error)
            finally:
                if not self.alive:
                    self._failed.set()
                self._ready.clear()
                await process.end()
            log.warning("speech worker ended (%s); next one in %.1f s", process.verdict, wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
