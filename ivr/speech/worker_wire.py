"""What the service and a recognition worker say to each other, as bytes. No I/O.

A frame is kind (1 byte), hearing (4 bytes), length (4 bytes), payload. Service → worker: OPEN (payload: rate, 4
bytes), SOUND (samples), FINISH, CLOSE. Worker → service: READY (hearing 0), HEARD (JSON), FAILED (text). OPEN, SOUND
and FINISH are each answered once, in order.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ivr.speech.recogniser import Heard

_HEAD: Final = struct.Struct("<BII")
LONGEST: Final = 1 << 24
"""Bytes of one payload: 17 minutes of telephone sound. More means that the two no longer understand each other."""


class Kind(IntEnum):
    OPEN = 1
    SOUND = 2
    FINISH = 3
    CLOSE = 4
    READY = 5
    HEARD = 6
    FAILED = 7


class WireBroken(ValueError):
    """Bytes that are no frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Kind
    hearing: int
    payload: bytes = b""

    def encoded(self) -> bytes:
        """The frame as bytes."""
        return _HEAD.pack(self.kind, self.hearing, len(self.payload)) + self.payload


class Frames:
    """Bytes in, as they come; whole frames out."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Frames completed by `data`. Raises `WireBroken`."""
        self._rest += data
        while len(self._rest) >= _HEAD.size:
            number, hearing, length = _HEAD.unpack_from(self._rest)
            if length > LONGEST or number not in Kind._value2member_map_:
                raise WireBroken(f"kind {number} with {length} bytes")
            end = _HEAD.size + length
            if len(self._rest) < end:
                return
            payload = bytes(self._rest[_HEAD.size : end])
            del self._rest[:end]
            yield Frame(Kind(number), hearing, payload)


def rate_payload(rate: int) -> bytes:
    """Payload of OPEN."""
    return struct.pack("<I", rate)


def rate_of(payload: bytes) -> int:
    """The reverse of `rate_payload`. Raises `struct.error`."""
    return int(struct.unpack("<I", payload)[0])


def heard_payload(heard: Heard) -> bytes:
    """Payload of HEARD."""
    return json.dumps([heard.text, heard.final, heard.confidence, heard.rejected], ensure_ascii=False).encode()


def heard_of(payload: bytes) -> Heard:
    """The reverse of `heard_payload`. Raises `ValueError`."""
    text, final, confidence, rejected = json.loads(payload)
    return Heard(str(text), bool(final), float(confidence), float(rejected))
