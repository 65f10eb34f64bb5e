"""What is known of one channel of a call while its events are read. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from seats.records.cel import CelEvent

_SEAT = re.compile(r"PJSIP/([0-9]{6,8})-[0-9a-f]+\Z")
_VOICE = "WebSocket/"
LOCAL = "Local/"


@dataclass(slots=True)
class Channel:
    """One channel so far."""

    first: CelEvent
    position: int
    queue: str | None
    """The queue the caller waited in when it began."""
    answered_at: datetime | None = None
    joined_at: datetime | None = None
    """With the caller."""
    third: bool = False
    """A seat talked with the caller already when it joined."""
    ended_at: datetime | None = None
    cause: int | None = None
    source: str = ""
    talk_ms: float = 0
    caller_ms: float = 0

    @property
    def seat(self) -> str | None:
        """Number of the seat whose phone it is."""
        match = _SEAT.match(self.first.channel)
        return match.group(1) if match else None

    @property
    def voice(self) -> bool:
        """Whether it is the platform's own voice: nobody has answered who talks with it."""
        return self.first.channel.startswith(_VOICE)

    @property
    def name(self) -> str:
        """The linkedid it began under."""
        return str(self.first.linkedid)
