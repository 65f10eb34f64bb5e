"""Asking Asterisk what there is now."""

from typing import Protocol

from seats.ami.link import AmiList, Fields
from seats.ami.protocol import AmiResponse
from seats.live.truth import VARIABLES, Truth, read


class Asked(Protocol):
    """What a snapshot needs of `AmiClient`."""

    async def action(
        self, name: str, fields: Fields | None = None, *, deadline: float | None = None
    ) -> AmiResponse: ...
    async def collect(self, name: str, fields: Fields | None = None, *, deadline: float | None = None) -> AmiList: ...


async def take(client: Asked) -> Truth:
    """Ask Asterisk. Raises as `AmiClient.collect` does."""
    pong = await client.action("Ping")
    channels = await client.collect("Status", {"Variables": VARIABLES})
    queues = await client.collect("QueueStatus")
    devices = await client.collect("DeviceStateList")
    return read(float(pong.fields["Timestamp"]), channels.rows, queues.rows, devices.rows)
