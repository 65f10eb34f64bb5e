"""What the API says of sharing: the policy card of the caller a seat has."""

import asyncio

from core.ids import AreaId, LinkedId, SeatNumber
from seats.http.route import Ask
from seats.sharing.view import SeatCard


async def card(ask: Ask) -> SeatCard:
    """Of the seat's call, else of its own area."""
    services, number = ask.services, SeatNumber(ask.path["seat"])
    picture, tree = services.live.picture, services.tree
    seat = picture.seats.get(number)
    call = picture.calls.get(seat.call) if seat is not None and seat.call is not None else None
    home: AreaId | None = seat.area if seat is not None else None
    area = (call.area or call.queue) if call is not None else home
    shown = area if area is not None and area in tree else tree.root.id
    rings = services.sharing.rings(LinkedId(call.linkedid)) if call is not None else ()
    return SeatCard(
        seat=number,
        call=call.linkedid if call is not None else None,
        area=shown,
        area_name=tree.area(shown).name,
        own=shown == home,
        why=next((ring.why for ring in reversed(rings) if ring.seat == number), None),
        policy=await asyncio.to_thread(services.sharing.policy, tree, shown),
    )
