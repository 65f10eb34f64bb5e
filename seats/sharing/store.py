"""Reading the plan in force. May block."""

from pathlib import Path
from typing import Final

from core.errors import MissingComponent
from core.settings import PROJECT
from routing.areas import AreaTree
from seats.sharing.plan import Plan, default, parse

OWN: Final = "sharing.toml"
"""In a copy's home folder: read instead of the shipped plan."""


def in_force(home: Path, province: str, tree: AreaTree) -> Plan:
    """The copy's own plan, else the shipped one. Raises `BadInput` naming what is wrong with it."""
    own = _text(home / OWN)
    return parse(own, tree) if own is not None else shipped(province, tree)


def shipped(province: str, tree: AreaTree) -> Plan:
    """The plan beside the province's data; without one, pairs as that data has them."""
    text = _text(PROJECT / f"routing/data/sharing/{province}.toml")
    return parse(text, tree) if text is not None else default(tree)


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise MissingComponent(f"cannot read the sharing plan {file}: {error}") from error
