"""What Asterisk's `chan_websocket` and we say to each other beside the sound: JSON both ways. No I/O.

Sound is binary: 16-bit little-endian samples at 8 kHz, 320 bytes each 20 ms; what we send must be whole frames, or its
tail is lost. Asterisk keeps at most 1,000 frames and says `MEDIA_XOFF` at 900, `MEDIA_XON` below 800.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FRAME_BYTES: Final = 320
FRAME_SECONDS: Final = 0.02
BYTES_A_SECOND: Final = 16_000
LONGEST_MESSAGE: Final = 32_768
"""Bytes of a message of Asterisk's; the largest is `MEDIA_START` with the call's variables."""


@dataclass(frozen=True, slots=True)
class Began:
    """`MEDIA_START`."""

    channel: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """Those the dialplan handed down (`Set(_NAME=…)`)."""


@dataclass(frozen=True, slots=True)
class Key:
    """`DTMF_END`."""

    digit: str


@dataclass(frozen=True, slots=True)
class Marked:
    """`MEDIA_MARK_PROCESSED`: everything sent before the mark has been passed on."""

    mark: str


@dataclass(frozen=True, slots=True)
class Flow:
    """`MEDIA_XOFF`, `MEDIA_XON`."""

    open: bool


Event = Began | Key | Marked | Flow


def event_of(text: str) -> Event | None:
    """What Asterisk says; None for what we have no use for, nonsense included."""
    try:
        said = json.loads(text)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    match said:
        case {"event": "MEDIA_START"}:
            held = said.get("channel_variables")
            kept = {str(k): str(v) for k, v in held.items()} if isinstance(held, dict) else {}
            return Began(str(said.get("channel", "")), kept)
        case {"event": "DTMF_END", "digit": str(digit)} if len(digit) == 1 and digit in "0123456789*#":
            return Key(digit)
        case {"event": "MEDIA_MARK_PROCESSED"}:
            return Marked(str(said.get("correlation_id", "")))
        case {"event": "MEDIA_XOFF"}:
            return Flow(open=False)
        case {"event": "MEDIA_XON"}:
            return Flow(open=True)
    return None


def mark(name: str) -> str:
    """Tell us when what was sent before has been passed on. `name`: short, Asterisk takes 128 bytes in all."""
    return json.dumps({"command": "MARK_MEDIA", "correlation_id": name})


FLUSH: Final = json.dumps({"command": "FLUSH_MEDIA"})
"""Throw away what was sent and not yet passed on; marks too."""
HANG_UP: Final = json.dumps({"command": "HANGUP"})


def whole_frames(sound: bytes) -> bytes:
    """`sound` with silence at its end up to a whole frame."""
    return sound + bytes(-len(sound) % FRAME_BYTES)
