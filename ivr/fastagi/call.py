"""One call as a door sees it."""

from asyncio import Future
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NoReturn

from core.errors import HotlineError
from core.ids import LinkedId
from core.wire import BadLine
from ivr.fastagi.protocol import AgiReply, AgiRequest, encode_command


class AgiError(HotlineError):
    """A call's door cannot go on; the dialplan goes on without it."""


class AgiGone(AgiError):
    """The caller hung up, or Asterisk closed the connection."""


class AgiDeadline(AgiError):
    """The door took longer than it may."""


class AgiRefused(AgiError):
    """Asterisk does not know the command or application, or its words are wrong: a fault of ours."""


Ask = Callable[[bytes], Future[AgiReply]]
"""Sends one command line and gives its reply to come. Raises `AgiGone`, `AgiDeadline`."""


class AgiCall:
    """The commands of one door. One at a time: AGI has one channel and one reply.

    Every command raises `AgiGone` (caller or Asterisk went away), `AgiDeadline`, `AgiRefused`, or `core.wire.BadLine`
    for text that would not stay one line (nothing is sent then).
    """

    __slots__ = ("_ask", "linkedid", "request")

    def __init__(self, request: AgiRequest, ask: Ask) -> None:
        self.request = request
        self.linkedid = LinkedId(request.query.get("linkedid") or request.variables.get("uniqueid", ""))
        """From the URL (`agi://…/incoming?linkedid=${CHANNEL(linkedid)}`), else the channel's own id.

        The two are the same for a call's first leg.
        """
        self._ask = ask

    @property
    def arguments(self) -> Sequence[str]:
        """What the dialplan gave after the URL."""
        return self.request.arguments

    async def get_variable(self, name: str) -> str | None:
        """A channel variable or function (`CALLERID(num)`); None when not set. Asterisk gives at most 1,023 bytes."""
        reply = await self._ask(_reading(name))
        if reply.code != 200:
            _refuse(reply)
        return reply.data if reply.result == "1" else None

    async def set_variable(self, name: str, value: str) -> None:
        """Sets a channel variable, or writes a function."""
        await self._done(encode_command("SET", "VARIABLE", name, value))

    async def execute(self, application: str, *arguments: str) -> int:
        """Runs a dialplan application and gives its result. No argument may hold a comma: Asterisk would see two.

        Only short ones: Asterisk finishes an application it has begun, even when the deadline has cut our connection.
        """
        if any("," in argument for argument in arguments):
            raise BadLine("an argument of an application may not hold a comma")
        reply = await self._done(encode_command("EXEC", application, ",".join(arguments)))
        if reply.result == "-2":
            raise AgiRefused(f"no application {application}")
        if reply.result == "-1":
            raise AgiGone(f"{application} lost its channel")
        return int(reply.result or 0)

    async def verbose(self, text: str, level: int = 1) -> None:
        """One line on Asterisk's console and log."""
        await self._done(encode_command("VERBOSE", text, str(level)))

    async def _done(self, line: bytes) -> AgiReply:
        reply = await self._ask(line)
        if reply.code != 200:
            _refuse(reply)
        return reply


@lru_cache(maxsize=256)
def _reading(name: str) -> bytes:
    """The names of variables are few, and the same in every call."""
    return encode_command("GET", "VARIABLE", name)


def _refuse(reply: AgiReply) -> NoReturn:
    if reply.code == 511:
        raise AgiGone("the channel is dead")
    raise AgiRefused(f"{reply.code} {reply.text.partition(chr(10))[0]}")
