"""What calling somebody back comes down to at Asterisk: one Originate, with checked words in fixed places."""

import re
from typing import Final

from core.errors import HotlineError
from core.ids import AreaId
from seats.ami import AmiClient, AmiError, AmiRefused
from seats.callbacks.request import CALLABLE, Callback

PLACE: Final = "callback-place"
OUTBOUND: Final = "outbound"
"""Contexts of `callbacks.j2` that nothing else leads to."""
PERSON: Final = "PJSIP/trunk-out-"
"""How the name of the channel to the person begins."""
_CHANNEL: Final = re.compile(r"cb-[0-9a-f]{12}-[0-9]{1,4}")
_AREA: Final = re.compile(r"[a-z_]{1,40}")
_WAIT_MS: Final = 1_500_000
_NORMAL_CLEARING: Final = "16"


class NotDone(HotlineError):
    """Asterisk did not do it; `certain` says whether that is known."""

    def __init__(self, text: str, *, certain: bool) -> None:
        super().__init__(text)
        self.certain = certain


class Dialler:
    """On the AMI login that may act and hears nothing."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def place(self, callback: Callback, channel: str, position: int, area_name: str) -> None:
        """Put its place into the line. Returns as soon as it is under way. Raises `NotDone`."""
        if not (_CHANNEL.fullmatch(channel) and CALLABLE.fullmatch(callback.number) and _AREA.fullmatch(callback.area)):
            raise NotDone("no number or queue that may be called", certain=True)
        shown = "".join(sign for sign in area_name if sign.isalnum())
        variables = {
            "CALLBACK_ID": callback.id,
            "CALLBACK_NUMBER": callback.number,
            "CALLBACK_QUEUE": callback.area,
            "CALLBACK_POSITION": str(max(position, 1)),
            "CALLBACK_WHY": str(callback.why),
            "HOTLINE_AREA": shown,
        }
        fields = {
            "Channel": f"Local/s@{PLACE}/n",
            "ChannelId": channel,
            "OtherChannelId": f"{channel}-q",
            "Context": OUTBOUND,
            "Exten": "s",
            "Priority": "1",
            "Timeout": str(_WAIT_MS),
            "Async": "true",
            "Variable": tuple(f"{name}={value}" for name, value in variables.items()),
        }
        try:
            await self._client.action("Originate", fields)
        except AmiRefused as error:
            raise NotDone(f"Asterisk says: {error}", certain=True) from error
        except AmiError as error:
            raise NotDone(str(error), certain=False) from error

    async def there(self, channel: str) -> bool:
        """Whether Asterisk has a channel of that uniqueid. Raises `NotDone`."""
        try:
            found = await self._client.collect("Status", {"Channel": channel})
        except AmiRefused:
            return False
        except AmiError as error:
            raise NotDone(str(error), certain=False) from error
        return any(row.fields.get("Uniqueid") == channel for row in found.rows)

    async def anybody(self, queue: AreaId) -> bool:
        """Whether a phone of that queue could be rung, now or once its seat is free. Raises `NotDone`."""
        try:
            found = await self._client.collect("QueueSummary", {"Queue": queue})
        except AmiRefused:
            return False
        except AmiError as error:
            raise NotDone(str(error), certain=False) from error
        return any(row.fields.get("Queue") == queue and row.fields.get("LoggedIn", "0") != "0" for row in found.rows)

    async def hang_up(self, channel: str) -> None:
        """End what was begun for a callback; a channel that has gone is no error. Raises `NotDone`."""
        if not _CHANNEL.fullmatch(channel):
            return
        try:
            await self._client.action("Hangup", {"Channel": channel, "Cause": _NORMAL_CLEARING})
        except AmiRefused:
            return
        except AmiError as error:
            raise NotDone(str(error), certain=False) from error
