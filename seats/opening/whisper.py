"""What saying something to one waiting caller comes down to at Asterisk: a few actions, with checked words in them."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from core.ids import LinkedId, UniqueId
from seats.ami import AmiRefused
from seats.ami.link import Fields
from seats.ami.protocol import AmiResponse
from seats.live.parts import NOTICE

SAY: Final = "notice-say"
OVER: Final = "notice-over"
"""Contexts of `notice.j2` that nothing else leads to."""
TOLD: Final = "HOTLINE_NOTICE_TOLD"
"""Channel variable: announcements the caller has heard, on arriving (`arrival.j2`) or while waiting, joined by `&`. It
lives as long as the call, whatever becomes of us."""
_SOUNDS: Final = "hotline/"
_KEY: Final = re.compile(r"notices/[0-9a-f]{16}")
_CHANNEL: Final = re.compile(r"[0-9]+\.[0-9]+")
_LONGEST_MS: Final = 5_000


class Commanding(Protocol):
    """What is needed of the commander's `AmiClient`."""

    async def action(
        self, name: str, fields: Fields | None = None, *, deadline: float | None = None
    ) -> AmiResponse: ...


class Whisper:
    """Every method raises `AmiError`."""

    def __init__(self, client: Commanding) -> None:
        self._client = client

    async def say(self, own: str, caller: UniqueId, call: LinkedId, keys: Sequence[str]) -> tuple[str, ...]:
        """Put the sounds `keys` over what that channel hears, unless it heard them; those that are said now.

        `own` names our channel, and begins with `NOTICE`. What is said is remembered before it is.
        """
        if not (_CHANNEL.fullmatch(caller) and _CHANNEL.fullmatch(call) and own.startswith(NOTICE)):
            return ()
        reply = await self._client.action("Getvar", {"Channel": caller, "Variable": TOLD})
        told = reply.fields.get("Value", "").split("&")
        sounds = [f"{_SOUNDS}{key}" for key in keys if _KEY.fullmatch(key) and f"{_SOUNDS}{key}" not in told]
        if not sounds:
            return ()
        heard = "&".join(filter(None, [*told, *sounds]))
        await self._client.action("Setvar", {"Channel": caller, "Variable": TOLD, "Value": heard})
        await self._client.action(
            "Originate",
            {
                "Channel": f"Local/s@{SAY}/n",
                "ChannelId": own,
                "OtherChannelId": f"{own}-s",
                "Context": OVER,
                "Exten": "s",
                "Priority": "1",
                "Timeout": str(_LONGEST_MS),
                "Async": "true",
                "Variable": (f"NOTICE_CHANNEL={caller}", f"NOTICE_CALL={call}", f"NOTICE_SOUNDS={'&'.join(sounds)}"),
            },
        )
        return tuple(sounds)

    async def stop(self, own: str) -> None:
        """End it; one that is over is no error."""
        try:
            await self._client.action("Hangup", {"Channel": own, "Cause": "16"})
        except AmiRefused:
            return
