"""The words of an act: what came of it, and of one that was refused. Pure."""

from dataclasses import dataclass
from datetime import datetime

from core.errors import HotlineError
from seats.supervision.rules import NO_TARGET, Target


class Refused(HotlineError):
    """The rules do not allow it. Whoever raises this has recorded it; the text is the reason, one sentence."""


class NoSuchTarget(HotlineError):
    """The call, seat or supervision has gone or never was; nothing was done."""


class CannotAct(HotlineError):
    """Allowed and recorded, but Asterisk did not do it; the text says why."""


@dataclass(frozen=True, slots=True)
class ActResult:
    """An act that was recorded and then done."""

    id: str
    """Of the supervision (or of the single act): names it in later requests and in the audit rows."""
    verb: str
    target: str
    at: datetime
    """When its row was committed, UTC."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not done, for the audit rows."""

    user: str | None
    """None: nobody known (no token, a bad token, a failed log-in)."""
    verb: str
    why: str
    """Code first: `no_token: …`, `role: …`, `area: …`."""
    source: str
    """Address and route it came from."""
    target: Target = NO_TARGET
    times: int = 1
    """Equal refusals within a minute become one row."""
