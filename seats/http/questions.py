"""What can be asked and what is answered, as types: the API's whole vocabulary. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from core.ids import AreaId, SeatNumber
from seats.accounts.session import Session
from seats.accounts.user import Role, User
from seats.http.shapes import Limit, Linkedid, Reason, Text
from seats.live.model import Alert, Difference, LiveArea, LiveCall, LiveSeat
from seats.records.figures.figure import Figures
from seats.records.record import CallRecord, Origin
from seats.sharing.chosen import SeatChosen
from seats.supervision.entry import Row
from seats.supervision.rules import ALLOWED
from seats.supervision.seat_view import SeatSupervision

AreaWord = Annotated[str, Text(40)]
"""An area, by id or by its Chinese name."""
Number = Annotated[str, Text(32, r"[+0-9*#]{1,32}")]
"""A telephone number to look for."""


class Mode(StrEnum):
    """How a supervisor joins a call."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKEOVER = "takeover"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No body, no query."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """Name and password."""

    user: Annotated[str, Text(64)]
    password: Annotated[str, Text(256)]


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which records."""

    area: AreaWord | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: Number | None = None
    outcome: Annotated[str, Text(40, r"[a-z_]{1,40}")] | None = None
    origin: Origin | None = None
    """Not asked for: calls of people, not the platform's own to supervisors' phones."""
    limit: Limit = 50


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which audit rows."""

    since: datetime | None = None
    limit: Limit = 50


@dataclass(frozen=True, slots=True)
class LatestQuery:
    """How many of the latest."""

    limit: Limit = 50


@dataclass(frozen=True, slots=True)
class SoundQuery:
    """Why a recording is needed, for the audit row."""

    reason: Annotated[str, Text(200, r".*\S.*")]


@dataclass(frozen=True, slots=True)
class FiguresQuery:
    """Which figures."""

    from_: datetime
    to: datetime
    by: Annotated[str, Text(20, r"(area|half-hour|day)(,(area|half-hour|day))?")] = "area"
    area: AreaWord | None = None


@dataclass(frozen=True, slots=True)
class Supervise:
    """Join a call: `target` is a seat's number or a call's linkedid."""

    target: Linkedid
    mode: Mode
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class SwitchMode:
    """Another way of being in the call."""

    mode: Mode


@dataclass(frozen=True, slots=True)
class Why:
    """The reason, for the audit row."""

    reason: Reason = ""


class Home(StrEnum):
    """Where an area's seats work."""

    ON = "on"
    DRILL = "drill"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class HomeMode:
    """`on`, `drill` or `off`; the reason is for the audit row."""

    home: Home
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Move:
    """`to` is a seat's number or an area, whose queue the caller then waits in."""

    to: AreaWord
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A user as shown."""

    name: str
    role: Role
    area: AreaId
    phone: SeatNumber | None


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A token, told this once."""

    token: str
    expires_at: datetime
    user: Person


@dataclass(frozen=True, slots=True)
class Me:
    """Whose token this is, and what they may do."""

    user: Person
    expires_at: datetime
    verbs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Done:
    """It is done."""

    done: bool = True


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """The live picture inside the user's scope."""

    calls: Sequence[LiveCall]
    seats: Sequence[LiveSeat]
    areas: Sequence[LiveArea]
    stale_since: datetime | None
    """Since when Asterisk tells us nothing; null while the picture is kept up."""
    newest_event: datetime | None
    version: int
    differences: Sequence[Difference]
    """Where picture, Asterisk and roster lately did not agree."""
    alerts: Sequence[Alert]
    """What supervisors should look at, newest first."""


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """The first message of the live socket, and what a screen gets that did not keep up."""

    kind: Literal["snapshot"]
    picture: PictureAnswer


@dataclass(frozen=True, slots=True)
class LiveDelta:
    """What changed since the message before: by id, null for what is gone."""

    kind: Literal["delta"]
    version: int
    stale_since: datetime | None
    newest_event: datetime | None
    differences: Sequence[Difference]
    alerts: Sequence[Alert]
    calls: Mapping[str, LiveCall | None]
    seats: Mapping[str, LiveSeat | None]
    areas: Mapping[str, LiveArea | None]


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """A call: as it is now, as it is stored, or both."""

    call: LiveCall | None
    record: CallRecord | None
    rings: Sequence[SeatChosen] = ()
    """Of a call that is up: seats that queues rang for it so far, and why those; a stored one's are in its record."""


@dataclass(frozen=True, slots=True)
class RecordsAnswer:
    """Call records, newest first."""

    records: Sequence[CallRecord]


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """Audit rows, newest first."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class FiguresAnswer:
    """Figures, one row a group, the last of all of them."""

    rows: Sequence[Figures]


@dataclass(frozen=True, slots=True)
class SupervisionsAnswer:
    """Who supervised a seat, and when, newest first."""

    rows: Sequence[SeatSupervision]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was not done."""

    error: str
    """A code that stays the same: no_token, bad_token, role, area, seat, bad_input, not_there, postgres_away, …"""
    reason: str
    """One sentence for people."""


def person(user: User) -> Person:
    """A user as shown."""
    return Person(user.name, user.role, user.area, user.phone)


def me(session: Session) -> Me:
    """Whose session it is."""
    return Me(person(session.user), session.expires_at, sorted(verb.value for verb in ALLOWED[session.user.role]))
