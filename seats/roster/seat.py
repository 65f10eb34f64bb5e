"""A seat, and the seats a new copy starts with."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.ids import AreaId, SeatNumber
from routing.areas import Area, AreaTree

PROVINCE_SEATS = 4
CITY_SEATS = 2
COUNTY_SEATS = 1
_FIRST_OF_CITY = 1
_CITY_STEP = 2000
_FIRST_OF_COUNTY = 6401
_COUNTY_STEP = 100
_FIRST_OF_PROVINCE = 9001


@dataclass(frozen=True, slots=True)
class Seat:
    """A registered agent position.

    `number` is the area code without its leading 0 plus four digits (`3710001`), also the SIP user name; `area` the id
    of the area whose desk it is; `name` what people call it; a seat not `enabled` cannot register and is in no queue.
    """

    number: SeatNumber
    area: AreaId
    name: str
    enabled: bool = True


def demonstration_seats(tree: AreaTree) -> tuple[Seat, ...]:
    """Four seats at the province centre, two for every city, one for every county unit.

    Areas that share a code get ranges of their own: the code's first city from 0001, its second from 2001 (开封
    3712001), county units from 6401 in steps of a hundred (巩义 3716401), the province centre from 9001
    behind the code of the data file's first city.
    """
    seats: list[Seat] = []
    cities_of: dict[str, int] = {}
    counties_of: dict[str, int] = {}
    capital = tree.cities[0]
    for area in tree:
        code = area.code or capital.code
        if area.kind == "province":
            first, count = _FIRST_OF_PROVINCE, PROVINCE_SEATS
        elif area.kind == "city":
            nth = cities_of.get(area.code, 0)
            cities_of[area.code] = nth + 1
            first, count = _FIRST_OF_CITY + nth * _CITY_STEP, CITY_SEATS
        else:
            nth = counties_of.get(area.code, 0)
            counties_of[area.code] = nth + 1
            first, count = _FIRST_OF_COUNTY + nth * _COUNTY_STEP, COUNTY_SEATS
        seats.extend(_row(area, code, first, count))
    return tuple(seats)


def _row(area: Area, code: str, first: int, count: int) -> Iterator[Seat]:
    for nth in range(count):
        number = SeatNumber(f"{code.removeprefix('0')}{first + nth:04d}")
        yield Seat(number=number, area=area.id, name=f"{area.name}{nth + 1}号座席")
