"""The caller's turns: frames in, utterances out. Silence never reaches the recogniser."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from core.clock import Clock
from ivr.media.activity import SILENT, Activity, level
from ivr.media.wire import FRAME_BYTES, FRAME_SECONDS
from ivr.session.ports import SpeechLost, Utterance
from ivr.speech.recogniser import Heard, Hearing, SpeechAway

_BEFORE: Final = round(0.34 / FRAME_SECONDS)
"""Frames kept from before speech was noticed: its first consonant is soft."""
_AT_ONCE: Final = 5 * FRAME_BYTES
"""Bytes handed over together, while somebody speaks."""
LONGEST: Final = 10.0
"""Seconds of one utterance; what goes on longer is cut there, and the rest of it, up to a pause, is not heard."""
_MISSING: Final = 0.15
"""Seconds without a frame that count as silence: a caller's telephone may send none."""
_BACKLOG: Final = round(20.0 / FRAME_SECONDS) * FRAME_BYTES
"""Bytes not yet recognised, past which recognition has lost the race."""


class _End(Enum):
    """Of an utterance."""

    PAUSE = auto()
    CUT = auto()


class Turns:
    """One caller's. `tell` gets each utterance when it is over, and once that recognition has gone."""

    def __init__(self, hearing: Hearing, clock: Clock, tell: Callable[[Utterance | SpeechLost], None]) -> None:
        self._hearing = hearing
        self._clock = clock
        self._tell = tell
        self._activity = Activity()
        self._rest = b""
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._pending = bytearray()
        self._work: asyncio.Queue[bytes | _End] = asyncio.Queue()
        self._waiting = 0
        """Bytes in the queue."""
        self._open = 0
        """Utterances begun and not yet recognised."""
        self._dropped = 0
        """The first so many of them will not be told."""
        self._frames = 0
        """Of the utterance under way."""
        self._overlong = False
        """What is said now belongs to an utterance that was cut."""
        self._last = clock.monotonic()
        self.lost = False
        self.ended_at = 0.0
        """When the last utterance's last loud moment was, by the clock."""

    @property
    def speaking(self) -> bool:
        """Somebody speaks now."""
        return self._frames > 0

    @property
    def busy(self) -> bool:
        """Somebody speaks, or what they said is still being recognised, and it will be told."""
        return self._open > self._dropped and not self.lost

    def drop(self) -> None:
        """Whatever has been said so far is not told, to its end."""
        self._dropped = self._open

    def feed(self, data: bytes, played: Callable[[], float]) -> None:
        """Sound of the caller's; `played` tells the level of what they hear meanwhile."""
        now = self._clock.monotonic()
        # A telephone that sends nothing while nobody speaks: that was the pause.
        self._overlong = self._overlong and now - self._last < _MISSING
        self._last = now
        if self.lost:
            return
        whole = self._rest + data
        end = len(whole) // FRAME_BYTES * FRAME_BYTES
        self._rest = whole[end:]
        for start in range(0, end, FRAME_BYTES):
            self._frame(whole[start : start + FRAME_BYTES], played())

    def tick(self) -> None:
        """To be called now and then while `speaking`: no sound at all is silence too."""
        missing = self._clock.monotonic() - self._last
        if missing > _MISSING:
            self.feed(bytes(FRAME_BYTES * round(missing / FRAME_SECONDS)), lambda: SILENT)

    async def run(self) -> None:
        """Recognise, until cancelled or recognition has gone."""
        said: list[Heard] = []
        try:
            while True:
                sound, over = await self._taken()
                if sound:
                    heard = await self._hearing.hear(sound)
                    if heard.final:
                        said.append(heard)
                if over is not None:
                    said.append(await self._hearing.finish())
                    self._open -= 1
                    if self._dropped:
                        self._dropped -= 1
                    else:
                        self._tell(replace(_joined(said), cut=over is _End.CUT))
                    said = []
        except SpeechAway as error:
            self.lose(str(error))

    def lose(self, reason: str) -> None:
        """Nothing will be recognised any more."""
        if not self.lost:
            self.lost = True
            self._frames = self._open = self._dropped = 0
            self._tell(SpeechLost(reason))

    def _frame(self, frame: bytes, played: float) -> None:
        spoke = self.speaking
        speaks = self._activity.feed(level(frame), played)
        if self._overlong:
            self._overlong = speaks
            return
        if speaks and not spoke:
            self._open += 1
            self._pending += b"".join(self._before)
            self._before.clear()
        if not speaks and not spoke:
            self._before.append(frame)
            return
        self._frames += 1
        self._pending += frame
        if not speaks or self._frames * FRAME_SECONDS >= LONGEST:
            self.ended_at = self._clock.monotonic() - self._activity.trailing
            self._frames = 0
            self._hand_over()
            self._overlong = speaks
            self._work.put_nowait(_End.CUT if speaks else _End.PAUSE)
        elif len(self._pending) >= _AT_ONCE:
            self._hand_over()

    def _hand_over(self) -> None:
        self._waiting += len(self._pending)
        self._work.put_nowait(bytes(self._pending))
        self._pending.clear()
        if self._waiting > _BACKLOG:
            self.lose("speech recognition is slower than the caller speaks")

    async def _taken(self) -> tuple[bytes, _End | None]:
        """All that waits, as far as the end of an utterance; and that end, if it is there."""
        pieces = []
        piece = await self._work.get()
        while not isinstance(piece, _End):
            pieces.append(piece)
            if self._work.empty():
                break
            piece = self._work.get_nowait()
        sound = b"".join(pieces)
        self._waiting -= len(sound)
        return sound, piece if isinstance(piece, _End) else None


def _joined(said: list[Heard]) -> Utterance:
    """One utterance of what the recogniser cut into several."""
    told = [one for one in said if one.text or one.rejected]
    if not told:
        return Utterance("", confidence=0.0)
    share = sum(max(len(one.text), 1) for one in told)
    sure = sum(one.confidence * max(len(one.text), 1) for one in told) / share
    outside = sum(one.rejected * max(len(one.text), 1) for one in told) / share
    return Utterance("".join(one.text for one in told), round(sure, 3), round(outside, 3))
