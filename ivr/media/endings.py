"""How conversations ended, from the moment they do until the dialplan asks at the door `conversed`."""

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from core.clock import Clock
from core.ids import AreaId, LinkedId
from ivr.session.ending import Abandoned, CallbackBooked, Handover, MessageLeft, Result, SelfServed

_KEPT: Final = 120.0
"""Seconds an ending waits for its question: a dialplan asks within one."""
_WORDS: Final = {Handover: "human", MessageLeft: "message", CallbackBooked: "callback", SelfServed: "served"}
"""`Abandoned` has no word: when the dialplan asks, the caller is still there, only their sound was lost."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What the dialplan is told."""

    word: str
    """`human, province, message, callback, served`; empty: keys."""
    area: AreaId | None = None
    """Where the caller said they belong, when they did."""
    topic: str = ""
    lost: bool = False
    """It ended because the caller's sound did: when the dialplan still asks, the caller did not hang up."""


class Endings:
    """Of one process. An ending is told once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[LinkedId, tuple[float, Ended]] = OrderedDict()
        self._asked: dict[LinkedId, asyncio.Event] = {}

    def put(self, call: LinkedId, result: Result, *, lost: bool = False) -> None:
        """The conversation of `call` is over; `lost`: its socket was gone before."""
        ending = result.ending
        word = "" if isinstance(ending, Abandoned) else _WORDS[type(ending)]
        if isinstance(ending, Handover) and ending.province:
            word = "province"
        topic = getattr(ending, "topic", "")
        now = self._clock.monotonic()
        while self._known and next(iter(self._known.values()))[0] < now - _KEPT:
            self._known.popitem(last=False)
        self._known[call] = (now, Ended(word, result.area if result.moved else None, topic, lost))
        if (asked := self._asked.get(call)) is not None:
            asked.set()

    def take(self, call: LinkedId) -> Ended | None:
        """How it ended; None when that is not known."""
        found = self._known.pop(call, None)
        return found[1] if found else None

    async def within(self, call: LinkedId, seconds: float) -> Ended | None:
        """The same, waiting for it: the caller hung up, and the conversation is about to learn of it."""
        if call not in self._known:
            asked = self._asked.setdefault(call, asyncio.Event())
            try:
                async with asyncio.timeout(seconds):
                    await asked.wait()
            except TimeoutError:
                return None
            finally:
                self._asked.pop(call, None)
        return self.take(call)


def rerouted(routed: str, area: AreaId, name: str, closed: str = "") -> str:
    """The dialplan's decision as a call event (`HOTLINE_ROUTED`), after the caller named their city.

    `closed`: why nobody answers there now, or empty.
    """
    try:
        decided = json.loads(routed)
    except ValueError:
        decided = {}
    if not isinstance(decided, dict):
        decided = {}
    decided |= {"queue": area, "area_id": area, "area": name, "reason": "said", "decided_by": "service"}
    decided["closed"] = closed or None
    return json.dumps(decided, ensure_ascii=False, separators=(",", ":"))
