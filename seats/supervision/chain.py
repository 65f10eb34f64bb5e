"""The chain: every row carries a keyed digest of itself and of the row before. Pure.

The key is not in Postgres, so that whoever can write there, its owner included, cannot make another chain that holds.
What a chain alone cannot show, rows cut off at its end, is shown by the digests kept in a file (`digests.py`).
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from seats.supervision.entry import Entry, Row

FIRST: Final = "0" * 64
"""`previous` of the first row."""
FAULTS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was done to the rows."""

    seq: int
    """The row it shows at."""
    what: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving the chain found."""

    rows: int
    intact: bool
    last: str
    """Digest of the last row; note it down elsewhere, and nobody can ever shorten the chain unseen."""
    faults: tuple[Fault, ...] = ()
    """The first of them."""


def key_of(secret: str) -> bytes:
    """The chain's key, from a secret of this copy that is in no database."""
    return hmac.new(secret.encode(), b"supervision audit 1", hashlib.sha256).digest()


def canonical(row: Row) -> bytes:
    """The bytes a row's digest is made of: JSON, keys sorted, no blanks, UTF-8, times in UTC with microseconds."""
    fields = asdict(row)
    del fields["digest"]
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def digest_of(key: bytes, row: Row) -> str:
    """Digest of `row`, `row.digest` left out."""
    return hmac.new(key, canonical(row), hashlib.sha256).hexdigest()


def linked(key: bytes, entry: Entry, seq: int, at: datetime, previous: str) -> Row:
    """`entry` as the row number `seq` after the row whose digest is `previous`."""
    row = Row(**asdict(entry), seq=seq, at=at, previous=previous)
    return replace(row, digest=digest_of(key, row))


@dataclass(slots=True)
class Prover:
    """Takes rows by number, a batch at a time; `proof` at the end."""

    key: bytes
    noted: Mapping[int, str] = field(default_factory=dict)
    """Digests by number, as the file has them."""
    _rows: int = 0
    _seq: int = 0
    _digest: str = FIRST
    _faults: list[Fault] = field(default_factory=list)

    def take(self, rows: Iterable[Row]) -> None:
        """The next rows."""
        for row in rows:
            self._take(row)

    def proof(self) -> Proof:
        """What was found."""
        missing = [seq for seq in self.noted if seq > self._seq]
        if missing:
            last = max(missing)
            self._fault(self._seq + 1, f"rows up to {last} were written and are gone from the end")
        return Proof(self._rows, not self._faults, self._digest, tuple(self._faults[:FAULTS_SHOWN]))

    def _take(self, row: Row) -> None:
        self._rows += 1
        if row.seq != self._seq + 1:
            gap = row.seq - self._seq - 1
            self._fault(row.seq, f"{gap} rows before it are gone" if gap > 0 else "its number comes twice")
        if row.previous != self._digest:
            self._fault(row.seq, "it does not follow the row before it")
        if not hmac.compare_digest(row.digest, digest_of(self.key, row)):
            self._fault(row.seq, "it was changed after it was written")
        elif self.noted.get(row.seq, row.digest) != row.digest:
            self._fault(row.seq, "another row was written in its place")
        self._seq, self._digest = row.seq, row.digest

    def _fault(self, seq: int, what: str) -> None:
        if len(self._faults) <= FAULTS_SHOWN:
            self._faults.append(Fault(seq, what))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no place in a row")
