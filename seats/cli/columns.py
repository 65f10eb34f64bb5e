"""What a table shows of an area, a call, a seat: one row here a column there. Pure; texts are inert.

Subcommands print these columns and the live board paints them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from core.console import inert
from routing.lookup import REASONS
from seats.cli.picture import AreaRow, Call, Seat
from seats.cli.places import Places
from seats.cli.words import Words, share, span

Entry = TypeVar("Entry")
WITHIN: Final = 15
"""Seconds within which a call is to be answered (GB/T 33358)."""
CONNECT_LEAST, CONNECT_GOOD, IN_15_LEAST, IN_15_GOOD = 0.95, 0.98, 0.8, 0.9
ALARM, WARN, GOOD, DIM, PLAIN = "red", "yellow", "green", "dim", ""


@dataclass(slots=True)
class Sight:
    """What a cell needs besides its entry."""

    words: Words
    places: Places
    now: float = 0.0
    """Seconds since 1970 by the platform's clock."""
    waits: Mapping[str | None, float] = field(default_factory=dict)
    """Since when the longest waiting caller of each area waits."""
    calls: Mapping[str, Call] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column(Generic[Entry]):
    """One column."""

    title: str
    """Key of `words`."""
    width: int
    """Terminal cells."""
    text: Callable[[Entry, Sight], str]
    sort: Callable[[Entry, Sight], Any]
    """Small comes first; values of one column compare with each other."""
    style: Callable[[Entry, Sight], str] = lambda _entry, _sight: PLAIN
    right: bool = False
    grows: bool = False
    """Takes the room that is left."""
    needs: int = 0
    """Terminal cells the table must have before this column is shown."""
    falls: bool = False
    """Sorted largest first unless asked otherwise."""


def _longest(row: AreaRow, sight: Sight) -> float:
    since = sight.waits.get(row.area)
    if since is not None:
        return sight.now - since
    return row.longest_wait_s if row.waiting else -1


def _rate_style(value: float | None, least: float, good: float) -> str:
    if value is None:
        return DIM
    return ALARM if value < least else WARN if value < good else PLAIN


def _count(title: str, of: Callable[[AreaRow], int], width: int, style: str = PLAIN) -> Column[AreaRow]:
    return Column(
        title,
        width,
        lambda row, _: str(of(row)),
        lambda row, _: of(row),
        lambda row, _: style if of(row) else DIM,
        right=True,
        falls=True,
    )


AREAS: Final[tuple[Column[AreaRow], ...]] = (
    Column(
        "area",
        8,
        lambda row, sight: inert(sight.places.name(row.area)),
        lambda row, sight: sight.places.order(row.area),
        grows=True,
    ),
    _count("waiting", lambda row: row.waiting, 5, WARN),
    Column(
        "longest",
        9,
        lambda row, sight: span(_longest(row, sight)) if _longest(row, sight) >= 0 else "-",
        _longest,
        lambda row, sight: ALARM if _longest(row, sight) >= WITHIN else PLAIN if row.waiting else DIM,
        right=True,
        falls=True,
    ),
    Column(
        "in_15",
        9,
        lambda row, _: share(row.in_15_rate),
        lambda row, _: -1.0 if row.in_15_rate is None else row.in_15_rate,
        lambda row, _: _rate_style(row.in_15_rate, IN_15_LEAST, IN_15_GOOD),
        right=True,
    ),
    Column(
        "connect",
        8,
        lambda row, _: share(row.connect_rate),
        lambda row, _: -1.0 if row.connect_rate is None else row.connect_rate,
        lambda row, _: _rate_style(row.connect_rate, CONNECT_LEAST, CONNECT_GOOD),
        right=True,
    ),
    _count("free", lambda row: row.free, 5, GOOD),
    _count("talking_n", lambda row: row.talking, 5),
    _count("paused_n", lambda row: row.paused, 5),
    Column(
        "offered",
        9,
        lambda row, _: str(row.offered),
        lambda row, _: row.offered,
        lambda row, _: PLAIN if row.offered else DIM,
        right=True,
        falls=True,
        needs=70,
    ),
    Column(
        "ringing_n",
        5,
        lambda row, _: str(row.ringing),
        lambda row, _: row.ringing,
        lambda row, _: WARN if row.ringing else DIM,
        right=True,
        falls=True,
        needs=77,
    ),
    Column(
        "offline_n",
        5,
        lambda row, _: str(row.offline),
        lambda row, _: row.offline,
        lambda row, _: PLAIN if row.offline else DIM,
        right=True,
        falls=True,
        needs=84,
    ),
)

_CALL_ORDER: Final = {"waiting": 0, "ringing": 1, "menu": 2, "held": 3, "talking": 4}
_CALL_STYLE: Final = {"waiting": WARN, "ringing": "cyan", "talking": GOOD, "menu": DIM}


def why(call: Call, sight: Sight) -> str:
    """The rule that gave the call its area, in words."""
    return reason_words(call.reason, sight.words)


def reason_words(reason: str | None, words: Words) -> str:
    """The rule of a routing decision, in words."""
    if not reason:
        return "-"
    return inert(REASONS.get(reason, reason) if words.lang == "zh" else reason)


def _name(call: Call) -> str:
    """The caller's name; carriers that know none send the number again."""
    return "" if call.name == call.number else call.name


def _waited(call: Call, sight: Sight) -> float:
    return sight.now - call.waiting_since if call.waiting_since is not None else -1.0


CALLS: Final[tuple[Column[Call], ...]] = (
    Column(
        "state",
        7,
        lambda call, sight: inert(sight.words(call.state)),
        lambda call, _: (_CALL_ORDER.get(call.state, 9), call.started),
        lambda call, _: _CALL_STYLE.get(call.state, PLAIN),
    ),
    Column("number", 13, lambda call, _: inert(call.number) or "-", lambda call, _: call.number),
    Column(
        "area",
        8,
        lambda call, sight: inert(sight.places.name(call.home)),
        lambda call, sight: sight.places.order(call.home),
    ),
    Column("why", 10, why, lambda call, _: call.reason or "", lambda _call, _sight: DIM, grows=True),
    Column("seat", 8, lambda call, _: inert(call.seat or "-"), lambda call, _: call.seat or "~"),
    Column(
        "wait",
        7,
        lambda call, sight: span(_waited(call, sight)) if call.waiting_since is not None else "-",
        _waited,
        lambda call, sight: DIM if call.waiting_since is None else ALARM if _waited(call, sight) >= WITHIN else PLAIN,
        right=True,
        falls=True,
    ),
    Column(
        "timer",
        7,
        lambda call, sight: span(sight.now - call.since),
        lambda call, sight: sight.now - call.since,
        right=True,
        falls=True,
    ),
    Column(
        "total",
        7,
        lambda call, sight: span(sight.now - call.started),
        lambda call, sight: sight.now - call.started,
        right=True,
        falls=True,
        needs=76,
    ),
    Column("name", 12, lambda call, _: inert(_name(call)), lambda call, _: _name(call), needs=88, grows=True),
    Column(
        "transcript",
        20,
        lambda call, _: inert(call.transcript),
        lambda call, _: call.transcript,
        needs=110,
        grows=True,
    ),
)

_SEAT_ORDER: Final = {"ringing": 0, "talking": 1, "held": 2, "wrap_up": 3, "paused": 4, "ready": 5, "offline": 6}
_SEAT_STYLE: Final = {"ready": GOOD, "ringing": "cyan", "paused": WARN, "wrap_up": WARN, "offline": DIM}


def _with(seat: Seat, sight: Sight) -> str:
    if seat.call is None:
        return ""
    call = sight.calls.get(seat.call)
    return inert(call.number or "-") if call is not None else inert(seat.call)


def _seat_reason(seat: Seat, sight: Sight) -> str:
    return inert(sight.words(seat.reason)) if seat.reason else ""


SEATS: Final[tuple[Column[Seat], ...]] = (
    Column("seat", 8, lambda seat, _: inert(seat.number), lambda seat, _: seat.number),
    Column(
        "area",
        8,
        lambda seat, sight: inert(sight.places.name(seat.area)) if seat.area else "?",
        lambda seat, sight: (sight.places.order(seat.area), seat.number),
        lambda seat, _: PLAIN if seat.area else ALARM,
    ),
    Column("name", 12, lambda seat, _: inert(seat.name), lambda seat, _: seat.name, grows=True),
    Column(
        "state",
        8,
        lambda seat, sight: inert(sight.words(seat.state)),
        lambda seat, _: (_SEAT_ORDER.get(seat.state, 9), seat.number),
        lambda seat, _: _SEAT_STYLE.get(seat.state, PLAIN),
    ),
    Column(
        "timer",
        8,
        lambda seat, sight: span(sight.now - seat.since),
        lambda seat, sight: sight.now - seat.since,
        right=True,
        falls=True,
    ),
    Column("reason", 10, _seat_reason, lambda seat, _: seat.reason or "", grows=True),
    Column("call", 13, _with, lambda seat, _: seat.call or "~"),
)
