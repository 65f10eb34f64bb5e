"""What this copy keeps to itself: passwords generated once, at install, in one file only its owner can read.

A seat's SIP password is derived from one key, so that adding a seat writes nothing here; renewing a seat's password
raises that seat's turn.
"""

import hashlib
import hmac
import json
import os
import secrets as randomness
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from core.errors import BadInput
from core.ids import SeatNumber
from core.settings import Settings

DATABASE = "hotline"
"""Name of the embedded server's database."""
DATABASE_OWNER = "hotline"
"""Superuser of the embedded server."""

_FILE = "secrets.json"
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Thirty-two signs nobody mistakes for another when typing a password into a softphone."""
_SEAT_PASSWORD_LENGTH = 20


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Every generated password, by whom it is for. Its `repr` shows none of them."""

    ami_reader: str
    """Manager user that may only read events."""
    ami_commander: str
    """Manager user that may act: queue members, originate, redirect."""
    postgres: str
    """Password of `DATABASE_OWNER` on the embedded server."""
    seat_key: str
    seat_turns: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def seat(self, number: SeatNumber | str) -> str:
        """SIP password of the seat `number`: twenty signs, a hundred random bits."""
        turn = self.seat_turns.get(number, 0)
        digest = hmac.new(self.seat_key.encode(), f"seat {number} {turn}".encode(), hashlib.sha256).digest()
        return "".join(_ALPHABET[byte % 32] for byte in digest[:_SEAT_PASSWORD_LENGTH])

    def pin(self, number: SeatNumber | str) -> str:
        """PIN of the seat `number`, keyed on a phone at home: six digits. A renewed password renews it too."""
        turn = self.seat_turns.get(number, 0)
        digest = hmac.new(self.seat_key.encode(), f"pin {number} {turn}".encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"

    @property
    def media(self) -> str:
        """What Asterisk shows at the door of the voice service, a hundred and sixty random bits."""
        return hmac.new(self.seat_key.encode(), b"media", hashlib.sha256).hexdigest()[:40]

    def __repr__(self) -> str:
        return "Secrets(…)"


def load_or_create(folder: Path) -> Secrets:
    """The secrets kept in `folder` (`Paths.secrets`), generated on first use. Folder mode 700, file mode 600.

    Two processes at once agree: the first file to be linked wins. Raises `BadInput` when the file is there but cannot
    be used.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    file = folder / _FILE
    if not file.exists():
        _write_new(file, _generated())
    return _read(file)


def renew_seat(folder: Path, number: SeatNumber | str) -> Secrets:
    """Give the seat `number` another password; its old one works until Asterisk has read the new configuration."""
    known = load_or_create(folder)
    turns = {**known.seat_turns, str(number): known.seat_turns.get(number, 0) + 1}
    _replace(folder / _FILE, {**json.loads((folder / _FILE).read_text(encoding="utf-8")), "seat_turns": turns})
    return _read(folder / _FILE)


def database_dsn(settings: Settings, secrets: Secrets) -> str:
    """Where Postgres is: the server named in the settings, else the embedded one on its Unix socket."""
    if settings.db.dsn:
        return settings.db.dsn
    host = quote(str(settings.paths.run), safe="/")
    return f"postgresql://{DATABASE_OWNER}:{quote(secrets.postgres)}@/{DATABASE}?host={host}"


def _generated() -> dict[str, object]:
    names = ("ami_reader", "ami_commander", "postgres", "seat_key")
    return {name: randomness.token_hex(24) for name in names} | {"seat_turns": {}}


def _write_new(file: Path, content: dict[str, object]) -> None:
    """Create `file` whole or not at all; one that another process made meanwhile stays."""
    with _temporary(file, content) as temporary:
        try:
            os.link(temporary.name, file)
        except FileExistsError:
            return


def _replace(file: Path, content: dict[str, object]) -> None:
    with _temporary(file, content) as temporary:
        Path(temporary.name).rename(file)
        # NamedTemporaryFile removes its name on exit; give it one to remove.
        Path(temporary.name).touch()


def _temporary(file: Path, content: dict[str, object]) -> "tempfile._TemporaryFileWrapper[str]":
    """A synced file of mode 600 beside `file`, holding `content`; removed on leaving its `with`."""
    temporary = tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".new-", encoding="utf-8")  # noqa: SIM115
    json.dump(content, temporary, indent=1)
    temporary.flush()
    os.fsync(temporary.fileno())
    return temporary


def _read(file: Path) -> Secrets:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        turns = MappingProxyType({str(seat): int(turn) for seat, turn in content.pop("seat_turns").items()})
        return Secrets(seat_turns=turns, **content)
    except OSError as error:
        raise BadInput(
            f"cannot read {file}: {error.strerror}; it belongs to the user who installed this copy"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{file} is damaged: restore it, or delete it to generate new passwords ({error})") from error
