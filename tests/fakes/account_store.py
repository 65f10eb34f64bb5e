"""Users and tokens in memory, held to the same contract as Postgres; it can be away like Postgres too."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from argon2 import PasswordHasher

from core.db import DatabaseAway
from seats.accounts.passwords import Passwords
from seats.accounts.store import TokenRow, UserRow


def cheap_passwords() -> Passwords:
    """argon2id at its cheapest: for tests only."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class _Token:
    name: str
    expires_at: datetime
    revoked: bool = False


class MemoryStore:
    def __init__(self) -> None:
        self.users: dict[str, tuple[UserRow, str]] = {}
        self.tokens: dict[str, _Token] = {}
        self.away = False
        self.questions = 0

    def _asked(self) -> None:
        self.questions += 1
        if self.away:
            raise DatabaseAway("Postgres does not answer")

    async def all_users(self) -> tuple[UserRow, ...]:
        self._asked()
        return tuple(self.users[name][0] for name in sorted(self.users))

    async def add(self, user: UserRow, password: str) -> bool:
        self._asked()
        if user.name in self.users:
            return False
        self.users[user.name] = (user, password)
        return True

    async def password_of(self, name: str) -> tuple[UserRow, str] | None:
        self._asked()
        return self.users.get(name)

    async def set_password(self, name: str, password: str, now: datetime) -> bool:
        self._asked()
        if name not in self.users:
            return False
        self.users[name] = (self.users[name][0], password)
        self._revoke_of(name)
        return True

    async def renew_digest(self, name: str, old: str, new: str) -> None:
        self._asked()
        if name in self.users and self.users[name][1] == old:
            self.users[name] = (self.users[name][0], new)

    async def set_enabled(self, name: str, enabled: bool, now: datetime) -> bool:
        self._asked()
        if name not in self.users:
            return False
        user, password = self.users[name]
        self.users[name] = (replace(user, enabled=enabled), password)
        if not enabled:
            self._revoke_of(name)
        return True

    async def change(self, name: str, role: str, area: str, phone: str | None) -> bool:
        self._asked()
        if name not in self.users:
            return False
        user, password = self.users[name]
        self.users[name] = (replace(user, role=role, area=area, phone=phone), password)
        return True

    async def keep_token(self, digest: str, name: str, now: datetime, expires_at: datetime, address: str) -> None:
        self._asked()
        self.tokens[digest] = _Token(name, expires_at)

    async def good(self, digests: Collection[str], now: datetime) -> Mapping[str, TokenRow]:
        self._asked()
        found = {}
        for digest in digests:
            token = self.tokens.get(digest)
            if token and not token.revoked and token.expires_at > now and self.users[token.name][0].enabled:
                found[digest] = TokenRow(self.users[token.name][0], token.expires_at)
        return found

    async def revoke(self, digests: Collection[str], now: datetime) -> None:
        self._asked()
        for digest in digests:
            if digest in self.tokens:
                self.tokens[digest].revoked = True

    async def revoke_all(self, name: str, now: datetime) -> int:
        self._asked()
        good = [t for t in self.tokens.values() if t.name == name and not t.revoked and t.expires_at > now]
        self._revoke_of(name)
        return len(good)

    def _revoke_of(self, name: str) -> None:
        for token in self.tokens.values():
            if token.name == name:
                token.revoked = True
