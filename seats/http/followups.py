"""Rows of the table for callbacks, appointments and messages: who is owed a call, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from aiohttp import web

from core.ids import AreaId, SeatNumber
from seats.accounts.user import Role
from seats.callbacks.request import Callback
from seats.callbacks.service import Act, Followups
from seats.callbacks.store import Message
from seats.http.gate import HEADERS
from seats.http.questions import AreaWord, LatestQuery, SoundQuery, Why
from seats.http.route import V1, Answer, Ask, NotThere, RawAnswer, Route, TargetOf
from seats.http.shapes import Limit, Reason, Text
from seats.http.sounds import CONTENT
from seats.http.targets import area_of, queried_area, seat_or_own
from seats.supervision.act import ActResult, Refused
from seats.supervision.rules import NO_TARGET, Target, TargetKind, Verb, may_send


@dataclass(frozen=True, slots=True)
class FollowupQuery:
    """Which ones."""

    area: AreaWord | None = None
    state: Annotated[str, Text(4, r"open|all")] = "open"
    limit: Limit = 50


@dataclass(frozen=True, slots=True)
class Promise:
    """A callback or an appointment."""

    id: str
    number: str
    area: AreaId
    why: str
    state: str
    asked_at: datetime
    joined_at: datetime
    not_before: datetime | None
    slot: datetime | None
    tries: int
    seat: str | None
    call: str | None
    """The call it comes from."""
    last_call: str
    """The last call made for it; empty when there is none yet."""
    story: str
    result: str
    closed_at: datetime | None
    closed_by: str


@dataclass(frozen=True, slots=True)
class CallbacksAnswer:
    """Newest first."""

    callbacks: Sequence[Promise]


@dataclass(frozen=True, slots=True)
class MessagesAnswer:
    """Newest first."""

    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it."""

    result: Reason = ""


@dataclass(frozen=True, slots=True)
class Assign:
    """`to` is a seat's number or an area."""

    to: AreaWord


class Rows:
    """The rows' functions over one service."""

    def __init__(self, followups: Followups) -> None:
        self._followups = followups

    def rows(self) -> tuple[Route, ...]:
        """For the table."""
        callback, message = f"{V1}/callbacks/{{callback}}", f"{V1}/messages/{{message}}"
        of_callback, of_message = self._of_callback, self._of_message
        return (
            _see("callbacks", self._list(False), "Who is owed a call.", CallbacksAnswer),
            _see("appointments", self._list(True), "Calls at a chosen hour.", CallbacksAnswer),
            _see("messages", self._messages, "Messages callers left.", MessagesAnswer),
            Route(
                "GET",
                f"{V1}/seats/{{seat}}/messages",
                Verb.TASKS,
                self._given,
                "Messages given to a seat; its own user may read, hear and close them, or have them called.",
                MessagesAnswer,
                query=LatestQuery,
                target=seat_or_own,
            ),
            _do(f"{callback}/now", self._acting(Act.NOW), "Call next; not outside calling time.", Why, of_callback),
            _do(f"{callback}/cancel", self._acting(Act.CANCEL), "The person wants no call any more.", Why, of_callback),
            _do(f"{callback}/close", self._acting(Act.CLOSE), "It was dealt with; say how.", Result, of_callback),
            _do(f"{message}/assign", self._assign, "Give it to a seat or an area.", Assign, of_message),
            _do(f"{message}/callback", self._call_back, "Have whoever left it called.", Why, of_message),
            _do(f"{message}/close", self._close, "It was dealt with; say how.", Result, of_message),
            Route(
                "GET",
                f"{message}/sound",
                Verb.FOLLOW_UP,
                RawAnswer(self._sound),
                "The message as a WAV file; who hears it and why is written down first.",
                bytes,
                query=SoundQuery,
                target=of_message,
                content=CONTENT,
            ),
        )

    def _list(self, appointments: bool) -> Answer:
        async def answer(ask: Ask) -> CallbacksAnswer:
            area = area_of(ask, ask.query.area)
            found = await self._followups.callbacks(
                ask.user.scope, area=area.id if area else None, open_only=ask.query.state == "open",
                appointments=appointments, limit=ask.query.limit,
            )  # fmt: skip
            return CallbacksAnswer([promise(one) for one in found])

        return answer

    async def _messages(self, ask: Ask) -> MessagesAnswer:
        area = area_of(ask, ask.query.area)
        return MessagesAnswer(
            await self._followups.messages(
                ask.user.scope,
                area=area.id if area else None,
                open_only=ask.query.state == "open",
                limit=ask.query.limit,
            )
        )

    async def _given(self, ask: Ask) -> MessagesAnswer:
        return MessagesAnswer(await self._followups.given(SeatNumber(ask.path["seat"]), limit=ask.query.limit))

    def _acting(self, act: Act) -> Answer:
        async def answer(ask: Ask) -> ActResult:
            result = ask.body.result if isinstance(ask.body, Result) else ask.body.reason
            found = await self._callback(ask)
            return await self._followups.act(found, act, who=ask.user.name, source=ask.address, result=result)

        return answer

    async def _assign(self, ask: Ask) -> ActResult:
        message = await self._message(ask)
        area = ask.services.tree.named(ask.body.to)
        to: SeatNumber | AreaId = area.id if area is not None else SeatNumber(ask.body.to)
        of = area.id if area is not None else self._area_of_seat(ask)
        verdict = may_send(ask.user, of, ask.services.tree.root.id)
        if not verdict.allowed:
            raise Refused(verdict.why)
        return await self._followups.assign(message, to, who=ask.user.name, source=ask.address)

    def _area_of_seat(self, ask: Ask) -> AreaId | None:
        seat = ask.services.live.picture.seats.get(SeatNumber(ask.body.to))
        if seat is None:
            raise NotThere("no such seat or area")
        area: AreaId | None = seat.area
        return area

    async def _call_back(self, ask: Ask) -> ActResult:
        return await self._followups.call_back(await self._message(ask), who=ask.user.name, source=ask.address)

    async def _close(self, ask: Ask) -> ActResult:
        message = await self._message(ask)
        return await self._followups.close_message(
            message, result=ask.body.result, who=ask.user.name, source=ask.address
        )

    async def _sound(self, _request: web.Request, ask: Ask) -> web.StreamResponse:
        message = await self._message(ask)
        sound = await self._followups.sound(message, reason=ask.query.reason, who=ask.user.name, source=ask.address)
        name = f'attachment; filename="{message.id}.wav"'
        return web.Response(body=sound, content_type=CONTENT, headers={**HEADERS, "Content-Disposition": name})

    async def _of_callback(self, ask: Ask) -> Target:
        if ask.user.role is Role.SEAT:
            return NO_TARGET  # none is a seat's, and it learns of none
        return _target((await self._callback(ask)).area)

    async def _of_message(self, ask: Ask) -> Target:
        if ask.user.role is not Role.SEAT:
            return _target(AreaId((await self._message(ask)).area))
        # A seat's user learns of no message but those given to it.
        found = await self._followups.message(ask.path["message"])
        if found is None or ask.user.phone is None or found.assigned != ask.user.phone:
            return NO_TARGET
        return Target(TargetKind.SEAT, ask.user.phone, frozenset())

    async def _callback(self, ask: Ask) -> Callback:
        found = await self._followups.callback(ask.path["callback"])
        if found is None:
            raise NotThere("no such callback")
        return found

    async def _message(self, ask: Ask) -> Message:
        found = await self._followups.message(ask.path["message"])
        if found is None:
            raise NotThere("no such message")
        return found


def promise(one: Callback) -> Promise:
    """As the API shows it."""
    return Promise(
        one.id, one.number, one.area, str(one.why), str(one.state), one.asked_at, one.joined_at, one.not_before,
        one.slot, one.tries, one.seat, one.call, one.channel, one.story, one.result, one.closed_at, one.closed_by,
    )  # fmt: skip


def _target(area: AreaId) -> Target:
    return Target(TargetKind.AREA, area, frozenset({area or None}))


def _see(path: str, answer: Answer, about: str, response: type) -> Route:
    return Route(
        "GET",
        f"{V1}/{path}",
        Verb.CALLBACKS,
        answer,
        about,
        response,
        query=FollowupQuery,
        target=queried_area,
        noted=True,
    )


def _do(path: str, answer: Answer, about: str, body: type, target: TargetOf) -> Route:
    return Route("POST", path, Verb.FOLLOW_UP, answer, about, ActResult, body=body, target=target)
