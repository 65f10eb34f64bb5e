"""The province's groups of experts, read from its file."""

from functools import cache
from pathlib import Path

from seats.moves.places import MoveData, parse

_DATA = Path(__file__).parent / "data"


@cache
def move_data(province: str) -> MoveData:
    """Groups and county keys of a province; a province without a file has none. Raises `BadInput`."""
    file = _DATA / f"{province}.toml"
    return parse(file.read_text(encoding="utf-8")) if file.is_file() else MoveData()
