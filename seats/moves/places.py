"""Where a call can be moved to, and what a seat dials for it: seats, areas, the province, groups of experts. Pure."""

import re
import tomllib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from routing.areas import AreaTree

PROVINCE_KEY: Final = "9"
GROUP_PREFIX: Final = "*2"
QUEUE_PREFIX: Final = "expert_"
"""How the queue of a group begins: `expert_vat`."""
SUPPORT: Final = "general"
"""The group a raised hand calls when none is named."""
_ID: Final = re.compile(r"[a-z]{2,20}\Z")
_KEY: Final = re.compile(r"[0-9]\Z")
_SEAT: Final = re.compile(r"[1-9][0-9]{5,7}\Z")


class PlaceKind(StrEnum):
    """What a call can be moved to."""

    SEAT = "seat"
    AREA = "area"
    PROVINCE = "province"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Group:
    """Experts of one subject, wherever their desks are."""

    id: str
    name: str
    key: str
    members: tuple[SeatNumber, ...]

    @property
    def queue(self) -> str:
        """Its queue in Asterisk."""
        return QUEUE_PREFIX + self.id


@dataclass(frozen=True, slots=True)
class Place:
    """A place that has a queue."""

    digits: str
    """What is dialled."""
    kind: PlaceKind
    id: str
    """Area id, or group id."""
    queue: str
    name: str


@dataclass(frozen=True, slots=True)
class MoveData:
    """A province's file: `seats/moves/data/<province>.toml`."""

    groups: tuple[Group, ...] = ()
    counties: Mapping[AreaId, str] = field(default_factory=dict)
    """The digits of a county unit behind those of its city."""


def parse(text: str) -> MoveData:
    """The data of a province. Raises `BadInput` naming what is wrong."""
    try:
        data = tomllib.loads(text)
        groups = tuple(_group(entry) for entry in data.get("group", []))
        counties = {AreaId(area): str(key) for area, key in data.get("counties", {}).items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadInput(f"groups of experts: {error}") from error
    for what in ("id", "key"):
        words = [getattr(group, what) for group in groups]
        if len(set(words)) != len(words):
            raise BadInput(f"groups of experts: two have the same {what}")
    return MoveData(groups, counties)


def _group(entry: Mapping[str, Any]) -> Group:
    group = Group(entry["id"], entry["name"], entry["key"], tuple(SeatNumber(seat) for seat in entry["members"]))
    if not _ID.match(group.id) or not _KEY.match(group.key):
        raise BadInput(f"group {group.id!r}: an id is lower-case letters, a key one digit")
    wrong = [seat for seat in group.members if not _SEAT.match(seat)]
    if wrong:
        raise BadInput(f"group {group.id}: {wrong[0]!r} is no seat number")
    return group


def places(tree: AreaTree, data: MoveData) -> tuple[Place, ...]:
    """Everything a seat can dial besides another seat's number; no two with the same digits."""
    found = [Place(PROVINCE_KEY, PlaceKind.PROVINCE, tree.root.id, tree.root.id, tree.root.name)]
    found += [Place(digits, PlaceKind.AREA, id, id, tree.area(id).name) for id, digits in _digits(tree, data)]
    found += [Place(GROUP_PREFIX + it.key, PlaceKind.GROUP, it.id, it.queue, it.name) for it in data.groups]
    if len({place.digits for place in found}) != len(found):
        raise BadInput("two places to move a call to have the same digits")
    return tuple(found)


def _digits(tree: AreaTree, data: MoveData) -> Iterator[tuple[AreaId, str]]:
    """A city's code; behind a shared one the city's key of the question that tells them apart; then a county's own."""
    of_city: dict[AreaId, str] = {}
    for city in tree.cities:
        menu = tree.codes[city.code].menu
        key = next((key for key, area in menu.items() if area == city.id), "")
        of_city[city.id] = city.code + key
        yield city.id, of_city[city.id]
    for county in tree.counties:
        if (own := data.counties.get(county.id)) is not None:
            yield county.id, of_city[tree.city_of(county.id).id] + own


@dataclass(frozen=True, slots=True)
class Goal:
    """Where one call is to go."""

    kind: PlaceKind
    id: str
    """Seat number, area id, group id."""

    @property
    def word(self) -> str:
        """As the dialplan names it: `seat_3710001`, `area_luoyang`, `province_henan`, `group_vat`."""
        return f"{self.kind}_{self.id}"


def find(to: str, tree: AreaTree, data: MoveData, seats: Container[str]) -> Goal | None:
    """What is meant by `to`: a seat's number, what a phone dials, an area's or group's id or name; None: nothing."""
    if to in seats:
        return Goal(PlaceKind.SEAT, to)
    area = tree.named(to)
    named = to if area is None else area.id
    for place in places(tree, data):
        group = place.kind is PlaceKind.GROUP
        if to == place.digits or (to in {place.id, place.name} if group else named == place.id):
            return Goal(place.kind, place.id)
    return None
