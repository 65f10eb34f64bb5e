"""Where a log-in is kept between commands: one file of the user's own, mode 600."""

import json
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import BadInput

FILE: Final = "session.json"


@dataclass(frozen=True, slots=True)
class KeptLogIn:
    """One server's token and whose it is."""

    server: str
    token: str
    user: str
    expires_at: str
    """ISO 8601 UTC."""


class TokenFile:
    """Log-ins by server, so that a token is never sent to another one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def find(self, server: str | None) -> KeptLogIn | None:
        """The log-in at `server`, or the latest one there was; None when there is none. Raises `BadInput`."""
        document = self._read()
        wanted = server or document.get("latest")
        entry = document.get("servers", {}).get(wanted)
        if not isinstance(entry, Mapping):
            return None
        try:
            return KeptLogIn(**{key: str(entry[key]) for key in KeptLogIn.__slots__})
        except KeyError:
            return None

    def keep(self, login: KeptLogIn) -> None:
        """Remember it, and its server as the latest. Raises `BadInput`."""
        servers = self._read().get("servers", {})
        self._write({"latest": login.server, "servers": {**servers, login.server: asdict(login)}})

    def forget(self, server: str) -> None:
        """Remember no log-in at `server`. Raises `BadInput`."""
        document = self._read()
        servers = {name: entry for name, entry in document.get("servers", {}).items() if name != server}
        self._write({"latest": document.get("latest"), "servers": servers})

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open(encoding="utf-8") as opened:
                found = os.fstat(opened.fileno())
                if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
                    raise BadInput(f"others may read {self.path}: remove it, and log in again")
                document = json.load(opened)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not JSON"
            raise BadInput(f"cannot read {self.path} ({reason}): remove it, and log in again") from error
        good = isinstance(document, dict) and isinstance(document.get("servers", {}), dict)
        return document if good else {}

    def _write(self, document: Mapping[str, Any]) -> None:
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=folder, prefix=FILE)  # mode 600 from its first moment
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as opened:
                    json.dump(document, opened, indent=1)
                Path(name).replace(self.path)
            except BaseException:
                with suppress(FileNotFoundError):
                    Path(name).unlink()
                raise
        except OSError as error:
            raise BadInput(f"cannot write {self.path}: {error.strerror}") from error


def own_folder(environment: Mapping[str, str]) -> Path:
    """`call-monitor` in the user's folder for settings."""
    base = environment.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path("~/.config").expanduser()) / "call-monitor"
