"""What acts come down to at Asterisk: a few actions of the commander, with ids of ours in fixed places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from core.errors import HotlineError
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.ami import AmiClient, AmiError, AmiRefused
from seats.supervision.rules import Verb

CONTEXTS: Final = {
    Verb.LISTEN: "supervise-listen",
    Verb.WHISPER: "supervise-whisper",
    Verb.BARGE: "supervise-barge",
    Verb.TAKEOVER: "supervise-takeover",
}
"""Contexts of `extensions.conf.j2` that a supervisor's phone is sent to."""
MODE_OF: Final = {context: verb for verb, context in CONTEXTS.items()}
LOST: Final = "supervise-lost"
RING_SECONDS: Final = 30
NORMAL_CLEARING: Final = "16"
_FORM: Final = {
    "channel": re.compile(r"(?:(?:sv|mv)-[0-9a-f]{12}|[0-9]+\.[0-9]+)\Z"),
    "seat": re.compile(r"[1-9][0-9]{5,7}\Z"),
    "area": re.compile(r"[a-z]{1,40}\Z"),
}


class AsteriskFailed(HotlineError):
    """Asterisk did not do it, or nobody knows whether it did; the text says which."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel of ours is."""

    phone: str
    """Number of the seat whose phone it is."""
    up: bool
    """Answered."""
    context: str
    data: str
    """Arguments of the application it runs: of ChanSpy, the channel it listens to comes first."""
    bridged: bool


class Switchboard(Protocol):
    """The acts. Every method raises `AsteriskFailed`."""

    async def ring(self, phone: SeatNumber, own: UniqueId, verb: Verb, on: UniqueId, shown: "Shown") -> None:
        """Ring `phone`; once answered it does `verb` to the channel `on`. Returns as soon as it is under way."""
        ...

    async def send(self, own: UniqueId, verb: Verb, on: UniqueId) -> None:
        """Send a phone that was rung to another mode, or another channel."""
        ...

    async def move(self, caller: UniqueId, queue: AreaId) -> None:
        """Send a caller to a queue; whoever they talk with is left."""
        ...

    async def hang_up(self, channel: UniqueId) -> None:
        """End a channel; one that has gone is no error."""
        ...

    async def pause(self, seat: SeatNumber, paused: bool, reason: str) -> None:
        """Take the seat out of, or back into, all its queues."""
        ...

    async def where(self, own: UniqueId) -> Place | None:
        """Where a channel of ours is; None when it has gone."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rung phone shows and is told."""

    name: str
    number: str
    call: LinkedId
    area: str = ""


class Commander:
    """`Switchboard` on the AMI login that may act and hears nothing."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def ring(self, phone: SeatNumber, own: UniqueId, verb: Verb, on: UniqueId, shown: Shown) -> None:
        number = "".join(sign for sign in shown.number if sign in "+0123456789")
        name = "".join(sign for sign in shown.name if sign.isalnum() or sign in " *·-")
        area = "".join(sign for sign in shown.area if sign.isalnum())
        await self._act(
            "Originate",
            {
                "Channel": f"PJSIP/{_checked('seat', phone)}",
                "ChannelId": _checked("channel", own),
                "Context": CONTEXTS[verb],
                "Exten": "s",
                "Priority": "1",
                "CallerID": f'"{name}" <{number}>',
                "Timeout": str(RING_SECONDS * 1000),
                "Async": "true",
                # An asynchronous Originate of 22.10.1 ignores PreDialGoSub; variables are set before the INVITE.
                "Variable": (
                    f"SUPERVISE_CHANNEL={_checked('channel', on)}",
                    f"PJSIP_HEADER(add,X-Hotline-Call)={_checked('channel', UniqueId(shown.call))}",
                    *([f"PJSIP_HEADER(add,X-Hotline-Area)={area}"] if area else []),
                ),
            },
        )

    async def send(self, own: UniqueId, verb: Verb, on: UniqueId) -> None:
        await self._set(own, "SUPERVISE_CHANNEL", _checked("channel", on))
        await self._redirect(own, CONTEXTS[verb])

    async def move(self, caller: UniqueId, queue: AreaId) -> None:
        await self._set(caller, "SUPERVISE_QUEUE", _checked("area", queue))
        await self._redirect(caller, "supervise-move")

    async def hang_up(self, channel: UniqueId) -> None:
        try:
            await self._client.action("Hangup", {"Channel": _checked("channel", channel), "Cause": NORMAL_CLEARING})
        except AmiRefused:
            return
        except AmiError as error:
            raise AsteriskFailed(str(error)) from error

    async def pause(self, seat: SeatNumber, paused: bool, reason: str) -> None:
        text = "".join(sign if sign.isprintable() else " " for sign in reason)[:100]
        fields = {"Interface": f"PJSIP/{_checked('seat', seat)}", "Paused": "true" if paused else "false"}
        await self._act("QueuePause", {**fields, "Reason": text} if text else fields)

    async def where(self, own: UniqueId) -> Place | None:
        try:
            found = await self._client.collect("Status", {"Channel": _checked("channel", own)})
        except AmiRefused:
            return None
        except AmiError as error:
            raise AsteriskFailed(str(error)) from error
        for row in found.rows:
            if row.fields.get("Uniqueid") == own:
                up = row.fields.get("ChannelState") == "6"
                context, data = row.fields.get("Context", ""), row.fields.get("Data", "")
                phone = row.fields.get("Channel", "").removeprefix("PJSIP/").partition("-")[0]
                return Place(phone, up, context, data, bool(row.fields.get("BridgeID")))
        return None

    async def _set(self, channel: UniqueId, name: str, value: str) -> None:
        await self._act("Setvar", {"Channel": _checked("channel", channel), "Variable": name, "Value": value})

    async def _redirect(self, channel: UniqueId, context: str) -> None:
        where = {"Context": context, "Exten": "s", "Priority": "1"}
        await self._act("Redirect", {"Channel": _checked("channel", channel), **where})

    async def _act(self, action: str, fields: dict[str, str | Sequence[str]] | dict[str, str]) -> None:
        try:
            await self._client.action(action, fields)
        except AmiRefused as error:
            raise AsteriskFailed(f"Asterisk says: {error}") from error
        except AmiError as error:
            raise AsteriskFailed(f"{error}; whether it was done is not known") from error


def _checked(kind: str, value: str) -> str:
    """An id in the one form it can have: nothing else ever reaches an action."""
    if not _FORM[kind].match(value):
        raise AsteriskFailed(f"{value!r} is no {kind}")
    return value
