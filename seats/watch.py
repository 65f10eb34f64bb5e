"""Keeps the live picture: the AMI link's events into the picture, and how fresh it is."""

import asyncio
from typing import Final

from core.clock import Clock
from seats.ami import AmiClient, AmiEvent, AmiLogin, AmiRefused
from seats.live.picture import WANTED, Picture

_WHILE_STARTING: Final = 0.2
"""Seconds between two snapshots asked of an Asterisk that is not ready."""


class Watch:
    """One reading link to Asterisk's manager, and the picture it keeps."""

    def __init__(self, login: AmiLogin, clock: Clock) -> None:
        self.picture = Picture()
        self._clock = clock
        self._last: float | None = None
        self._client = AmiClient(login, wanted=WANTED, on_event=self._event, on_resync=self._resync)

    @property
    def connected(self) -> bool:
        """Whether we are logged in, so that the picture is kept up."""
        return self._client.connected

    @property
    def event_age(self) -> float | None:
        """Seconds since the last event or snapshot; `None` before the first."""
        return None if self._last is None else self._clock.monotonic() - self._last

    @property
    def losses(self) -> int:
        """Times the link was lost."""
        return self._client.tally["lost"]

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        await self._client.start()

    async def close(self) -> None:
        """Log off."""
        await self._client.close()

    async def _event(self, event: AmiEvent) -> None:
        self._last = self._clock.monotonic()
        self.picture.apply(event.name, event.fields)

    async def _resync(self, client: AmiClient) -> None:
        while True:
            try:
                channels = await client.collect("CoreShowChannels")
                devices = await client.collect("DeviceStateList")
                break
            except AmiRefused:
                # A starting Asterisk lets us in before it has loaded the modules that answer.
                await asyncio.sleep(_WHILE_STARTING)
        self.picture.begin((row.fields for row in channels.rows), (row.fields for row in devices.rows))
        self._last = self._clock.monotonic()
