"""What a seat and its supervisors ask of it through the API: allowed by the table, written down, done."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from seats.accounts.user import Role
from seats.ami import AmiError, AmiRefused
from seats.live.live import Live
from seats.live.model import LiveSeat
from seats.roster import reasons
from seats.roster.plans import StoredPlans
from seats.roster.room import Roster
from seats.roster.states import IllegalMove, Move, State, after
from seats.supervision.act import ActResult, CannotAct, NoSuchTarget
from seats.supervision.books import Ask, Books
from seats.supervision.rules import TargetKind, Verb
from seats.supervision.switchboard import AsteriskFailed

ON, DRILL, OFF = "on", "drill", "off"
"""What `home` is asked for, in `Ask.to`."""


class SeatActs:
    """`steps` are what `Supervisions.learn` takes."""

    def __init__(self, books: Books, live: Live, roster: Roster, plans: StoredPlans) -> None:
        self._books, self._live, self._roster, self._plans = books, live, roster, plans
        self.steps: Mapping[Verb, Callable[[Ask], Awaitable[ActResult]]] = {
            Verb.LOG_IN: self._back,
            Verb.READY: self._back,
            Verb.UNPAUSE: self._back,
            Verb.LOG_OUT: self._log_out,
            Verb.PAUSE: self._pause,
            Verb.WRAP_UP: self._more_time,
            Verb.HOME: self._home,
        }

    async def _back(self, ask: Ask) -> ActResult:
        seat, home = self._seat(ask)
        if seat.reason == reasons.HOME:
            raise CannotAct(f"{home} works from home: the seat's PIN is keyed on its phone, behind *17")
        into = Move.READY if ask.verb is Verb.READY else Move.LOG_IN
        if ask.verb is Verb.UNPAUSE and seat.state is not State.LOGGED_OUT:
            into = Move.READY
        _legal(seat, into)
        return await self._do(ask, seat, lambda: self._roster.commands.ready(seat.number, home))

    async def _log_out(self, ask: Ask) -> ActResult:
        seat, _ = self._seat(ask)
        _legal(seat, Move.LOG_OUT)
        return await self._do(ask, seat, lambda: self._roster.commands.pause(seat.number, reasons.LOGGED_OUT))

    async def _pause(self, ask: Ask) -> ActResult:
        seat, _ = self._seat(ask)
        _legal(seat, Move.PAUSE)
        try:
            reason = reasons.chosen(ask.reason)
        except BadInput:
            if ask.user.role is Role.SEAT:
                raise
            # A supervisor's own words; none of the platform's.
            reason = "".join(sign if sign.isprintable() else " " for sign in ask.reason)[:100]
            reason = f"督导：{reason}" if reason in reasons.OWN else reason
        return await self._do(ask, seat, lambda: self._roster.commands.pause(seat.number, reason))

    async def _more_time(self, ask: Ask) -> ActResult:
        seat, _ = self._seat(ask)
        _legal(seat, Move.MORE_TIME)
        if seat.reason != reasons.WRAP_UP:
            raise CannotAct("writing up is prolonged once")
        return await self._do(ask, seat, lambda: self._roster.commands.pause(seat.number, reasons.MORE_TIME))

    async def _home(self, ask: Ask) -> ActResult:
        if ask.target.kind is not TargetKind.AREA or ask.to not in {ON, DRILL, OFF}:
            raise NoSuchTarget("home is for an area: on, drill or off")
        area, on = AreaId(ask.target.id), ask.to != OFF
        if (area in self._roster.plans.homes) is on:
            raise CannotAct(f"{area} works from {'home' if on else 'its desks'} already")

        async def switch() -> None:
            await self._plans.set_home(area, on=on, drill=ask.to == DRILL, by=ask.user.name)

        return await self._books.once(ask, None, switch)

    async def _do(self, ask: Ask, seat: LiveSeat, act: Callable[[], Coroutine[Any, Any, None]]) -> ActResult:
        async def done() -> None:
            self._roster.watch.asked(seat.number, ask.user.name)
            try:
                await act()
            except AmiRefused as error:
                raise AsteriskFailed(f"Asterisk says: {error}") from error
            except AmiError as error:
                raise AsteriskFailed(f"{error}; whether it was done is not known") from error

        return await self._books.once(ask, None, done)

    def _seat(self, ask: Ask) -> tuple[LiveSeat, AreaId]:
        seat = self._live.picture.seats.get(SeatNumber(ask.target.id))
        if ask.target.kind is not TargetKind.SEAT or seat is None or seat.area is None:
            raise NoSuchTarget(f"{ask.verb} is for a seat of the roster")
        return seat, seat.area


def _legal(seat: LiveSeat, move: Move) -> None:
    try:
        after(seat.state, move)
    except IllegalMove as error:
        raise CannotAct(str(error)) from error
