"""What is done to seats at Asterisk, in the few forms there are. Every method raises `AmiError`."""

from typing import Final, Protocol

from core.ids import AreaId, SeatNumber, UniqueId
from seats.ami.link import Fields
from seats.ami.protocol import AmiResponse

BEAT: Final = "HOTLINE_BEAT"
LIMIT: Final = "HOTLINE_LIMIT_"
WRAP: Final = "HOTLINE_WRAP_"
HOME: Final = "HOTLINE_HOME_"
PROVED: Final = "HOTLINE_PROVED_"
"""Global variables the dialplan shares with us; see `agi_scripts/variables.py`."""


class Acting(Protocol):
    """What is needed of the commander's `AmiClient`."""

    @property
    def connected(self) -> bool: ...

    async def action(
        self, name: str, fields: Fields | None = None, *, deadline: float | None = None
    ) -> AmiResponse: ...


class Commands:
    """The commander's hand on the seats."""

    def __init__(self, client: Acting) -> None:
        self._client = client

    @property
    def connected(self) -> bool:
        """Whether anything can be done now."""
        return self._client.connected

    async def pause(self, seat: SeatNumber, reason: str) -> None:
        """Out of every queue. What would end by itself (writing up) does not any more."""
        await self.set(f"{WRAP}{seat}", "")
        await self._client.action("QueuePause", {"Interface": f"PJSIP/{seat}", "Paused": "true", "Reason": reason})

    async def ready(self, seat: SeatNumber, home: AreaId) -> None:
        """Back into its own queue; the others are lent (`seats.sharing`)."""
        await self.set(f"{WRAP}{seat}", "")
        await self._client.action("QueuePause", {"Interface": f"PJSIP/{seat}", "Paused": "false", "Queue": home})

    async def awake(self) -> None:
        """Queues are loaded; refused while they are not."""
        await self._client.action("QueueSummary", {"Queue": "-"})

    async def end(self, channel: UniqueId, cause: int) -> None:
        """End a channel with that Q.850 cause."""
        await self._client.action("Hangup", {"Channel": channel, "Cause": str(cause)})

    async def set(self, name: str, value: str) -> None:
        """A global variable of the dialplan."""
        await self._client.action("Setvar", {"Variable": name, "Value": value})

    async def get(self, name: str) -> str:
        """Its value; empty when there is none."""
        return (await self._client.action("Getvar", {"Variable": name})).fields.get("Value", "")
