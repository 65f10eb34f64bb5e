"""Many callers speaking at once, in real time, with the same model: our recogniser against a server of the usual kind.

The server is `tests/fakes/vosk_server.py`, after the pattern of vosk-server, which is on no package index and dies with
the current `websockets`.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np
import psutil

from core.clock import SystemClock
from core.console import print_table
from core.settings import Settings
from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.models import demonstration
from ivr.speech.sound import TELEPHONE_RATE, levelled, resampled
from ivr.speech.vosk_folder import VoskFolder, look_at
from ivr.speech.vosk_recogniser import VoskRecogniser

TITLE = "streams of speech at once: lag of what is understood, and processor a stream, against a usual server"
STREAMS = (10, 20)
ROUNDS = 2
SECONDS = 8
_PIECE = 1600
"""Bytes: 100 ms."""
_TEXT = "我想问一下个体工商户怎么注销，车辆购置税怎么交，赡养老人怎么扣，二手房过户交什么税"
CLOCK = SystemClock()
Hear = Callable[[bytes], Awaitable[object]]


@dataclass
class Figures:
    """Of one contender."""

    lags: list[float] = field(default_factory=list)
    spent: float = 0.0
    streamed: float = 0.0


async def stream(hear: Hear, sound: bytes, late: float, figures: Figures) -> None:
    """One caller, in real time; the lag of a piece is from when it was there to when it was understood."""
    begun = CLOCK.monotonic() + late
    for number, start in enumerate(range(0, len(sound), _PIECE)):
        due = begun + (number + 1) * 0.1
        await asyncio.sleep(max(due - CLOCK.monotonic(), 0))
        await hear(sound[start : start + _PIECE])
        figures.lags.append(CLOCK.monotonic() - due)
    figures.streamed += len(sound) / 16_000


async def ours(recogniser: VoskRecogniser, worker: psutil.Process, count: int, sound: bytes, figures: Figures) -> None:
    before = worker.cpu_times()
    hearings = [await recogniser.listen() for _ in range(count)]
    await asyncio.gather(*(stream(one.hear, sound, 0.1 * k / count, figures) for k, one in enumerate(hearings)))
    for one in hearings:
        await one.close()
    figures.spent += _spent(worker, before)


async def theirs(url: str, server: psutil.Process, count: int, sound: bytes, figures: Figures) -> None:
    before = server.cpu_times()
    async with aiohttp.ClientSession() as web:
        links = [await web.ws_connect(url) for _ in range(count)]

        def hear(link: aiohttp.ClientWebSocketResponse) -> Hear:
            async def one(piece: bytes) -> object:
                await link.send_bytes(piece)
                return await link.receive_str()

            return one

        await asyncio.gather(*(stream(hear(one), sound, 0.1 * k / count, figures) for k, one in enumerate(links)))
        for link in links:
            await link.close()
    figures.spent += _spent(server, before)


def _spent(process: psutil.Process, before: object) -> float:
    now = process.cpu_times()
    return float(now.user + now.system - before.user - before.system)  # type: ignore[attr-defined]


async def measure(folder: VoskFolder, server: psutil.Process, port: int) -> list[tuple[str, ...]]:
    """A row for each number of streams and contender."""
    spoken = levelled(resampled(EspeakSpeaker().say(_TEXT), TELEPHONE_RATE)).samples[: SECONDS * TELEPHONE_RATE]
    sound = spoken.astype("<i2").tobytes()
    rows = []
    async with VoskRecogniser(folder, threads=2, streams=max(STREAMS), deadline=20) as recogniser:
        await recogniser.start(60)
        kin = psutil.Process().children(recursive=True)
        worker = next(one for one in kin if "ivr.speech.vosk_worker" in one.cmdline())
        for count in STREAMS:
            mine, other = Figures(), Figures()
            for _ in range(ROUNDS):
                await ours(recogniser, worker, count, sound, mine)
                await theirs(f"http://127.0.0.1:{port}/", server, count, sound, other)
            for name, one in (("ours", mine), ("usual server", other)):
                p50, p95 = np.percentile(one.lags, (50, 95)) * 1000
                cost = one.spent / one.streamed
                rows.append((f"{count}", name, f"{p50:.0f}", f"{p95:.0f}", f"{cost:.4f}", f"{1 / cost:.0f}"))
    return rows


def main() -> int:
    folder = look_at(demonstration(Settings().paths.cache))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.fakes.vosk_server", str(folder.path), str(port)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    server = psutil.Process(process.pid)
    try:
        while not server.net_connections():
            time.sleep(0.1)
        rows = asyncio.run(measure(folder, server, port))
    finally:
        process.kill()
        process.wait()
    print_table(TITLE, ("streams", "", "lag p50 ms", "p95 ms", "cores a stream", "streams a core"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
