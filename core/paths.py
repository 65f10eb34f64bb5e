"""The folders of one copy of the platform."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SOCKET_PATH_LIMIT = 90
"""Bytes left for a folder of Unix sockets: `sun_path` holds 108, and the socket's own name needs some."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Every folder this copy uses, named once."""

    home: Path
    cache: Path

    @property
    def asterisk(self) -> Path:
        """Asterisk's own tree: `etc/` (rendered), `lib/`, `spool/`, `log/`, `sounds/`."""
        return self.home / "asterisk"

    @property
    def cel(self) -> Path:
        """Folder where Asterisk writes call events (CEL) as files."""
        return self.asterisk / "log" / "cel-custom"

    @property
    def journal(self) -> Path:
        """Our own facts of calls, before they reach Postgres."""
        return self.home / "journal"

    @property
    def recordings(self) -> Path:
        """Recorded calls; folder mode 700."""
        return self.home / "recordings"

    @property
    def messages(self) -> Path:
        """Messages callers left; folder mode 700."""
        return self.home / "messages"

    @property
    def callbacks(self) -> Path:
        """Callbacks and appointments as last known, for a start without Postgres."""
        return self.home / "callbacks.json"

    @property
    def tables(self) -> Path:
        """Last-good routing tables, read by the service and by the stand-alone AGI script."""
        return self.home / "tables"

    @property
    def remembered(self) -> Path:
        """What callers keyed when they were asked for their area; the service writes it, the script reads it."""
        return self.home / "remembered.jsonl"

    @property
    def hours(self) -> Path:
        """Working hours, closures and announcements: `routing/hours_file.py`."""
        return self.home / "hours.json"

    @property
    def postgres(self) -> Path:
        """The embedded server's data folder."""
        return self.home / "postgres"

    @property
    def speech(self) -> Path:
        """Recognition models installed into this copy."""
        return self.home / "speech"

    @property
    def logs(self) -> Path:
        """One log file a service."""
        return self.home / "log"

    @property
    def secrets(self) -> Path:
        """Generated at install; folder mode 700, files 600."""
        return self.home / "secrets"

    @property
    def run(self) -> Path:
        """Unix sockets and process ids. A short path even when `home` is deep, because `sun_path` holds 108 bytes."""
        own = self.home / "run"
        if len(os.fsencode(own)) <= _SOCKET_PATH_LIMIT:
            return own
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"hotline12366-{os.getuid()}-{digest}"
