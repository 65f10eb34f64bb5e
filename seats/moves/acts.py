"""What a seat, or a supervisor in its place, does with the seat's call by API: the row first, then the move."""

from collections.abc import Awaitable, Callable, Mapping

from core.ids import AreaId, SeatNumber, UniqueId
from routing.areas import AreaTree
from seats.accounts.user import Role
from seats.live.model import Pictured
from seats.moves.exchange import Exchange, Told
from seats.moves.parties import Parties, parties
from seats.moves.places import SUPPORT, Goal, MoveData, PlaceKind, find
from seats.moves.ringing import Ringing
from seats.supervision.act import ActResult, CannotAct, NoSuchTarget
from seats.supervision.books import Ask, Books, new_id
from seats.supervision.floor import MOVED, CallNow, Floor
from seats.supervision.rules import TargetKind, Verb, may_send


class MoveActs:
    """One method a verb of `rules.MOVES`. Each raises `Refused`, `NoSuchTarget`, `CannotAct`, `DatabaseAway`."""

    def __init__(
        self, books: Books, floor: Floor, live: Pictured, exchange: Exchange, tree: AreaTree, data: MoveData
    ) -> None:
        self._books = books
        self._floor = floor
        self._live = live
        self._exchange = exchange
        self._tree = tree
        self._data = data
        self._ringing = Ringing(live, exchange)

    @property
    def steps(self) -> Mapping[Verb, Callable[[Ask], Awaitable[ActResult]]]:
        """By verb."""
        return {
            Verb.TRANSFER: self.transfer,
            Verb.CONSULT: self.consult,
            Verb.THREEWAY: self.threeway,
            Verb.HOLD: self.hold,
            Verb.UNHOLD: self.unhold,
            Verb.COMPLETE: self.complete,
            Verb.CANCEL: self.cancel,
            Verb.ADVISER: self.raise_hand,
            Verb.THIRD: self.raise_hand,
        }

    async def transfer(self, ask: Ask) -> ActResult:
        """Blind: the caller goes on at once."""
        seat, call, there = await self._now(ask)
        goal = await self._goal(ask, seat)
        return await self._books.once(ask, call, lambda: self._exchange.transfer(there.caller, seat, goal, "blind"))

    async def consult(self, ask: Ask) -> ActResult:
        """Attended: the seat asks first."""
        seat, call, there = await self._now(ask)
        goal = await self._goal(ask, seat)
        if there.asked is not None:
            raise CannotAct(f"seat {seat} asks {there.asked_seat or 'somebody'} already")
        return await self._books.once(
            ask, call, lambda: self._exchange.consult(there.caller, there.seat, goal, held=not there.joined)
        )

    async def threeway(self, ask: Ask) -> ActResult:
        """Whom the seat asked and its caller come together; or a seat is rung and comes in."""
        seat, call, there = await self._now(ask)
        if there.asked is not None:
            return await self._books.once(ask, call, lambda: self._exchange.join_talk(there.caller, there.seat))
        goal = await self._goal(ask, seat)
        if goal.kind is not PlaceKind.SEAT:
            raise CannotAct("into a three-way talk comes a seat; for a group, raise a hand")
        if not there.joined:
            raise CannotAct("the caller is on hold")
        target = SeatNumber(goal.id)
        if not self._floor.reachable(target):
            raise CannotAct(f"seat {target} is not registered")
        if self._floor.call_of(target) is not None:
            raise CannotAct(f"seat {target} is in a call")
        own = UniqueId(new_id(MOVED))
        done = await self._books.once(
            ask, call, lambda: self._exchange.bring_in(own, target, there.seat, self._told(call, seat))
        )
        self._ringing.began(own, call.linkedid, seat, there.seat)
        return done

    async def hold(self, ask: Ask) -> ActResult:
        """Music for the caller."""
        _, call, there = await self._now(ask)
        if not there.joined:
            raise CannotAct("the caller is on hold already")
        return await self._books.once(ask, call, lambda: self._exchange.hold(there.caller, there.seat))

    async def unhold(self, ask: Ask) -> ActResult:
        """Caller and seat talk again."""
        seat, call, there = await self._now(ask)
        if there.joined:
            raise CannotAct("the caller is not on hold")
        if there.asked is not None:
            raise CannotAct(f"seat {seat} asks {there.asked_seat or 'somebody'}: complete, or cancel")
        return await self._books.once(ask, call, lambda: self._exchange.rejoin(there.caller, there.seat))

    async def complete(self, ask: Ask) -> ActResult:
        """Whom the seat asked takes the caller; the seat is free."""
        _, call, there = await self._now(ask)
        asked = there.asked
        if asked is None:
            raise CannotAct("nobody has answered yet whom the seat asked")
        return await self._books.once(ask, call, lambda: self._exchange.complete(there.caller, asked, there.seat))

    async def cancel(self, ask: Ask) -> ActResult:
        """The seat takes its caller back, whoever it asked; or has nobody rung any more to come in."""
        seat, call, there = await self._now(ask)
        if there.joined and (ringing := self._ringing.asked_by(seat)) is not None:
            return await self._books.once(ask, call, lambda: self._exchange.hang_up(ringing))
        if there.joined:
            raise CannotAct("the seat asks nobody")
        return await self._books.once(ask, call, lambda: self._exchange.rejoin(there.caller, there.seat))

    async def raise_hand(self, ask: Ask) -> ActResult:
        """An expert of the group is rung and hears the call."""
        seat, call, there = await self._now(ask)
        goal = find(ask.to or SUPPORT, self._tree, self._data, ())
        if goal is None or goal.kind is not PlaceKind.GROUP:
            names = ", ".join(group.id for group in self._data.groups)
            raise NoSuchTarget(f"no group of experts {ask.to!r}; there are {names}")
        told = self._told(call, seat)
        return await self._books.once(
            ask, call, lambda: self._exchange.raise_hand(there.seat, goal.id, str(ask.verb), told)
        )

    async def _now(self, ask: Ask) -> tuple[SeatNumber, CallNow, Parties]:
        if ask.target.kind is not TargetKind.SEAT:
            raise NoSuchTarget(f"{ask.verb} is for a seat")
        seat = SeatNumber(ask.target.id)
        call = await self._books.call(ask)
        return seat, call, parties(self._live.picture.calls[call.linkedid], seat)

    async def _goal(self, ask: Ask, seat: SeatNumber) -> Goal:
        """Where `ask.to` is. A supervisor sends to their own city or the province; a seat to whom it knows."""
        goal = find(ask.to, self._tree, self._data, self._live.picture.seats)
        if goal is None or goal.id == seat:
            raise NoSuchTarget("no such other seat, area or group")
        if ask.user.role is not Role.SEAT and goal.kind is not PlaceKind.GROUP:
            area = self._floor.area_of(SeatNumber(goal.id)) if goal.kind is PlaceKind.SEAT else AreaId(goal.id)
            await self._books.allow(ask, may_send(ask.user, area, self._tree.root.id))
        return goal

    def _told(self, call: CallNow, seat: SeatNumber) -> Told:
        return Told(call.linkedid, seat, call.number, "" if call.area is None else self._tree.area(call.area).name)
