"""What is wrong with a file a tester wrote, and what was perhaps meant."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def problem_of(file: Path, error: Exception) -> Problem:
    """An error whose text may begin with the file and a line."""
    place, _, text = str(error).removeprefix(f"{file}:").partition(": ")
    return Problem(file, int(place), text) if place.isdigit() else Problem(file, 1, str(error))


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` when one of `known` is near `word`, else nothing."""
    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""
