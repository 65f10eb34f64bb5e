"""A checked token, and why one may be turned away."""

from dataclasses import dataclass
from datetime import datetime

from core.errors import BadInput, HotlineError
from seats.accounts.user import User


@dataclass(frozen=True, slots=True)
class Session:
    """What a valid token stands for."""

    user: User
    expires_at: datetime
    checked_at: datetime
    """When Postgres last said that the token is good."""


class BadToken(HotlineError):
    """Unknown, expired, revoked, or its user is disabled. Which one is not told."""


class LogInRefused(BadInput):
    """Name or password is wrong, or the user is disabled. Which one is not told."""


class TooManyAttempts(BadInput):
    """Wait before another log-in, or another token."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many failed attempts; try again in {seconds} s")
        self.seconds = seconds
