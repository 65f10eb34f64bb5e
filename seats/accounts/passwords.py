"""Passwords as argon2id digests. Costs what it must: call it off the event loop."""

import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import BadInput

SHORTEST: Final = 10
LONGEST: Final = 128
"""Characters of a password."""

_GENERATED_BYTES: Final = 15


class Passwords:
    """Makes and checks digests. The costs are the library's default profile: 64 MiB, three passes (RFC 9106)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def digest(self, password: str) -> str:
        """What is stored. Raises `BadInput` when the password may not be used."""
        return self._hasher.hash(acceptable(password).encode())

    def fits(self, digest: str | None, password: str) -> bool:
        """Whether `password` is the one of `digest`. With None it takes as long, and never fits."""
        try:
            given = password.encode()
        except UnicodeEncodeError:
            given = b""
        try:
            return self._hasher.verify(digest or self._nobody, given[: LONGEST * 4]) and digest is not None
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, digest: str) -> bool:
        """Whether the digest was made with other costs than today's."""
        return self._hasher.check_needs_rehash(digest)


def acceptable(password: str) -> str:
    """The password itself. Raises `BadInput` when it is too short, too long, or not text."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"a password has {SHORTEST} to {LONGEST} characters")
    if not password.isprintable() or len(set(password)) < 4:
        raise BadInput("a password is printable and has at least four different characters")
    return password


def generated() -> str:
    """A password nobody can guess, of 120 random bits."""
    return secrets.token_urlsafe(_GENERATED_BYTES)
