"""One TCP connection to the manager interface: matches answers to actions, and notices silence."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from core.errors import HotlineError
from seats.ami.protocol import AmiBroken, AmiEvent, AmiMessage, AmiParser, AmiResponse, encode_action

Fields = Mapping[str, str | Sequence[str]]
HALF_OPEN = "silent, even to a ping"


class AmiError(HotlineError):
    """An action got no good answer."""


class AmiGone(AmiError):
    """There is no link, or it broke before the answer came. Whether Asterisk did the action is not known."""


class AmiDeadline(AmiError):
    """No answer in time. Whether Asterisk did the action is not known."""


class AmiRefused(AmiError):
    """Asterisk answered `Error`; the text is Asterisk's."""


@dataclass(frozen=True, slots=True)
class AmiList:
    """The answer to an action that lists: the response, then one event a row (without the closing one)."""

    response: AmiResponse
    rows: tuple[AmiEvent, ...]


@dataclass(slots=True)
class _Asked:
    """One action under way; `rows` is None when it does not list."""

    done: "asyncio.Future[AmiList]"
    rows: list[AmiEvent] | None
    response: AmiResponse | None = None


class Link(asyncio.Protocol):
    """Made unconnected, for `loop.create_connection`; used once. `lost` gives the reason when it is over."""

    def __init__(self, parser: AmiParser, on_event: Callable[[AmiEvent], None], ping_after: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self._parser = parser
        self._on_event = on_event
        self._ping_after = ping_after
        self._transport: asyncio.Transport | None = None
        self._asked: dict[str, _Asked] = {}
        self._heard = True
        self._pinged = False
        self._watch: asyncio.TimerHandle | None = None
        self._reason = "Asterisk closed it"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._watch = self._loop.call_later(self._ping_after, self._listen)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        try:
            for message in self._parser.feed(data):
                self._take(message)
        except AmiBroken as error:
            self.cut(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        for asked in self._asked.values():
            if not asked.done.done():
                asked.done.set_exception(AmiGone(f"the link to Asterisk's manager broke: {self._reason}"))
        self._asked.clear()
        if not self.lost.done():
            self.lost.set_result(self._reason)

    def cut(self, reason: str) -> None:
        """Closes at once."""
        self._reason = reason
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()

    async def ask(
        self, name: str, action_id: str, fields: Fields, deadline: float, rows: list[AmiEvent] | None
    ) -> AmiList:
        """Sends one action, waits for its answer, with `rows` for the whole list. Raises as `AmiClient.action` does."""
        lines = encode_action(name, action_id, fields)
        if self._transport is None or self._transport.is_closing():
            raise AmiGone("no link to Asterisk's manager")
        asked = self._asked[action_id] = _Asked(self._loop.create_future(), rows)
        self._parser.lists_open += rows is not None
        self._transport.write(lines)
        try:
            async with asyncio.timeout(deadline):
                return await asked.done
        except TimeoutError:
            raise AmiDeadline(f"no answer to {name} within {deadline} s") from None
        finally:
            self._asked.pop(action_id, None)
            self._parser.lists_open -= rows is not None

    def _take(self, message: AmiMessage) -> None:
        if isinstance(message, AmiEvent):
            asked = self._asked.get(message.fields.get("ActionID", "")) if self._asked else None
            if asked is None or asked.rows is None:
                self._on_event(message)
            elif message.fields.get("EventList") == "Complete":
                _finish(asked)
            else:
                asked.rows.append(message)
        elif isinstance(message, AmiResponse):
            self._answer(message)

    def _answer(self, response: AmiResponse) -> None:
        asked = self._asked.get(response.action_id or "")
        if asked is None:
            # A ping's, or one whose deadline has passed.
            return
        asked.response = response
        if not response.succeeded:
            if not asked.done.done():
                asked.done.set_exception(AmiRefused(response.message))
        elif asked.rows is None or response.fields.get("EventList") != "start":
            _finish(asked)

    def _listen(self) -> None:
        """Every `ping_after` seconds: heard something -> fine; silent -> ping; still silent -> half open."""
        if self._heard:
            self._heard = self._pinged = False
        elif not self._pinged and self._transport is not None:
            self._pinged = True
            self._transport.write(encode_action("Ping", "ping", {}))
        else:
            self.cut(HALF_OPEN)
            return
        self._watch = self._loop.call_later(self._ping_after, self._listen)


def _finish(asked: _Asked) -> None:
    if asked.response is not None and not asked.done.done():
        asked.done.set_result(AmiList(asked.response, tuple(asked.rows or ())))
