"""What moves come down to at Asterisk: redirects into `dialplan/{transfer,hold,hand}.j2`, ids in fixed places."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from core.ids import LinkedId, SeatNumber, UniqueId
from seats.ami import AmiClient, AmiError, AmiRefused
from seats.moves.places import Goal
from seats.supervision.switchboard import AsteriskFailed

RING_SECONDS: Final = 30
_CHANNEL: Final = re.compile(r"(?:(?:sv|mv)-[0-9a-f]{12}|[0-9]+\.[0-9]+)\Z")
_SEAT: Final = re.compile(r"[1-9][0-9]{5,7}\Z")
_WORD: Final = re.compile(r"(?:seat|area|province|group)_[a-z0-9]{2,40}\Z")
_GROUP: Final = re.compile(r"[a-z]{2,20}\Z")


class Exchange(Protocol):
    """The moves. Every method raises `AsteriskFailed`."""

    async def transfer(self, caller: UniqueId, seat: SeatNumber, goal: Goal, how: str) -> None:
        """The caller goes on; not taken, it comes back to `seat`."""
        ...

    async def hold(self, caller: UniqueId, seat: UniqueId) -> None:
        """Music for the caller, silence for the seat; each is on its own."""
        ...

    async def consult(self, caller: UniqueId, seat: UniqueId, goal: Goal, *, held: bool) -> None:
        """The seat asks somebody, its caller held (already, or now)."""
        ...

    async def rejoin(self, caller: UniqueId, other: UniqueId) -> None:
        """A held caller and that channel talk; whoever else it talked with is left."""
        ...

    async def complete(self, caller: UniqueId, asked: UniqueId, seat: UniqueId) -> None:
        """A held caller and whom its seat has asked talk; the seat's line ends."""
        ...

    async def join_talk(self, caller: UniqueId, other: UniqueId) -> None:
        """A held caller comes into that channel's talk."""
        ...

    async def bring_in(self, own: UniqueId, target: SeatNumber, seat: UniqueId, call: "Told") -> None:
        """Ring a third phone, under the id `own`; once answered it is in the talk of caller and seat."""
        ...

    async def raise_hand(self, seat: UniqueId, group: str, how: str, call: "Told") -> None:
        """Ring the experts of a group; the one who answers hears the call."""
        ...

    async def hang_up(self, channel: UniqueId) -> None:
        """End a channel; one that has gone is no error."""
        ...


class Told:
    """What a phone rung for somebody else's call is told."""

    def __init__(self, linkedid: LinkedId, seat: SeatNumber, number: str, area: str) -> None:
        self.linkedid = linkedid
        self.seat = seat
        self.number = "".join(sign for sign in number if sign in "+0123456789")
        self.area = "".join(sign for sign in area if sign.isalnum())


class CommandedExchange:
    """`Exchange` on the AMI login that may act."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def transfer(self, caller: UniqueId, seat: SeatNumber, goal: Goal, how: str) -> None:
        await self._set(caller, "MOVE_FROM", _checked(_SEAT, seat))
        await self._set(caller, "MOVE_HOW", "command" if how == "command" else "blind")
        await self._redirect(caller, "transfer-go", _checked(_WORD, goal.word))

    async def hold(self, caller: UniqueId, seat: UniqueId) -> None:
        await self._apart(caller, seat, "command-holding", "s")

    async def consult(self, caller: UniqueId, seat: UniqueId, goal: Goal, *, held: bool) -> None:
        word = _checked(_WORD, goal.word)
        if held:
            await self._redirect(seat, "command-consult", word)
        else:
            await self._apart(caller, seat, "command-consult", word)

    async def rejoin(self, caller: UniqueId, other: UniqueId) -> None:
        await self._set(caller, "REJOIN", _checked(_CHANNEL, other))
        await self._redirect(caller, "command-rejoin", "s")

    async def complete(self, caller: UniqueId, asked: UniqueId, seat: UniqueId) -> None:
        # Not hung up from here: that would end whom it asked before the caller has come.
        await self._set(seat, "CONSULT_AFTER", "consult-over")
        await self.rejoin(caller, asked)

    async def join_talk(self, caller: UniqueId, other: UniqueId) -> None:
        await self._set(caller, "REJOIN", _checked(_CHANNEL, other))
        await self._redirect(caller, "command-join", "s")

    async def bring_in(self, own: UniqueId, target: SeatNumber, seat: UniqueId, call: Told) -> None:
        await self._originate(
            f"PJSIP/{_checked(_SEAT, target)}",
            ("command-third", "s"),
            call,
            {"SUPERVISE_CHANNEL": _checked(_CHANNEL, seat), "JOIN_OF": call.linkedid, "JOIN_FROM": call.seat}
            | {"PJSIP_HEADER(add,X-Hotline-Call)": call.linkedid}
            | ({"PJSIP_HEADER(add,X-Hotline-Area)": call.area} if call.area else {}),
            ChannelId=_checked(_CHANNEL, own),
            # For the record, should nobody answer: no dialplan runs there before.
            Account=f"threeway/{call.seat}/{call.linkedid}",
        )

    async def raise_hand(self, seat: UniqueId, group: str, how: str, call: Told) -> None:
        await self._originate(
            f"Local/{_checked(_GROUP, group)}@command-hand/n",
            ("command-ear", "third" if how == "third" else "adviser"),
            call,
            {
                "__HAND_CHANNEL": _checked(_CHANNEL, seat),
                "__HAND_OF": call.linkedid,
                "__HAND_FROM": call.seat,
                "__HAND_AREA": call.area,
                "__HAND_HOW": "third" if how == "third" else "adviser",
            },
        )

    async def hang_up(self, channel: UniqueId) -> None:
        try:
            await self._client.action("Hangup", {"Channel": _checked(_CHANNEL, channel), "Cause": "16"})
        except AmiRefused:
            return
        except AmiError as error:
            raise AsteriskFailed(str(error)) from error

    async def _apart(self, caller: UniqueId, seat: UniqueId, context: str, extension: str) -> None:
        await self._set(caller, "HELD_FOR", _checked(_CHANNEL, seat))
        await self._set(seat, "HOLD_OF", _checked(_CHANNEL, caller))
        await self._act(
            "Redirect",
            {
                **{"Channel": caller, "Context": "command-held", "Exten": "s", "Priority": "1"},
                **{"ExtraChannel": seat, "ExtraContext": context, "ExtraExten": extension, "ExtraPriority": "1"},
            },
        )

    async def _originate(
        self, channel: str, place: tuple[str, str], call: Told, variables: Mapping[str, str], **more: str
    ) -> None:
        _checked(_CHANNEL, call.linkedid)
        _checked(_SEAT, call.seat)
        await self._act(
            "Originate",
            {
                **{"Channel": channel, "Context": place[0], "Exten": place[1], "Priority": "1"},
                "CallerID": f'"{call.seat}" <{call.number}>',
                "Timeout": str(RING_SECONDS * 1000),
                "Async": "true",
                "Variable": tuple(f"{name}={value}" for name, value in variables.items()),
                **more,
            },
        )

    async def _set(self, channel: UniqueId, name: str, value: str) -> None:
        await self._act("Setvar", {"Channel": _checked(_CHANNEL, channel), "Variable": name, "Value": value})

    async def _redirect(self, channel: UniqueId, context: str, extension: str) -> None:
        where = {"Context": context, "Exten": extension, "Priority": "1"}
        await self._act("Redirect", {"Channel": _checked(_CHANNEL, channel), **where})

    async def _act(self, action: str, fields: Mapping[str, str | Sequence[str]]) -> None:
        try:
            await self._client.action(action, dict(fields))
        except AmiRefused as error:
            raise AsteriskFailed(f"Asterisk says: {error}") from error
        except AmiError as error:
            raise AsteriskFailed(f"{error}; whether it was done is not known") from error


def _checked(form: re.Pattern[str], value: str) -> str:
    """An id in the one form it can have: nothing else ever reaches an action."""
    if not form.match(value):
        raise AsteriskFailed(f"{value!r} has not the form of an id")
    return value
