"""What the caller hears of us now: sound on its way to Asterisk, never more ahead than it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from core.clock import Clock
from ivr.media import wire
from ivr.media.activity import SILENT, levels
from ivr.media.wire import BYTES_A_SECOND, FRAME_SECONDS

_BLOCK: Final = 2 * BYTES_A_SECOND
"""Bytes of one message."""
_AHEAD: Final = 6.0
"""Seconds sent before they are heard: Asterisk keeps 18, a busy machine makes us late by a second."""


class Playing:
    """One caller's. `send_sound`, `send_text`: to Asterisk; both raise what the socket raises."""

    def __init__(
        self, send_sound: Callable[[bytes], Awaitable[None]], send_text: Callable[[str], Awaitable[None]], clock: Clock
    ) -> None:
        self._send_sound = send_sound
        self._send_text = send_text
        self._clock = clock
        self._levels: list[float] = []
        self._began = 0.0
        self._count = 0
        self._marked = ""
        self._stirred = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()

    def level(self) -> float:
        """Of what the caller hears now, in dB."""
        place = int((self._clock.monotonic() - self._began) / FRAME_SECONDS)
        return self._levels[place] if 0 <= place < len(self._levels) else SILENT

    def marked(self, mark: str) -> None:
        """Asterisk has passed on all that was sent before `mark`."""
        self._marked = mark
        self._stirred.set()

    def flow(self, *, open_: bool) -> None:
        """Asterisk is full, or no longer."""
        (self._open.set if open_ else self._open.clear)()

    async def play(self, sound: bytes) -> None:
        """Send `sound` (16-bit, 8 kHz); back when it has been heard. Cancelled: `stop` must follow."""
        sound = wire.whole_frames(sound)
        if not sound:
            return
        self._count += 1
        mark = f"{self._count}"
        self._levels = levels(sound)
        self._began = self._clock.monotonic()
        for start in range(0, len(sound), _BLOCK):
            early = self._began + start / BYTES_A_SECOND - _AHEAD - self._clock.monotonic()
            if early > 0:
                await asyncio.sleep(early)
            await self._open.wait()
            await self._send_sound(sound[start : start + _BLOCK])
        await self._send_text(wire.mark(mark))
        left = self._began + len(sound) / BYTES_A_SECOND + 1.0 - self._clock.monotonic()
        try:
            async with asyncio.timeout(max(left, 1.0)):
                while self._marked != mark:
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            # Asterisk has forgotten the mark; the sound is over all the same.
            return

    async def stop(self) -> None:
        """Silence, now."""
        self._levels = []
        await self._send_text(wire.FLUSH)
