"""A tape: what went over one connection to the real Asterisk, read by read, and how it was caught."""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Piece:
    """One read of the recording proxy."""

    side: str
    """`asterisk` or `us`."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Tape:
    """One connection. On disk: a line `{"how": …}`, then one JSON object a read, text as text (UTF-8) or as `hex`."""

    how: str
    pieces: tuple[Piece, ...]

    @property
    def heard(self) -> bytes:
        """All that Asterisk said."""
        return b"".join(piece.data for piece in self.pieces if piece.side == "asterisk")

    @property
    def said(self) -> bytes:
        """All that was said to Asterisk."""
        return b"".join(piece.data for piece in self.pieces if piece.side == "us")

    def turns(self) -> list[Piece]:
        """Reads of one side that follow each other, joined."""
        joined: list[Piece] = []
        for piece in self.pieces:
            if joined and joined[-1].side == piece.side:
                joined[-1] = Piece(piece.side, joined[-1].data + piece.data)
            else:
                joined.append(piece)
        return joined


def load(name: str) -> Tape:
    """The tape `agi/incoming` is the file `agi/incoming.jsonl`."""
    first, *rest = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return Tape(json.loads(first)["how"], tuple(_piece(json.loads(line)) for line in rest))


def names(kind: str) -> list[str]:
    """Every tape of a kind: `agi` or `ami`."""
    return sorted(f"{kind}/{file.stem}" for file in (FOLDER / kind).glob("*.jsonl"))


def save(name: str, tape: Tape) -> None:
    """Writes the tape's file."""
    lines = [json.dumps({"how": tape.how}, ensure_ascii=False)]
    for piece in tape.pieces:
        try:
            content = {"text": piece.data.decode()}
        except UnicodeDecodeError:
            content = {"hex": piece.data.hex()}
        lines.append(json.dumps({"side": piece.side} | content, ensure_ascii=False))
    (FOLDER / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _piece(line: dict[str, str]) -> Piece:
    data = line["text"].encode() if "text" in line else bytes.fromhex(line["hex"])
    return Piece(line["side"], data)
