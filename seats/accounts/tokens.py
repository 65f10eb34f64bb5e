"""Tokens: random, shown once, kept as a digest. Pure but for the randomness."""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Final

LIFE: Final = timedelta(hours=12)
"""One shift and its ends; then one logs in again."""

_FORM = re.compile(r"hl1_[A-Za-z0-9_-]{43}", re.ASCII)


def new_token() -> str:
    """256 random bits behind a prefix by which leaked ones are found in logs and repositories."""
    return f"hl1_{secrets.token_urlsafe(32)}"


def well_formed(token: str) -> bool:
    """Whether it can be one of ours at all; anything else is not worth a look into Postgres."""
    return _FORM.fullmatch(token) is not None


def digest_of(token: str) -> str:
    """What is stored of a token. Fast on purpose: 256 random bits cannot be guessed, so slowness would buy nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
