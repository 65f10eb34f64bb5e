"""Calls a seat lets ring, one after the other. Pure."""

from core.ids import SeatNumber


class Unanswered:
    """Counts them; an answered call, or a phone that was away and came back, begins anew."""

    def __init__(self, limit: int) -> None:
        """`limit` in a row are too many; 0: none ever are."""
        self._limit = limit
        self._rows: dict[SeatNumber, int] = {}

    def rang_out(self, seat: SeatNumber) -> bool:
        """One more; answers whether it is one too many, and then begins anew."""
        self._rows[seat] = self._rows.get(seat, 0) + 1
        if not self._limit or self._rows[seat] < self._limit:
            return False
        del self._rows[seat]
        return True

    def begins_anew(self, seat: SeatNumber) -> None:
        """It answered, or came back."""
        self._rows.pop(seat, None)
