"""Which seats serve which queue, and in what order: the plan behind `queues.conf`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.ids import AreaId
from routing.areas import Area, AreaTree
from seats.roster.seat import Seat


@dataclass(frozen=True, slots=True)
class Member:
    """A seat in a queue. Lower `penalty` is asked first; a higher one only when no lower one is free."""

    seat: Seat
    penalty: int


def order_of(area: Area, tree: AreaTree) -> tuple[AreaId, ...]:
    """Areas whose seats answer for `area`, nearest first.

    City: itself, its pair, the province. County unit: itself, its city, that city's pair, the province.
    """
    nearest = (area.id, tree.city_of(area.id).id, area.pair, tree.root.id)
    return tuple(dict.fromkeys(near for near in nearest if near is not None))


def members(area: Area, tree: AreaTree, seats: Sequence[Seat]) -> Iterator[Member]:
    """The queue of `area`, seats that are not enabled left out."""
    penalties = {other: penalty for penalty, other in enumerate(order_of(area, tree))}
    found = [Member(seat, penalties[seat.area]) for seat in seats if seat.enabled and seat.area in penalties]
    yield from sorted(found, key=lambda member: (member.penalty, member.seat.number))
