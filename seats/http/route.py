"""What one row of the route table says, and what its function is given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from aiohttp import web

from core.errors import HotlineError
from seats.accounts.session import Session
from seats.accounts.user import User
from seats.http.services import Services
from seats.supervision.rules import NO_TARGET, Target, Verb

V1: Final = "/api/v1"


class Access(Enum):
    """Routes that need no user."""

    PUBLIC = "public"
    """Anybody: log-in, the description of the API."""
    LOOPBACK = "loopback"
    """Anybody on this machine: health, metrics."""
    FIRST_MESSAGE = "first_message"
    """A socket that may carry its token in its first message; its function checks the token and `Verb.SEE` itself."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, authenticated and parsed; a route's function sees this and nothing of HTTP."""

    services: Services
    session: Session | None
    """None only on routes with an `Access`."""
    path: Mapping[str, str]
    query: Any
    """An instance of the route's `query` type."""
    body: Any
    """An instance of the route's `body` type."""
    address: str
    """Where it came from."""
    token: str = ""
    target: Target = NO_TARGET

    @property
    def user(self) -> User:
        """Whose request it is. Only on routes with a verb."""
        if self.session is None:
            raise RuntimeError("a route without a verb has no user")
        return self.session.user


Answer = Callable[[Ask], Awaitable[Any]]
"""A route's function: gives an instance of the route's `response` type."""
TargetOf = Callable[[Ask], Awaitable[Target]]
"""Finds whom a request touches. Raises `NotThere`."""


class NotThere(HotlineError):
    """HTTP 404: no such call, seat, area or supervision."""


class RawAnswer:
    """A route's function that speaks HTTP itself: sockets, metrics."""

    def __init__(self, function: Callable[[web.Request, Ask], Awaitable[web.StreamResponse]]) -> None:
        self.function = function

    async def __call__(self, ask: Ask) -> Any:
        raise RuntimeError("a raw answer needs its request")


async def no_target(ask: Ask) -> Target:
    """For routes whose answer is cut to the user's scope."""
    return NO_TARGET


@dataclass(frozen=True, slots=True)
class Route:
    """One row. The middleware lets nothing through that is not in the table."""

    method: str
    path: str
    verb: Verb | Access
    """The least a user must be allowed; with `verb_of`, the request itself may need another."""
    answer: Answer
    about: str
    """One line for the description of the API."""
    response: Any
    """Type of the answer."""
    query: type | None = None
    body: type | None = None
    verb_of: Callable[[Ask], Verb] | None = None
    target: TargetOf = no_target
    status: int = 200
    content: str = "application/json"
    """Type of the answer's body."""
    noted: bool = False
    """Whether who asked for what becomes a fact of the journal: personal data leaves in bulk."""
    always: bool = False
    """Also while Postgres is away: for what takes an ear out of a call."""

    @property
    def needs_user(self) -> bool:
        """Whether the middleware must find a user before anything else."""
        return isinstance(self.verb, Verb)
