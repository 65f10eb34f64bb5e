"""A user: name, role, area, and the scope that follows from them. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from routing.areas import AreaTree
from seats.accounts.scope import NOWHERE, AreaScope, scope_of

NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
"""A user's name: what one types to log in."""


class Role(StrEnum):
    """What kind of work the user does."""

    PROVINCE_SUPERVISOR = "province_supervisor"
    """Sees and commands every seat of every city."""
    CITY_SUPERVISOR = "city_supervisor"
    """Sees and commands one city and its counties."""
    AUDITOR = "auditor"
    """Reads, never commands; of the province or of one city."""
    SEAT = "seat"
    """Works at the seat that `phone` names; reads who supervised it, and nothing else."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who may use the API. Made by `member`, which works out the scope."""

    name: str
    role: Role
    area: AreaId
    """The province's id, or a city's; a seat's may be a county's."""
    phone: SeatNumber | None
    """Seat whose softphone rings when this user listens, or at which this user works; None: cannot join a call."""
    scope: AreaScope


def member(tree: AreaTree, name: str, role: Role | str, area: str, phone: str | None = None) -> User:
    """The user of these words. Raises `BadInput` where they do not fit each other or the province."""
    if not NAME.fullmatch(name):
        raise BadInput("a user's name is 2 to 32 of a-z 0-9 . _ - and begins with a letter")
    try:
        own_role = Role(role)
    except ValueError:
        raise BadInput(f"no role {str(role)!r}; there are {', '.join(Role)}") from None
    own_area = tree.named(area)
    if own_area is None:
        raise BadInput(f"no area {area!r}; write it like 郑州 or zhengzhou")
    if own_role is Role.PROVINCE_SUPERVISOR and own_area.kind != "province":
        raise BadInput(f"a province supervisor's area is {tree.root.id}")
    if own_role is Role.CITY_SUPERVISOR and own_area.kind != "city":
        raise BadInput("a city supervisor's area is a city")
    if own_role is Role.AUDITOR and own_area.kind == "county":
        raise BadInput("an auditor's area is the province or a city")
    if phone is not None and not re.fullmatch(r"[1-9]\d{5,7}", phone, re.ASCII):
        raise BadInput(f"{phone!r} is no seat number: area code without its 0 plus four digits, e.g. 3710001")
    number = SeatNumber(phone) if phone is not None else None
    if own_role is Role.SEAT:
        if number is None:
            raise BadInput("a seat's user needs the seat's number: --phone 3710001")
        return User(name, own_role, own_area.id, number, NOWHERE)
    return User(name, own_role, own_area.id, number, scope_of(tree, own_area.id))
