"""Sharing as the API shows it: which seats were rung for a call, and the policy card of the caller a seat has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from core.clock import CHINA, Clock, SystemClock
from core.ids import AreaId, LinkedId, SeatNumber
from knowledge import cards, files
from knowledge.cards import LocalFact, PolicyCard
from knowledge.entry import COUNTRY, Entry
from routing.areas import AreaTree
from seats.sharing.chosen import SeatChosen


class Rings(Protocol):
    """`Lending`, as far as a screen asks it."""

    def rings(self, call: LinkedId) -> tuple[SeatChosen, ...]: ...


@dataclass(frozen=True, slots=True)
class SeatCard:
    """What the seat's screen shows of the caller it rings for or talks with."""

    seat: SeatNumber
    call: LinkedId | None
    """None: no call now; the card is that of the seat's own area."""
    area: AreaId
    """The caller's; the province when nothing is known of them."""
    area_name: str
    own: bool
    """Whether that is the seat's own area."""
    why: str | None
    """Why this seat was rung."""
    policy: PolicyCard


class SharingView:
    """Reads files once for each change of theirs."""

    def __init__(self, lending: Rings | None = None, clock: Clock | None = None) -> None:
        self._lending = lending
        self._clock = clock or SystemClock()

    def rings(self, call: LinkedId) -> tuple[SeatChosen, ...]:
        """Seats rung for a call that is up, oldest first."""
        return () if self._lending is None else self._lending.rings(call)

    def policy(self, tree: AreaTree, area: AreaId) -> PolicyCard:
        """The policy card of an area, today. Raises `BadInput` when the cards' files are wrong."""
        entries, facts = _local(_state(cards.FOLDER, "*.toml"), _state(files.DATA / "entries", "*.yaml"))
        today = self._clock.now().astimezone(CHINA).date()
        return cards.card(scopes_of(tree, area), entries, facts, today)


def scopes_of(tree: AreaTree, area: AreaId) -> tuple[str, ...]:
    """An area, its city, the province: whose facts hold there, the nearest first."""
    return tuple(dict.fromkeys((area, tree.city_of(area).id, tree.root.id)))


def _state(folder: Path, pattern: str) -> tuple[tuple[str, int], ...]:
    return tuple((str(file), file.stat().st_mtime_ns) for file in sorted(folder.glob(pattern)))


@lru_cache(maxsize=1)
def _local(_cards: object, _entries: object) -> tuple[Sequence[Entry], Sequence[LocalFact]]:
    return tuple(_of_areas(files.load().entries)), cards.read()


def _of_areas(entries: Iterable[Entry]) -> Iterable[Entry]:
    return (entry for entry in entries if entry.scope != COUNTRY)
