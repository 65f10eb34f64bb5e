"""What one scope shows of the picture. Pure. A city sees the calls that touch it, its seats, its rows."""

from collections.abc import Collection
from types import MappingProxyType
from typing import Protocol

from core.ids import AreaId
from seats.live.model import Picture


class Scope(Protocol):
    """What `seats.accounts.scope.AreaScope` says of areas."""

    @property
    def whole(self) -> bool: ...

    def covers(self, area: AreaId | None) -> bool: ...

    def covers_any(self, areas: Collection[AreaId | None]) -> bool: ...


def view(picture: Picture, scope: Scope) -> Picture:
    """`picture` as `scope` sees it; entries are the same objects. Differences are the province's to see."""
    if scope.whole:
        return picture
    return Picture(
        calls=MappingProxyType({key: call for key, call in picture.calls.items() if scope.covers_any(call.areas)}),
        seats=MappingProxyType({key: seat for key, seat in picture.seats.items() if scope.covers(seat.area)}),
        areas=MappingProxyType({key: area for key, area in picture.areas.items() if scope.covers(key)}),
        stale_since=picture.stale_since,
        newest_event=picture.newest_event,
        version=picture.version,
        alerts=tuple(alert for alert in picture.alerts if scope.covers(alert.area)),
    )
