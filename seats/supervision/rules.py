"""Who may do what: roles × verbs as a table, areas by the user's scope. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from core.ids import AreaId
from seats.accounts.user import Role, User


class Verb(StrEnum):
    """What a user can ask for. Every route of the API names one."""

    OWN = "own"
    """Their own account and session."""
    SEE = "see"
    """The live picture, one call, one seat."""
    NUMBERS = "numbers"
    """Callers' full numbers instead of masked ones."""
    HISTORY = "history"
    RECORDING = "recording"
    """Hear a stored recording."""
    AUDIT = "audit"
    """Read the supervision rows and prove their chain."""
    STORY = "story"
    """Read what the caller of one call told the voice."""
    CARD = "card"
    """Whose caller a seat has, and that area's policy card."""
    SUPERVISED = "supervised"
    """Read who supervised one seat, and when."""
    FIGURES = "figures"
    CALLBACKS = "callbacks"
    """See who is owed a call, and the messages left."""
    FOLLOW_UP = "follow_up"
    """Say what becomes of a callback or a message, and hear it."""
    TASKS = "tasks"
    """See the messages given to one seat."""
    HOURS = "hours"
    """Set hours, closures and announcements of an area."""
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKEOVER = "takeover"
    HANGUP = "hangup"
    MOVE = "move"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    LOGOUT = "logout"
    """Out of every queue, and its phone's registration is taken away."""
    LOG_IN = "log-in"
    LOG_OUT = "log-out"
    READY = "ready"
    WRAP_UP = "wrap-up"
    """More time to write up."""
    HOME = "home"
    """An area's seats work from home, or from their desks again."""
    TRANSFER = "transfer"
    """A seat's caller goes on at once."""
    CONSULT = "consult"
    """A seat asks somebody first, its caller on hold."""
    THREEWAY = "threeway"
    HOLD = "hold"
    UNHOLD = "unhold"
    COMPLETE = "complete"
    """Whom the seat asked takes the caller."""
    CANCEL = "cancel"
    """The seat has asked, and takes its caller back."""
    ADVISER = "adviser"
    """A raised hand: an expert the seat alone hears."""
    THIRD = "third"
    """A raised hand: an expert both hear."""


READS = frozenset(
    {
        Verb.OWN,
        Verb.SEE,
        Verb.NUMBERS,
        Verb.HISTORY,
        Verb.RECORDING,
        Verb.AUDIT,
        Verb.STORY,
        Verb.SUPERVISED,
        Verb.CARD,
        Verb.FIGURES,
        Verb.CALLBACKS,
        Verb.TASKS,
    }
)
"""Verbs that change nothing. One area of the target inside the user's scope is enough for them."""
COMMANDS = frozenset(Verb) - READS
"""Verbs that change something or put somebody's ear into a call. Every area of the target must be inside the scope."""
JOINS = frozenset({Verb.LISTEN, Verb.WHISPER, Verb.BARGE, Verb.TAKEOVER})
"""Commands that ring the user's own phone."""
MOVES = frozenset(
    {Verb.TRANSFER, Verb.CONSULT, Verb.THREEWAY, Verb.HOLD, Verb.UNHOLD, Verb.COMPLETE, Verb.CANCEL, Verb.ADVISER}
    | {Verb.THIRD}
)
"""Commands a seat may give too, on its own call."""
DESK = frozenset({Verb.LOG_IN, Verb.LOG_OUT, Verb.PAUSE, Verb.READY, Verb.WRAP_UP})
"""Commands a seat may give for itself."""

ALLOWED: dict[Role, frozenset[Verb]] = {
    Role.PROVINCE_SUPERVISOR: frozenset(Verb),
    Role.CITY_SUPERVISOR: frozenset(Verb),
    Role.AUDITOR: frozenset(
        {
            *(Verb.OWN, Verb.SEE, Verb.HISTORY, Verb.RECORDING, Verb.AUDIT, Verb.STORY, Verb.SUPERVISED),
            *(Verb.FIGURES, Verb.CALLBACKS, Verb.TASKS),
        }
    ),
    Role.SEAT: frozenset({Verb.OWN, Verb.STORY, Verb.SUPERVISED, Verb.CARD, Verb.TASKS, Verb.FOLLOW_UP}) | MOVES | DESK,
}


class TargetKind(StrEnum):
    """What an act is aimed at."""

    NONE = "none"
    """Nothing in particular: the answer itself is cut to the user's scope."""
    AREA = "area"
    CALL = "call"
    SEAT = "seat"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an act touches."""

    kind: TargetKind
    id: str
    """linkedid, seat number, area id; empty for `NONE`."""
    areas: frozenset[AreaId | None]
    """Every area it touches: the caller's and the seat's of a call; None is an area not decided yet."""


NO_TARGET = Target(TargetKind.NONE, "", frozenset())


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether, and the reason in one sentence."""

    allowed: bool
    why: str
    code: str = ""
    """Of a refusal: `role`, `area`, `phone`, `seat`."""


def role_may(user: User, verb: Verb) -> Verdict:
    """Whether the user's role has `verb` at all; asked before a request is even read."""
    role = f"{'an' if user.role is Role.AUDITOR else 'a'} {user.role.replace('_', ' ')}"
    if verb in ALLOWED[user.role]:
        return Verdict(True, f"{role} may {verb}")
    return Verdict(False, f"{role} may not {verb}", "role")


def may(user: User, verb: Verb, target: Target = NO_TARGET) -> Verdict:
    """Whether `user` may do `verb` to `target`."""
    own = role_may(user, verb)
    if not own.allowed:
        return own
    if user.role is Role.SEAT and verb is not Verb.OWN:
        return _at_own_seat(user, target)
    if target.kind is TargetKind.NONE:
        if verb in COMMANDS:
            return Verdict(False, f"{verb} needs a target", "area")
        return own
    inside = user.scope.covers_any if verb in READS else user.scope.covers_all
    if not inside(target.areas):
        return Verdict(False, f"{target.kind} {target.id} is not of {user.area}", "area")
    if verb in JOINS and user.phone is None:
        return Verdict(False, f"{user.name} has no phone to {verb} with", "phone")
    return Verdict(True, f"{target.kind} {target.id} is of {user.area}")


def _at_own_seat(user: User, target: Target) -> Verdict:
    """A seat has no area: only what names its own number is its."""
    if target.kind is TargetKind.SEAT and user.phone is not None and target.id == user.phone:
        return Verdict(True, f"seat {target.id} is {user.name}'s")
    return Verdict(False, f"{target.kind} {target.id or 'at all'} is not seat {user.phone}", "seat")


def may_send(user: User, area: AreaId | None, root: AreaId) -> Verdict:
    """Whether `user` may send a call to `area`, its queue or one of its seats: one of their own, or the province's.

    The province centre takes what a city cannot: no city needs its leave.
    """
    if area == root or user.scope.covers(area):
        return Verdict(True, f"{area} is of {user.area}, or the province")
    return Verdict(False, f"{area or 'a seat of no area'} is not of {user.area}: send the call to {root}", "area")
