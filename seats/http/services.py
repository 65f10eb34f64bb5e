"""What the API needs from the rooms behind it, as ports. Real rooms and the tests' fakes have the same shape.

Each field of `Services` is filled in `seats/__main__.py`. Everything that waits for Postgres raises
`core.db.DatabaseAway`; the edge answers 503 with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.ids import AreaId, LinkedId, SeatNumber
from routing.areas import AreaTree
from seats.accounts.scope import AreaScope
from seats.accounts.session import Session
from seats.accounts.user import User
from seats.records.figures.figure import Figures as FiguresRow
from seats.records.record import CallRecord, Origin
from seats.sharing.view import SharingView
from seats.stories.story import Story
from seats.supervision.act import ActResult, Refusal
from seats.supervision.chain import Proof
from seats.supervision.entry import Row
from seats.supervision.rules import Target, Verb
from seats.supervision.seat_view import SeatSupervision


class PictureView(Protocol):
    """The live picture, or what a scope shows of it. Frozen: an entry that did not change stays the same object."""

    @property
    def calls(self) -> Mapping[LinkedId, Any]:
        """`seats.live.model.LiveCall` by linkedid."""
        ...

    @property
    def seats(self) -> Mapping[SeatNumber, Any]:
        """`LiveSeat` by number."""
        ...

    @property
    def areas(self) -> Mapping[AreaId, Any]:
        """`LiveArea` by area id."""
        ...

    @property
    def stale_since(self) -> datetime | None: ...

    @property
    def newest_event(self) -> datetime | None: ...

    @property
    def version(self) -> int: ...

    @property
    def differences(self) -> Sequence[Any]:
        """Where picture, Asterisk and roster lately did not agree."""
        ...

    @property
    def alerts(self) -> Sequence[Any]:
        """`Alert`s of the last minutes, newest first."""
        ...


class LiveSource(Protocol):
    """The live picture as it is kept."""

    @property
    def picture(self) -> PictureView:
        """The whole, now."""
        ...

    def view(self, picture: Any, scope: AreaScope) -> PictureView:
        """What `scope` shows of `picture`, entries unchanged."""
        ...


class Supervision(Protocol):
    """Acts, recorded before they are done."""

    async def act(self, user: User, verb: Verb, target: Target, *, reason: str, source: str, to: str = "") -> ActResult:
        """Do `verb` to `target`; `to` is where a moved call goes. Raises `Refused` (recorded), `NoSuchTarget`,
        `CannotAct`, `DatabaseAway` (nothing was done: what cannot be recorded is not done)."""
        ...

    async def switch(self, user: User, id: str, verb: Verb, *, source: str) -> ActResult:
        """Change a running supervision to another of listen, whisper, barge, takeover. Raises as `act`."""
        ...

    async def end(self, user: User, id: str, *, source: str) -> ActResult:
        """Leave a running supervision. Raises as `act`."""
        ...

    def target_of(self, id: str) -> Target | None:
        """Whom the running supervision `id` touches; None when none of that id runs."""
        ...

    async def refused(self, refusal: Refusal) -> None:
        """Add a row for a request the API itself turned away. Raises `DatabaseAway`."""
        ...

    async def audit(self, user: User, *, since: datetime | None, limit: int) -> Sequence[Row]:
        """Audit rows that touch the user's areas, or are of the user, newest first."""
        ...

    async def verify(self) -> Proof:
        """Prove the chain of rows."""
        ...

    async def of_seat(self, seat: SeatNumber, *, limit: int) -> Sequence[SeatSupervision]:
        """Who supervised this seat and when, newest first."""
        ...


class History(Protocol):
    """Stored call records."""

    async def record(self, linkedid: LinkedId) -> CallRecord | None:
        """None when there is none."""
        ...

    async def history(
        self,
        scope: AreaScope,
        *,
        area: AreaId | None,
        since: datetime | None,
        until: datetime | None,
        number: str | None,
        outcome: str | None,
        origin: Origin | None,
        limit: int,
    ) -> Sequence[CallRecord]:
        """Records inside `scope`, newest first; without an `origin` all but the platform's own calls."""
        ...


class Figures(Protocol):
    """Figures over stored rows."""

    async def figures(
        self, scope: AreaScope, *, since: datetime, until: datetime, by: str, area: AreaId | None
    ) -> Sequence[FiguresRow]:
        """One row a group, the last of all; `by` is `area`, `half-hour`, `day`, or `area` and one of these. Raises
        `BadInput`."""
        ...


class Accounts(Protocol):
    """Log-in and tokens: `seats.accounts.accounts.Accounts`."""

    async def log_in(self, name: str, password: str, address: str) -> tuple[str, Session]:
        """The new token and its session. Raises `LogInRefused`, `TooManyAttempts`, `DatabaseAway`."""
        ...

    async def check(self, token: str, address: str = "") -> Session:
        """The session of a token that came from `address`. Raises `BadToken`, `TooManyAttempts`, `DatabaseAway` (a
        token never seen while Postgres is away)."""
        ...

    async def confirm(self, token: str) -> Session:
        """The session as Postgres has it at this moment. Raises `BadToken`, `DatabaseAway`."""
        ...

    def known(self, token: str) -> Session | None:
        """The session of a token from memory alone: cheap enough for every screen, every second."""
        ...

    async def log_out(self, token: str) -> None:
        """Revoke the token. Raises `DatabaseAway`."""
        ...


class Sounds(Protocol):
    """Recordings as files: `seats.http.sounds.StoredSounds`."""

    async def wave(self, user: User, record: CallRecord, recording: str, *, reason: str, source: str) -> bytes:
        """A WAV file, given after a row says to whom and why. Raises `NotThere`, `DatabaseAway`."""
        ...


class Stories(Protocol):
    """What callers told the voice: `seats.stories.store.Stories`."""

    async def story(self, linkedid: LinkedId) -> Story | None:
        """None when the call has none. Raises `DatabaseAway`."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the API."""

    tree: AreaTree
    live: LiveSource
    supervision: Supervision
    history: History
    figures: Figures
    accounts: Accounts
    sounds: Sounds
    stories: Stories = field(kw_only=True)
    sharing: SharingView = field(kw_only=True, default_factory=SharingView)
    """Who was rung and why, and policy cards; without lending, of files alone."""
