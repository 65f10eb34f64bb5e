"""Asterisk's end of a media socket, in memory: takes sound and commands, passes marks back as soon as they come."""

import json
from collections.abc import Callable

from ivr.media import wire
from ivr.session.ports import Part, Text


class MediaPeer:
    """A `Link`. `caller` is told of marks unless `forgetful`."""

    def __init__(self) -> None:
        self.sound = bytearray()
        self.flushes = 0
        self.closed = False
        self.forgetful = False
        self.take: Callable[[wire.Event], None] = lambda _event: None

    async def send_bytes(self, data: bytes) -> None:
        if self.closed:
            raise ConnectionResetError
        self.sound += data

    async def send_str(self, data: str) -> None:
        if self.closed:
            raise ConnectionResetError
        said = json.loads(data)
        if said["command"] == "FLUSH_MEDIA":
            self.flushes += 1
        elif not self.forgetful:
            self.take(wire.Marked(said["correlation_id"]))


class FramesOfText:
    """A mouth: every character of a text is one frame of its own; the text `缺` cannot be said."""

    async def sound(self, part: Part, pace: float) -> bytes:
        text = part.text if isinstance(part, Text) else ""
        return b"" if text == "缺" else b"".join(ord(sign).to_bytes(2, "little") * 160 for sign in text)
