"""An independent witness of what Asterisk did with a call: its manager interface, read through panoramisk. It only
listens."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from panoramisk import Manager

from sim.errors import PhoneError
from sim.profile import AmiAccess

_LOGIN_SECONDS = 5.0
_DIALLED_SECONDS = 1.0
_NO_NUMBERS = {"", "anonymous", "<unknown>", "unknown", "unavailable"}
_TOLD = {
    "QueueCallerJoin": "waits in queue {queue}, place {position}",
    "QueueCallerLeave": "leaves queue {queue}",
    "QueueCallerAbandon": "gives up in queue {queue}",
    "AgentCalled": "{membername} is called",
    "AgentConnect": "{membername} answers after {holdtime} s in the queue",
    "AgentRingNoAnswer": "{membername} does not answer",
    "AgentComplete": "{membername} is done",
    "DialBegin": "{destchannel} is dialled",
    "DialEnd": "{destchannel}: {dialstatus}",
    "BlindTransfer": "blind transfer to {extension}",
    "AttendedTransfer": "attended transfer, {result}",
}
"""Events worth telling, in words; the braces are the event's own fields, in lower case."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of a call. `at` is seconds of the monotonic clock."""

    at: float
    event: str
    fields: dict[str, str]

    @property
    def text(self) -> str:
        """In words; empty for an event not worth telling."""
        pattern = _TOLD.get(self.event)
        if pattern is None:
            return ""
        return pattern.format_map({**{"position": "?", "holdtime": "?"}, **_Blank(self.fields)})


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


@dataclass(slots=True)
class Witness:
    """What was seen, by linkedid."""

    access: AmiAccess
    changed: Callable[[], None]
    calls: dict[str, list[Seen]] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    """Channels that are up now: name by uniqueid."""
    _manager: Any = None

    async def open(self) -> None:
        """Log in. Raises `PhoneError` when the manager interface refuses or is silent."""
        logging.getLogger("panoramisk").setLevel(logging.CRITICAL)
        self._manager = Manager(
            host=self.access.host, port=self.access.port, username=self.access.user, secret=self.access.secret,
            loop=asyncio.get_running_loop(),
        )  # fmt: skip
        logged_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_login(_: object) -> None:
            if not logged_in.done():
                logged_in.set_result(None)

        self._manager.on_login = on_login
        self._manager.register_event("*", self._see)
        with contextlib.suppress(OSError):
            await self._manager.connect()
        try:
            await asyncio.wait_for(logged_in, _LOGIN_SECONDS)
        except TimeoutError as error:
            self.close()
            raise PhoneError(
                f"no login at the manager interface {self.access.host}:{self.access.port} as {self.access.user}"
            ) from error

    def close(self) -> None:
        """Leave."""
        if self._manager is not None:
            # panoramisk would try to come back; a closed witness stays closed.
            self._manager.connect = lambda *_, **__: None
            self._manager.close()

    def linkedid(self, number: str, dialled: str, since: float) -> str | None:
        """The call that `number` (empty: withheld) began to `dialled` at or after `since`."""
        near: dict[str, float] = {}
        for linkedid, seen in self.calls.items():
            first = seen[0]
            if first.event != "Newchannel" or first.at < since - 0.5 or first.fields.get("uniqueid") != linkedid:
                continue
            caller = first.fields.get("calleridnum", "")
            if (caller == number if number else caller.lower() in _NO_NUMBERS) and first.fields.get("exten") == dialled:
                near[linkedid] = abs(first.at - since)
        # Somebody who dials again at once has two calls in that half second: the nearer one is meant.
        return min(near, key=lambda linkedid: near[linkedid], default=None)

    def linkedid_to(self, number: str, since: float) -> str | None:
        """The call in which the platform dialled `number`, at or just before `since`."""
        for linkedid, seen in self.calls.items():
            for one in seen:
                dialled = one.fields.get("dialstring", "").partition("@")[0].rpartition("/")[2]
                if one.event == "DialBegin" and dialled == number and abs(one.at - since) < _DIALLED_SECONDS:
                    return linkedid
        return None

    def queues(self, linkedid: str) -> list[str]:
        """Queues the call has waited in, in order."""
        return [
            seen.fields.get("queue", "") for seen in self.calls.get(linkedid, []) if seen.event == "QueueCallerJoin"
        ]

    def chain(self, linkedid: str) -> list[Seen]:
        """The events of the call worth telling."""
        return [seen for seen in self.calls.get(linkedid, []) if seen.text]

    def _see(self, _: Any, message: Any) -> None:
        fields = {str(key).lower(): str(value) for key, value in dict(message).items()}
        event = fields.pop("event", "")
        uniqueid, linkedid = fields.get("uniqueid", ""), fields.get("linkedid", "")
        if event == "Newchannel":
            self.channels[uniqueid] = fields.get("channel", "")
        elif event == "Hangup":
            self.channels.pop(uniqueid, None)
        linkedid = linkedid or fields.get("transfererlinkedid", "") or fields.get("origtransfererlinkedid", "")
        if linkedid:
            self.calls.setdefault(linkedid, []).append(Seen(time.monotonic(), event, fields))
            self.changed()
