"""The menu of topics for those who press keys, read from `topics.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OWN: Final = Path(__file__).with_name("topics.toml")


@dataclass(frozen=True, slots=True)
class Group:
    """One line of the first menu and the lines of its own."""

    name: str
    entries: tuple[str, ...]
    """Topics, at most eight: 9 repeats and 0 fetches a person."""


def load(file: Path = OWN) -> tuple[Group, ...]:
    """The groups, in the order of their keys. Raises what a broken file deserves: it is our own."""
    tree = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(Group(group["name"], tuple(group["entries"])) for group in tree["group"])
