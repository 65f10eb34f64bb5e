"""FastAGI: the doors Asterisk knocks at. The protocol (no I/O), the call a door sees, the server."""

from ivr.fastagi.call import AgiCall, AgiDeadline, AgiError, AgiGone, AgiRefused
from ivr.fastagi.protocol import AgiBroken, AgiHangup, AgiReply, AgiRequest
from ivr.fastagi.server import Door, Server, serve

__all__ = [
    "AgiBroken",
    "AgiCall",
    "AgiDeadline",
    "AgiError",
    "AgiGone",
    "AgiHangup",
    "AgiRefused",
    "AgiReply",
    "AgiRequest",
    "Door",
    "Server",
    "serve",
]
