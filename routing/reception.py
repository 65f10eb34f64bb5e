"""How callers of an area are met: what is announced, whether anybody answers now, and what they hear when not. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reception:
    """How callers of an area are met at one moment. Sounds are prompt keys."""

    closed: str = ""
    """Why nobody of the area answers, a word of `routing.hours.Reason`; empty while it is open."""
    says: tuple[str, ...] = ()
    """What tells a caller so, and when the area is open again."""
    province_open: bool = False
    """The area is closed and the province centre is not."""
    notices: tuple[str, ...] = ()
    """What is announced first."""


OPEN = Reception()
"""Somebody answers, and nothing is announced."""
