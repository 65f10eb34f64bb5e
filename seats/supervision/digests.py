"""The digests of the audit rows, one line each, in a file beside the database: shows rows cut off at the end."""

import os
from pathlib import Path


def file_in(home: Path) -> Path:
    """Where a copy keeps them."""
    return home / "supervision.digests"


class Digests:
    """Only ever appended to; mode 600. Blocks for as long as one write of a short line does."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, seq: int, digest: str) -> None:
        """Write one down. Raises `OSError`."""
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{seq} {digest}\n".encode())
        finally:
            os.close(handle)

    def read(self) -> dict[int, str]:
        """All of them by number; a line cut off by a crash is left out. Raises `OSError`."""
        if not self._file.exists():
            return {}
        found: dict[int, str] = {}
        for line in self._file.read_text(encoding="ascii", errors="replace").split("\n"):
            seq, _, digest = line.partition(" ")
            if seq.isdigit() and len(digest) == 64:
                found[int(seq)] = digest
        return found
