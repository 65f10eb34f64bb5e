"""Users and tokens in Postgres. `Store` is the port; tests hold a copy in memory to the same contract."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Update, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import answering
from seats.accounts.schema import tokens, users

KEPT = timedelta(days=30)
"""How long a token that has expired is kept, so that a log-in can still be looked up."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as stored."""

    name: str
    role: str
    area: str
    phone: str | None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A good token: neither expired nor revoked, its user enabled."""

    user: UserRow
    expires_at: datetime


class Store(Protocol):
    """Every method raises `DatabaseAway`."""

    async def all_users(self) -> tuple[UserRow, ...]:
        """By name."""
        ...

    async def add(self, user: UserRow, password: str) -> bool:
        """Add a user with the digest of a password; False when the name was ever used."""
        ...

    async def password_of(self, name: str) -> tuple[UserRow, str] | None:
        """The user and the digest of the password; None for an unknown name."""
        ...

    async def set_password(self, name: str, password: str, now: datetime) -> bool:
        """Store another digest and revoke every token of the user, in one transaction; False for an unknown name."""
        ...

    async def renew_digest(self, name: str, old: str, new: str) -> None:
        """The same password with today's costs; tokens stay. Nothing happens when the digest is no longer `old`."""
        ...

    async def set_enabled(self, name: str, enabled: bool, now: datetime) -> bool:
        """Let a user in, or no more (which revokes every token); False for an unknown name."""
        ...

    async def change(self, name: str, role: str, area: str, phone: str | None) -> bool:
        """Another role, area or phone; False for an unknown name."""
        ...

    async def keep_token(self, digest: str, name: str, now: datetime, expires_at: datetime, address: str) -> None:
        """Store a new token's digest."""
        ...

    async def good(self, digests: Collection[str], now: datetime) -> Mapping[str, TokenRow]:
        """Those of `digests` that are good now."""
        ...

    async def revoke(self, digests: Collection[str], now: datetime) -> None:
        """Make tokens bad for ever."""
        ...

    async def revoke_all(self, name: str, now: datetime) -> int:
        """Revoke every good token of a user; how many."""
        ...


class PostgresStore:
    """`Store` on the tables of `schema`."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def all_users(self) -> tuple[UserRow, ...]:
        wanted = select(*_USER).order_by(users.c.name)
        async with answering(), self._database.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(UserRow(*row) for row in rows)

    async def add(self, user: UserRow, password: str) -> bool:
        row = {**asdict(user), "password": password}
        added = insert(users).values(row).on_conflict_do_nothing().returning(users.c.name)
        async with answering(), self._database.begin() as connection:
            return (await connection.execute(added)).first() is not None

    async def password_of(self, name: str) -> tuple[UserRow, str] | None:
        wanted = select(*_USER, users.c.password).where(users.c.name == name)
        async with answering(), self._database.connect() as connection:
            row = (await connection.execute(wanted)).first()
        return None if row is None else (UserRow(*row[:-1]), row[-1])

    async def set_password(self, name: str, password: str, now: datetime) -> bool:
        changed = update(users).where(users.c.name == name).values(password=password, password_at=now)
        async with answering(), self._database.begin() as connection:
            found = (await connection.execute(changed)).rowcount > 0
            await connection.execute(_revocation(now).where(tokens.c.user_name == name))
        return found

    async def renew_digest(self, name: str, old: str, new: str) -> None:
        changed = update(users).where(users.c.name == name, users.c.password == old).values(password=new)
        async with answering(), self._database.begin() as connection:
            await connection.execute(changed)

    async def set_enabled(self, name: str, enabled: bool, now: datetime) -> bool:
        changed = update(users).where(users.c.name == name).values(enabled=enabled)
        async with answering(), self._database.begin() as connection:
            found = (await connection.execute(changed)).rowcount > 0
            if not enabled:
                await connection.execute(_revocation(now).where(tokens.c.user_name == name))
        return found

    async def change(self, name: str, role: str, area: str, phone: str | None) -> bool:
        changed = update(users).where(users.c.name == name).values(role=role, area=area, phone=phone)
        async with answering(), self._database.begin() as connection:
            return (await connection.execute(changed)).rowcount > 0

    async def keep_token(self, digest: str, name: str, now: datetime, expires_at: datetime, address: str) -> None:
        row = {"digest": digest, "user_name": name, "created_at": now, "expires_at": expires_at, "address": address}
        async with answering(), self._database.begin() as connection:
            await connection.execute(insert(tokens).values(row))
            await connection.execute(delete(tokens).where(tokens.c.expires_at < now - KEPT))

    async def good(self, digests: Collection[str], now: datetime) -> Mapping[str, TokenRow]:
        wanted = (
            select(tokens.c.digest, tokens.c.expires_at, *_USER)
            .join(users, users.c.name == tokens.c.user_name)
            .where(
                tokens.c.digest.in_(digests), tokens.c.expires_at > now, tokens.c.revoked_at.is_(None), users.c.enabled
            )
        )
        async with answering(), self._database.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return {row[0]: TokenRow(UserRow(*row[2:]), row[1]) for row in rows}

    async def revoke(self, digests: Collection[str], now: datetime) -> None:
        async with answering(), self._database.begin() as connection:
            await connection.execute(_revocation(now).where(tokens.c.digest.in_(digests)))

    async def revoke_all(self, name: str, now: datetime) -> int:
        async with answering(), self._database.begin() as connection:
            gone = _revocation(now).where(tokens.c.user_name == name, tokens.c.expires_at > now)
            return (await connection.execute(gone)).rowcount


_USER = (users.c.name, users.c.role, users.c.area, users.c.phone, users.c.enabled)


def _revocation(now: datetime) -> Update:
    return update(tokens).where(tokens.c.revoked_at.is_(None)).values(revoked_at=now)
