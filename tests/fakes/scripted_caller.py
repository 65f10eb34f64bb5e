"""A caller of the conversation who follows a script, in virtual time: nothing waits, the clock is turned instead.

A turn is what they do when next listened to: a `str` they say, any `Heard`, `HANGS_UP`; `Barge(turn)` comes into the
next thing said to them instead. At the end of the script they hang up; `hangs_up_after` does so in mid-sentence too.
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from core.clock import TurnedClock
from ivr.prompts import texts
from ivr.session.ports import CallerGone, Heard, Keys, Part, Prompt, Said, Silence, SoundFile, Text, Utterance
from knowledge.spoken import seconds

HANGS_UP: Final = "(hangs up)"
FILE_SECONDS: Final = 4.0
_PROMPTS: Final = texts.load()


@dataclass(frozen=True, slots=True)
class Barge:
    """Speaks or keys into what is being said, after `after` seconds of it."""

    turn: Heard | str
    after: float = 1.0


Turn = Heard | str | Barge


@dataclass(frozen=True, slots=True)
class Spoken:
    """One `say` as the caller heard it."""

    at: float
    """Seconds since the beginning."""
    seconds: float
    text: str
    """Prompts as their texts, files as `<name>`."""
    keys: tuple[str, ...]
    """Of its prompts."""
    pace: float
    whole: bool


class ScriptedCaller:
    """`Caller` by script. `said` is all they were told."""

    def __init__(self, *turns: Turn, clock: TurnedClock | None = None, hangs_up_after: float = 1e9) -> None:
        self._turns = deque(turns)
        self.clock = clock or TurnedClock(datetime(2027, 3, 1, 2, tzinfo=UTC))
        self._end = hangs_up_after
        self.said: list[Spoken] = []
        self.flushed = 0

    async def say(self, *parts: Part, pace: float = 1.0, interruptible: bool = True) -> Said:
        if not parts:
            raise AssertionError("nothing to say")
        length = sum(_seconds(part, pace) for part in parts)
        barge = self._turns[0] if self._turns and isinstance(self._turns[0], Barge) else None
        cuts = barge is not None and (interruptible or isinstance(barge.turn, Keys))
        if barge is not None and cuts:
            self._turns[0] = barge.turn
            length = min(length, barge.after)
        keys = tuple(part.key for part in parts if isinstance(part, Prompt))
        text = "".join(map(_text, parts))
        self.said.append(Spoken(self.clock.monotonic(), length, text, keys, pace, not cuts))
        self._pass(length)
        return Said(whole=not cuts)

    async def hear(self, seconds: float, keys: int = 1) -> Heard:
        if seconds <= 0 or keys < 1:
            raise AssertionError((seconds, keys))
        turn = self._turns.popleft() if self._turns else HANGS_UP
        if isinstance(turn, Barge):
            turn = turn.turn
        if turn == HANGS_UP:
            self._end = self.clock.monotonic()
        if isinstance(turn, Silence):
            self._pass(seconds)
            return turn
        self._pass(2.0)
        if isinstance(turn, str):
            return Utterance(turn)
        if isinstance(turn, Keys) and len(turn.digits) > keys:
            self._turns.appendleft(Keys(turn.digits[keys:]))
            return Keys(turn.digits[:keys])
        return turn

    def flush(self) -> None:
        self.flushed += 1

    def _pass(self, seconds: float) -> None:
        left = self._end - self.clock.monotonic()
        self.clock.turn(max(0.0, min(seconds, left)))
        if seconds >= left:
            raise CallerGone


def _text(part: Part) -> str:
    match part:
        case Prompt(key):
            return _PROMPTS[key].text
        case Text(text):
            return text
        case SoundFile(name):
            return f"<{name}>"


def _seconds(part: Part, pace: float) -> float:
    return (FILE_SECONDS if isinstance(part, SoundFile) else seconds(_text(part))) / pace
