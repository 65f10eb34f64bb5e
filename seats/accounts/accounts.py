"""Log-in and tokens as the API uses them: checked in Postgres, remembered here.

Known tokens are checked again every `RECHECK` seconds, all in one question, so that a revocation made elsewhere works
within seconds and a thousand screens cost one query. While Postgres is away known tokens go on, for `AWAY` seconds at
most: nothing in Postgres can be revoked while it is away either. Commands ask Postgres each time (`confirm`).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, TypeVar

from core.clock import Clock
from core.db import DatabaseAway
from core.errors import BadInput
from routing.areas import AreaTree
from seats.accounts.attempts import Attempts
from seats.accounts.passwords import Passwords
from seats.accounts.session import BadToken, LogInRefused, Session, TooManyAttempts
from seats.accounts.store import Store, TokenRow, UserRow
from seats.accounts.tokens import LIFE, digest_of, new_token, well_formed
from seats.accounts.user import User, member

RECHECK: Final = 5.0
"""Seconds between two checks of every known token."""
AWAY: Final = timedelta(minutes=15)
"""How long a token lives on its last check while Postgres is away."""
KNOWN: Final = 20_000
"""Sessions remembered; the longest unused are forgotten (and looked up again) first."""
BAD: Final = 20_000
"""Well-formed tokens remembered to be bad, so that asking again costs Postgres nothing."""
_HASHING: Final = 2
"""Passwords digested at once: each takes 64 MiB."""
_WAITING: Final = 32
"""Log-ins that may wait for their turn to be digested."""

_Result = TypeVar("_Result")
_log = logging.getLogger("seats.accounts")


class Accounts:
    """The `Accounts` port of the API on a `Store`."""

    def __init__(self, store: Store, tree: AreaTree, clock: Clock, passwords: Passwords | None = None) -> None:
        self._store = store
        self._tree = tree
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._attempts = Attempts()
        self._known: OrderedDict[str, Session] = OrderedDict()
        self._bad: OrderedDict[str, None] = OrderedDict()
        self._leaving: set[str] = set()
        """Digests logged out while Postgres was away: bad here at once, revoked there when it is back."""
        self._turns = asyncio.Semaphore(_HASHING)
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to check known tokens again and again."""
        self._task = asyncio.create_task(self._keep_checking())

    async def close(self) -> None:
        """Stop checking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def log_in(self, name: str, password: str, address: str) -> tuple[str, Session]:
        """A new token and its session. Raises `LogInRefused`, `TooManyAttempts`, `DatabaseAway`."""
        if seconds := self._attempts.wait(name, address, self._clock.monotonic()):
            raise TooManyAttempts(seconds)
        if self._waiting >= _WAITING:
            raise TooManyAttempts(1)
        self._attempts.begin(name, address, self._clock.monotonic())
        try:
            found = await self._store.password_of(name)
        except DatabaseAway:
            self._attempts.withdraw(name, address)
            raise
        digest = found[1] if found else None
        fits = await self._digesting(self._passwords.fits, digest, password)
        if not fits or found is None or not found[0].enabled:
            raise LogInRefused("name or password is wrong")
        self._attempts.succeeded(name, address)
        user = self._user(found[0])
        if user is None:
            raise LogInRefused("name or password is wrong")
        if self._passwords.outdated(found[1]):
            await self._store.renew_digest(name, found[1], await self._digesting(self._passwords.digest, password))
        token = new_token()
        now = self._clock.now()
        await self._store.keep_token(digest_of(token), name, now, now + LIFE, address)
        session = Session(user, now + LIFE, now)
        self._remember(digest_of(token), session)
        return token, session

    async def check(self, token: str, address: str = "") -> Session:
        """The session of a token. Raises `BadToken`; `TooManyAttempts` when `address` guesses; `DatabaseAway` for a
        token not known while Postgres is away."""
        session = self.known(token)
        if session is not None:
            return session
        digest = digest_of(token) if well_formed(token) else ""
        if not digest or digest in self._bad or digest in self._leaving:
            raise BadToken("this session is over; log in")
        if seconds := self._attempts.wait_for_token(address, self._clock.monotonic()):
            raise TooManyAttempts(seconds)
        now = self._clock.now()
        row = (await self._store.good([digest], now)).get(digest)
        found = self._session(row) if row else None
        if found is None or digest in self._leaving or digest in self._bad:
            self._attempts.bad_token(address, self._clock.monotonic())
            self._bad[digest] = None
            while len(self._bad) > BAD:
                self._bad.popitem(last=False)
            raise BadToken("this session is over; log in")
        self._remember(digest, found)
        return found

    async def confirm(self, token: str) -> Session:
        """The session as Postgres has it at this moment, for what must not rest on memory. Raises `BadToken`,
        `DatabaseAway`."""
        digest = digest_of(token) if well_formed(token) else ""
        row = (await self._store.good([digest], self._clock.now())).get(digest) if digest else None
        found = self._session(row) if row else None
        if found is None or digest in self._leaving or digest in self._bad:
            self._known.pop(digest, None)
            raise BadToken("this session is over; log in")
        self._remember(digest, found)
        return found

    def known(self, token: str) -> Session | None:
        """The session of a token from memory alone; None when it is not known to be good (any more)."""
        if not well_formed(token):
            return None
        digest = digest_of(token)
        session = self._known.get(digest)
        if session is None:
            return None
        now = self._clock.now()
        if now >= session.expires_at or now - session.checked_at > AWAY:
            del self._known[digest]
            return None
        self._known.move_to_end(digest)
        return session

    async def log_out(self, token: str) -> None:
        """Revoke a token. Raises `DatabaseAway`: then it is bad here at once and is revoked when Postgres is back."""
        if not well_formed(token):
            return
        digest = digest_of(token)
        self._known.pop(digest, None)
        self._leaving.add(digest)
        await self._store.revoke([digest], self._clock.now())
        self._leaving.discard(digest)
        self._bad[digest] = None

    async def recheck(self) -> None:
        """Check every known token again, in one question. Raises `DatabaseAway`; then all stay as they were."""
        if self._leaving:
            leaving = list(self._leaving)
            await self._store.revoke(leaving, self._clock.now())
            self._leaving.difference_update(leaving)
            self._bad.update(dict.fromkeys(leaving))
        digests = list(self._known)
        if not digests:
            return
        rows = await self._store.good(digests, self._clock.now())
        for digest in digests:
            if digest not in self._known:
                continue  # logged out meanwhile
            row = rows.get(digest)
            session = self._session(row) if row else None
            if session is None:
                del self._known[digest]
            else:
                self._known[digest] = session

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(RECHECK)
            try:
                await self.recheck()
            except DatabaseAway as error:
                _log.warning("sessions live on their last check: %s", error)
            except Exception:
                _log.exception("checking sessions failed")

    async def _digesting(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """Run costly work in a thread, a few at a time."""
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1

    def _remember(self, digest: str, session: Session) -> None:
        self._known[digest] = session
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def _session(self, row: TokenRow) -> Session | None:
        user = self._user(row.user)
        return None if user is None else Session(user, row.expires_at, self._clock.now())

    def _user(self, row: UserRow) -> User | None:
        try:
            return member(self._tree, row.name, row.role, row.area, row.phone)
        except BadInput as error:
            _log.error("a stored user fits this province no more: %s", error, extra={"user": row.name})
            return None
