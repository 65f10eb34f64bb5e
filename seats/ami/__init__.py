"""The only link to Asterisk's manager interface: the protocol (no I/O) and the client."""

from seats.ami.client import AmiClient, AmiLogin
from seats.ami.link import AmiDeadline, AmiError, AmiGone, AmiList, AmiRefused
from seats.ami.protocol import AmiBanner, AmiBroken, AmiEvent, AmiParser, AmiResponse, encode_action

__all__ = [
    "AmiBanner",
    "AmiBroken",
    "AmiClient",
    "AmiDeadline",
    "AmiError",
    "AmiEvent",
    "AmiGone",
    "AmiList",
    "AmiLogin",
    "AmiParser",
    "AmiRefused",
    "AmiResponse",
    "encode_action",
]
