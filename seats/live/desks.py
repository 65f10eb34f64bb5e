"""What is remembered of the seats: roster, phones, pauses, the end of their last call."""

from collections.abc import Iterable

from core.ids import SeatNumber
from seats.live import change as c
from seats.live.parts import Desk, newer
from seats.roster.seat import Seat


class Desks:
    """Every seat Asterisk or the roster knows. `changed` collects those a reader must look at."""

    def __init__(self) -> None:
        self.by_number: dict[SeatNumber, Desk] = {}
        self.changed: set[SeatNumber] = set()
        self.enrolled = False
        """Whether a roster was ever had. Before, a seat's area is the queue it serves first."""

    def desk(self, number: SeatNumber) -> Desk:
        """That seat's; a new one if there was none."""
        desk = self.by_number.get(number)
        if desk is None:
            desk = self.by_number[number] = Desk(number)
            self.changed.add(number)
        return desk

    def touch(self, number: SeatNumber, at: float) -> None:
        """Something of the seat changed at that time."""
        desk = self.desk(number)
        desk.touched = max(desk.touched, at)
        self.changed.add(number)

    def enrol(self, seats: Iterable[Seat]) -> None:
        """The roster, whole. Seats not enabled are not in it."""
        self.enrolled = True
        for desk in self.by_number.values():
            desk.known = False
        for seat in seats:
            if seat.enabled:
                desk = self.desk(seat.number)
                desk.area, desk.name, desk.known, desk.home = seat.area, seat.name, True, seat.area
        for number, desk in self.by_number.items():
            if not desk.known:
                desk.area, desk.name = None, ""
            self.changed.add(number)

    def device_set(self, device: c.DeviceSet) -> None:
        """`apply` of that change; so are those below."""
        self.touch(device.seat, device.at)
        desk = self.desk(device.seat)
        if newer(device.at, desk.away_at):
            desk.away, desk.away_at = device.away, device.at

    def pause_set(self, pause: c.PauseSet) -> None:
        desk = self.desk(pause.seat)
        if desk.home not in (None, pause.queue):
            return
        desk.touched = max(desk.touched, pause.at)
        if newer(pause.at, desk.paused_at):
            desk.paused, desk.reason, desk.paused_at = pause.paused, pause.reason, pause.at
            self.changed.add(pause.seat)

    def work_ended(self, ended: c.WorkEnded) -> None:
        desk = self.desk(ended.seat)
        if ended.at > desk.ended_at:
            desk.ended_at = ended.at
            self.changed.add(ended.seat)

    def truth(self, truth: c.SeatTruth) -> None:
        desk = self.desk(truth.seat)
        if desk.home is None:
            desk.home = truth.home
        if not self.enrolled:
            desk.area = truth.home
        if desk.away != truth.away or not desk.away_at:
            desk.away, desk.away_at = truth.away, truth.at
            desk.touched = max(desk.touched, truth.at)
        if (desk.paused, desk.reason) != (truth.paused, truth.reason):
            desk.paused, desk.reason, desk.paused_at = truth.paused, truth.reason, truth.paused_at or truth.at
        desk.ended_at = max(desk.ended_at, truth.last_call)
        desk.wrap_up = truth.wrap_up
        self.changed.add(truth.seat)

    def absent(self, absent: c.SeatAbsent) -> None:
        desk = self.desk(absent.seat)
        if desk.known:
            desk.away, desk.away_at = True, absent.at
        elif not desk.channels:
            del self.by_number[absent.seat]
        self.changed.add(absent.seat)
