"""Phones and legs as the parent sees them; what they are told to do is done in their worker process."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sim.account import Account
from sim.errors import PhoneError
from sim.recording import Recording
from sim.sip import Ending, SipMessage, ending


class Commanded(Protocol):
    """The worker process a handset lives in."""

    messages: dict[str, list[SipMessage]]

    async def command(self, verb: str, **details: Any) -> Any:
        """One command and its answer. Raises `PhoneError`; `GoneError` when the leg is over."""

    async def die(self) -> None:
        """End at once, without a word to anybody."""


class GoneError(PhoneError):
    """The leg was over before the command reached it."""


@dataclass(slots=True)
class LegView:
    """One leg as its phone knows it. Moments are seconds of the monotonic clock."""

    name: str
    phone: str
    direction: str
    """`out` dialled, `in` received, `transfer` dialled because the far end sent us on."""
    peer: str
    peer_user: str
    """The number shown."""
    dialled: str
    headers: dict[str, str]
    call_id: str
    began: float
    recording: Recording
    worker: Commanded
    moments: dict[str, float] = field(default_factory=dict)
    """First time of each event: ringing, progress, established, audio, closed, held, resumed …"""
    events: list[dict[str, Any]] = field(default_factory=list)
    keys: str = ""
    end: str | None = None
    """The cause as the stack gives it, `486 Busy Here` for example; see `ended_by` and `cause`."""
    ended_here: bool = False
    stats: dict[str, float] = field(default_factory=dict)

    @property
    def up(self) -> bool:
        """Answered and not over."""
        return "established" in self.moments and "closed" not in self.moments

    @property
    def over(self) -> bool:
        """Ended."""
        return "closed" in self.moments

    @property
    def name_shown(self) -> str:
        """Display name of the From header of what came in."""
        return self.headers.get("From", "").partition("<")[0].strip().strip('"')

    async def do(self, verb: str, **details: Any) -> Any:
        """Tell the phone what to do with this leg: answer, decline, hang_up, keys, hold, resume, transfer, say …"""
        if verb in {"hang_up", "decline"}:
            self.ended_here = True
        return await self.worker.command(verb, leg=self.name, **details)

    async def hang_up(self) -> None:
        """End it; a leg that is over already is no error."""
        if not self.over:
            with contextlib.suppress(GoneError):
                await self.do("hang_up")

    @property
    def sip(self) -> list[SipMessage]:
        """SIP messages of this leg, in order."""
        return self.worker.messages.get(self.call_id, [])

    @property
    def ending(self) -> Ending | None:
        """Why it is over, by its own messages."""
        return ending(self.sip)

    def header(self, name: str) -> str:
        """A header of the INVITE this leg received; empty when it had none."""
        invite = next((m for m in self.sip if m.method == "INVITE" and not m.status and not m.sent), None)
        return invite.headers.get(name.lower(), "") if invite else self.headers.get(name, "")

    def take(self, event: dict[str, Any]) -> None:
        """Note one event of the worker's."""
        word, at = event["event"], event["at"]
        self.moments.setdefault(word, at)
        self.events.append({key: value for key, value in event.items() if key not in {"leg", "headers"}})
        if word == "key":
            self.keys += event["key"]
        elif word == "closed":
            self.end = event.get("text", "")
            self.stats = event.get("stats", {})
        if not self.call_id:
            self.call_id = event.get("call_id", "")


class Handset:
    """A phone as a tester has it: it registers, dials, is called."""

    def __init__(self, name: str, account: Account, worker: Commanded) -> None:
        self.name = name
        self.account = account
        self.legs: list[LegView] = []
        self.on_call: Callable[[LegView], None] | None = None
        self._worker = worker

    @property
    def live(self) -> LegView | None:
        """The newest leg that is not over."""
        return next((leg for leg in reversed(self.legs) if not leg.over), None)

    async def register(self) -> None:
        """Register; raises `PhoneError` with the registrar's answer."""
        await self._worker.command("register", phone=self.name)

    async def unregister(self) -> None:
        """Take the registration away."""
        await self._worker.command("unregister", phone=self.name)

    async def die(self) -> None:
        """The phone, and every other on its line, is gone at once: nothing is sent any more."""
        await self._worker.die()

    async def dial(self, number: str, headers: Mapping[str, str] | None = None) -> LegView:
        """Dial and return at once; what comes of it is in the leg's moments and its end."""
        name = await self._worker.command("dial", phone=self.name, number=number, headers=dict(headers or {}))
        return next(leg for leg in self.legs if leg.name == name)

    def take(self, leg: LegView) -> None:
        """Note a new leg."""
        self.legs.append(leg)
        if leg.direction != "out" and self.on_call is not None:
            self.on_call(leg)
