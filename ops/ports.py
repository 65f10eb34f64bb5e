"""Ports: free ones for a copy that must collide with nobody, and a plain word when one is taken."""

import random
import socket
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from core.errors import MissingComponent
from core.settings import ENVIRONMENT_PREFIX, Settings

_FIRST, _RTP_FIRST, _LAST = 20_000, 26_000, 32_000
"""Below the ports the system gives to outgoing connections: nobody takes one by chance between choice and use."""
_RTP_WIDTH = 400
"""Ports of a fresh copy's media: two a leg, apart from the ports another copy has chosen and not yet bound."""
_TRIES = 200
_PORT_NUMBERS = range(1, 65536)


def with_free_ports(settings: Settings) -> Settings:
    """`settings` with every port that was left at its default replaced by a free one; ports somebody chose stay."""
    default = Settings()
    chosen: set[int] = set()
    for section, key, kinds in _PORTS:
        values = getattr(settings, section)
        if getattr(values, key) == getattr(getattr(default, section), key):
            port = _free(values.host, kinds, chosen)
            chosen.add(port)
            settings = replace(settings, **{section: replace(values, **{key: port})})
    if (settings.sip.rtp_first, settings.sip.rtp_last) == (default.sip.rtp_first, default.sip.rtp_last):
        first = _free_range(settings.sip.host, chosen)
        settings = replace(settings, sip=replace(settings.sip, rtp_first=first, rtp_last=first + _RTP_WIDTH - 1))
    return settings


def check_free(settings: Settings) -> None:
    """Raise `MissingComponent` naming the first port that is taken, its setting and its variable."""
    for problem in taken(settings):
        raise MissingComponent(problem)


def taken(settings: Settings) -> Iterator[str]:
    """One line for each port of ours that somebody else listens on, or that cannot be bound."""
    for section, key, kinds in _PORTS:
        values = getattr(settings, section)
        for kind in kinds:
            if reason := _refusal(values.host, getattr(values, key), kind):
                variable = f"{ENVIRONMENT_PREFIX}{section}_{key}".upper()
                word = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
                cure = f"set {variable} to another port"
                if getattr(values, key) in _PORT_NUMBERS:
                    cure = f"stop the program that has it, or {cure}"
                yield f"port {getattr(values, key)} ({word}, {section}.{key}) on {values.host}: {reason}; {cure}"


_PORTS: tuple[tuple[str, str, tuple[socket.SocketKind, ...]], ...] = (
    ("sip", "port", (socket.SOCK_DGRAM, socket.SOCK_STREAM)),
    ("agi", "port", (socket.SOCK_STREAM,)),
    ("agi", "metrics_port", (socket.SOCK_STREAM,)),
    ("ami", "port", (socket.SOCK_STREAM,)),
    ("http", "port", (socket.SOCK_STREAM,)),
    ("speech", "port", (socket.SOCK_STREAM,)),
    ("speech", "door_port", (socket.SOCK_STREAM,)),
)
"""Section, key, and the kinds of socket that are bound there."""


def _refusal(host: str, port: int, kind: socket.SocketKind) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As the servers do: a connection that lingers from the last run is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return (error.strerror or str(error)).lower()
        except OverflowError:
            return "no port number"
    return ""


def _free(host: str, kinds: tuple[socket.SocketKind, ...], chosen: set[int]) -> int:
    for _ in range(_TRIES):
        port = random.randrange(_FIRST, _RTP_FIRST)  # noqa: S311 - no secret
        if port not in chosen and not any(_refusal(host, port, kind) for kind in kinds):
            return port
    raise MissingComponent(f"no free port between {_FIRST} and {_RTP_FIRST} on {host}")


def _free_range(host: str, chosen: set[int]) -> int:
    for _ in range(_TRIES):
        first = random.randrange(_RTP_FIRST, _LAST - _RTP_WIDTH, 2)  # noqa: S311 - no secret
        block = range(first, first + _RTP_WIDTH)
        if not chosen.intersection(block) and not any(_refusal(host, p, socket.SOCK_DGRAM) for p in block[::8]):
            return first
    raise MissingComponent(f"no free range of {_RTP_WIDTH} ports between {_RTP_FIRST} and {_LAST} on {host}")


def port_settings(settings: Settings) -> dict[str, Any]:
    """Section.key -> port, for people and for tests."""
    named = {f"{section}.{key}": getattr(getattr(settings, section), key) for section, key, _ in _PORTS}
    return named | {f"sip.{f.name}": getattr(settings.sip, f.name) for f in fields(settings.sip) if "rtp" in f.name}
