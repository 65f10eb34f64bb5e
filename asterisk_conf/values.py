"""What may stand in a configuration file: every value goes through here, so that none can begin a line of its own."""

import ipaddress
import re
from pathlib import Path

from core.errors import BadInput

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,32}\Z", re.ASCII)
_AREA = re.compile(r"[a-z][a-z0-9_]{0,39}\Z", re.ASCII)
_PATH = re.compile(r"/[^\x00-\x1f\x7f;\"'`$\\]*\Z")
_NAME_LIMIT = 40


def token(value: str, what: str) -> str:
    """A password or user name: letters, digits, `_`, `-`. Raises `BadInput`, never showing the value."""
    if not _TOKEN.match(value):
        raise BadInput(f"{what} may hold only letters, digits, _ and -")
    return value


def digits(value: str, what: str) -> str:
    """1 to 32 ASCII digits. Raises `BadInput`."""
    if not _DIGITS.match(value):
        raise BadInput(f"{what} = {value!r} must be digits")
    return value


def area(value: str) -> str:
    """An area id, also a queue's name. Raises `BadInput`."""
    if not _AREA.match(value):
        raise BadInput(f"area id {value!r} must be lower-case letters, digits and _")
    return value


def port(value: int, what: str) -> int:
    """A port number from 1 to 65535. Raises `BadInput`."""
    if not 1 <= value <= 65535:
        raise BadInput(f"{what} = {value} is no port")
    return value


def address(value: str, what: str) -> str:
    """An IP address to listen on. Raises `BadInput`."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise BadInput(f"{what} = {value!r} is no IP address") from error


def network(value: str, what: str) -> str:
    """An IP address or network (`10.1.0.0/16`). Raises `BadInput`."""
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError as error:
        raise BadInput(f"{what} = {value!r} is no IP address or network") from error


def with_port(host: str, number: int, what: str) -> str:
    """`127.0.0.1:5060`, `[::1]:5060`."""
    listed = address(host, what)
    return f"[{listed}]:{port(number, what)}" if ":" in listed else f"{listed}:{port(number, what)}"


def carrier(value: str) -> str:
    """Where calls of our own go: an IP address and a port; empty: nowhere. Raises `BadInput`."""
    if not value:
        return ""
    host, _, number = value.rpartition(":")
    if not number.isascii() or not number.isdigit():
        raise BadInput(f"sip.trunk_out = {value!r} must be an address and a port, like 10.1.2.3:5060")
    return with_port(host.strip("[]"), int(number), "sip.trunk_out")


def path(value: Path, what: str) -> str:
    """An absolute path that configuration files and the dialplan read as one word. Raises `BadInput`."""
    text = str(value)
    if not _PATH.match(text) or "${" in text:
        raise BadInput(
            f"{what} = {text!r}: choose a folder with an absolute path without quotes, semicolons, $ and controls"
        )
    return text


def name(value: str) -> str:
    """A person's or desk's name as Asterisk may show it: letters, digits, spaces, `·`, `.`, `-`; the rest is dropped.

    A mistyped name must not keep the platform from starting, so nothing is refused.
    """
    kept = "".join(sign for sign in value if sign.isalnum() or sign in " ·.-")
    return " ".join(kept.split())[:_NAME_LIMIT]
