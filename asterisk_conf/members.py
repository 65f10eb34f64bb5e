"""Which seats serve which queue, and in what order: the plan of sharing, as `queues.conf` has it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seats.roster.seat import Seat
from seats.sharing.plan import AreaPlan


@dataclass(frozen=True, slots=True)
class Member:
    """A seat in a queue. Lower `penalty` is asked first; a higher one only when no lower one is free."""

    seat: Seat
    penalty: int


def members(plan: AreaPlan, seats: Sequence[Seat]) -> Iterator[Member]:
    """The queue of an area: its own seats and all that may help it. Seats that are not enabled are left out."""
    penalties = plan.penalties
    found = [Member(seat, penalties[seat.area]) for seat in seats if seat.enabled and seat.area in penalties]
    yield from sorted(found, key=lambda member: (member.penalty, member.seat.number))
