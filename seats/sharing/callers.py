"""Who waits in which queue, and for whom a seat rings already. Pure; mutable."""

from collections import OrderedDict
from collections.abc import Iterable

from core.ids import AreaId, SeatNumber, UniqueId


class Callers:
    """Callers of every queue. `moved` collects the queues a reader must look at."""

    def __init__(self, queues: Iterable[AreaId]) -> None:
        self.unserved: dict[AreaId, OrderedDict[UniqueId, float]] = {queue: OrderedDict() for queue in queues}
        """Those for whom no seat rings, by when they joined."""
        self.waiting: dict[AreaId, int] = dict.fromkeys(self.unserved, 0)
        """All of them."""
        self.moved: set[AreaId] = set()
        self.queued: dict[UniqueId, tuple[AreaId, float]] = {}
        """Queue and time of joining of everybody who waits."""
        self._ringing: dict[UniqueId, set[SeatNumber]] = {}
        self.rung_for: dict[SeatNumber, UniqueId] = {}
        """Seats that ring, and whose call it is."""

    def joined(self, caller: UniqueId, queue: AreaId, at: float) -> None:
        """A caller waits in that queue."""
        self.left(caller)
        if queue in self.unserved:
            self.queued[caller] = (queue, at)
            self.waiting[queue] += 1
            if caller not in self._ringing:
                self.unserved[queue][caller] = at
            self.moved.add(queue)

    def left(self, caller: UniqueId) -> None:
        """They wait no longer: joined with a seat, or gone."""
        queue, _ = self.queued.pop(caller, (None, 0.0))
        if queue is not None:
            self.waiting[queue] -= 1
            self.unserved[queue].pop(caller, None)
            self.moved.add(queue)

    def rings(self, seat: SeatNumber, caller: UniqueId) -> None:
        """A seat rings for that caller."""
        self.silent(seat)
        self.rung_for[seat] = caller
        self._ringing.setdefault(caller, set()).add(seat)
        queue, _ = self.queued.get(caller, (None, 0.0))
        if queue is not None:
            self.unserved[queue].pop(caller, None)
            self.moved.add(queue)

    def silent(self, seat: SeatNumber) -> None:
        """It rings no longer."""
        caller = self.rung_for.pop(seat, None)
        if caller is None:
            return
        seats = self._ringing[caller]
        seats.discard(seat)
        if seats:
            return
        del self._ringing[caller]
        queue, at = self.queued.get(caller, (None, 0.0))
        if queue is not None:
            # Nobody answered: among those who wait, first again.
            self.unserved[queue][caller] = at
            self.unserved[queue].move_to_end(caller, last=False)
            self.moved.add(queue)
