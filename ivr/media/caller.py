"""The caller (`ivr.session.ports.Caller`) at the other end of a media WebSocket."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, Protocol

from core.clock import Clock
from ivr.media.playing import Playing
from ivr.media.turns import LONGEST, Turns
from ivr.media.wire import Event, Flow, Key, Marked
from ivr.session.ports import CallerGone, Heard, Keys, Part, Said, Silence, SpeechLost, Utterance
from ivr.speech.recogniser import Hearing

_NEXT_KEY: Final = 3.0
"""Seconds for another key of one answer."""
_LAST_HASH: Final = 0.8
"""Seconds for the # behind an answer that is as long as it may be."""
_TICK: Final = 0.1
_LATE: Final = LONGEST + 3.0
"""Seconds after which an utterance that is still not over never will be."""


class Mouth(Protocol):
    """Turns what the conversation says into sound."""

    async def sound(self, part: Part, pace: float) -> bytes:
        """16-bit samples at 8 kHz; empty where it cannot be had."""
        ...


class Link(Protocol):
    """The socket, as far as a caller needs it. Both raise `ConnectionError` when it has closed."""

    async def send_bytes(self, data: bytes) -> None: ...

    async def send_str(self, data: str) -> None: ...


class MediaCaller:
    """A `Caller`. The socket's reader calls `take_sound`, `take` and `hung_up`; `run` recognises beside it."""

    def __init__(self, link: Link, hearing: Hearing, mouth: Mouth, clock: Clock) -> None:
        self._mouth = mouth
        self._clock = clock
        self._playing = Playing(link.send_bytes, link.send_str, clock)
        self._turns = Turns(hearing, clock, self._heard)
        self._finished: deque[Utterance | SpeechLost] = deque()
        self._digits = ""
        self._gone = False
        self._stirred = asyncio.Event()

    async def run(self) -> None:
        """Recognise what the caller says, until cancelled."""
        await self._turns.run()

    def take_sound(self, data: bytes) -> None:
        """Sound from the caller."""
        spoke = self._turns.speaking
        self._turns.feed(data, self._playing.level)
        if self._turns.speaking != spoke:
            self._stirred.set()

    def take(self, event: Event) -> None:
        """Something else from Asterisk."""
        match event:
            case Key(digit):
                self._digits += digit
                self._stirred.set()
            case Marked(mark):
                self._playing.marked(mark)
            case Flow(open=open_):
                self._playing.flow(open_=open_)

    def hung_up(self) -> None:
        """The socket is closed."""
        self._gone = True
        self._stirred.set()

    @property
    def gone(self) -> bool:
        """The socket is closed, by whomever."""
        return self._gone

    @property
    def turn_ended_at(self) -> float:
        """When the caller's last turn ended, by the clock: 0 before the first."""
        return self._turns.ended_at

    async def say(self, *parts: Part, pace: float = 1.0, interruptible: bool = True) -> Said:
        self._check()
        if self._interrupted(interruptible):
            return Said(whole=False)
        sound = b"".join([await self._mouth.sound(part, pace) for part in parts])
        playing = asyncio.ensure_future(self._playing.play(sound))
        try:
            whole = await self._listen_while(playing, interruptible)
        finally:
            playing.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await playing
        if not whole:
            with suppress(ConnectionError):
                await self._playing.stop()
        self._check()
        return Said(whole)

    async def hear(self, seconds: float, keys: int = 1) -> Heard:
        until = self._clock.monotonic() + seconds
        while True:
            self._check()
            if self._digits:
                return await self._collected(keys)
            if self._finished:
                return self._finished.popleft()
            now = self._clock.monotonic()
            if not self._turns.busy:
                if now >= until:
                    return Silence()
                await self._stir(until - now)
                continue
            # Speech that has begun is heard to its end.
            if now > until + _LATE:
                self._turns.lose("an utterance does not end")
            await self._stir(_TICK)
            if self._turns.speaking:
                self._turns.tick()

    def flush(self) -> None:
        self._digits = ""
        self._forget_speech()

    def _heard(self, what: Utterance | SpeechLost) -> None:
        self._finished.append(what)
        self._stirred.set()

    def _forget_speech(self) -> None:
        self._turns.drop()
        self._finished = deque(one for one in self._finished if isinstance(one, SpeechLost))

    def _check(self) -> None:
        if self._gone:
            raise CallerGone

    def _interrupted(self, interruptible: bool) -> bool:
        spoken = self._turns.busy or any(isinstance(one, Utterance) for one in self._finished)
        return bool(self._digits) or (interruptible and spoken)

    async def _listen_while(self, playing: "asyncio.Future[None]", interruptible: bool) -> bool:
        """Until the sound is over (True) or the caller interrupts it."""
        while not playing.done():
            self._check()
            if self._interrupted(interruptible):
                return False
            self._stirred.clear()
            stirred = asyncio.ensure_future(self._stirred.wait())
            try:
                await asyncio.wait((playing, stirred), return_when=asyncio.FIRST_COMPLETED)
            finally:
                stirred.cancel()
        if (error := playing.exception()) is not None:
            if isinstance(error, ConnectionError):
                raise CallerGone from error
            raise error
        return True

    async def _collected(self, most: int) -> Heard:
        """Keys that belong together. They win over speech."""
        self._forget_speech()
        while len(self._digits) < most and "#" not in self._digits:
            before = len(self._digits)
            await self._stir(_NEXT_KEY)
            self._check()
            if len(self._digits) == before:
                break
        if len(self._digits) == most > 1 and "#" not in self._digits:
            # Whole without it; the # that many press behind must not end what is said next.
            await self._stir(_LAST_HASH)
            self._check()
        taken, mark, rest = self._digits.partition("#")
        if mark and len(taken) <= most:
            self._digits = rest
            return Keys(taken or mark)
        self._digits = (taken + mark + rest)[most:]
        return Keys(taken[:most])

    async def _stir(self, seconds: float) -> None:
        """Until something happens, or `seconds` have passed."""
        self._stirred.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
