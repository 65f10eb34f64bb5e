"""What the board's own lines say: head, place, keys. Pure."""

from datetime import datetime

from seats.cli.board.bar import Part
from seats.cli.client import Person
from seats.cli.columns import (
    ALARM,
    CONNECT_LEAST,
    DIM,
    GOOD,
    IN_15_LEAST,
    PLAIN,
    WARN,
    WITHIN,
    Sight,
)
from seats.cli.feed import Cut
from seats.cli.picture import Picture, total
from seats.cli.words import clock_time, share, span

TABS = ("areas", "calls", "seats")
SHORTER = {"longest", "in_15", "connect"}


def headline(picture: Picture, person: Person, sight: Sight, *, narrow: bool = False) -> tuple[Part, ...]:
    """The whole of what the user sees, in one line."""
    row = total(picture.areas.values())
    since = min(sight.waits.values(), default=None)
    longest = sight.now - since if since is not None else -1.0
    talking = sum(call.state in {"talking", "held"} for call in picture.calls.values())
    figures = (
        ("waiting", str(row.waiting), WARN if row.waiting else PLAIN),
        ("longest", span(longest) if longest >= 0 else "-", ALARM if longest >= WITHIN else PLAIN),
        ("in_15", share(row.in_15_rate), _low(row.in_15_rate, IN_15_LEAST)),
        ("connect", share(row.connect_rate), _low(row.connect_rate, CONNECT_LEAST)),
        ("free", str(row.free), GOOD if row.free else ALARM if row.waiting else PLAIN),
        ("talking_n", str(talking), PLAIN),
        ("paused_n", str(row.paused), PLAIN),
    )
    parts: list[Part] = [(f"12366 {sight.places.name(person.area)}", "bold")]
    for key, value, style in figures:
        label = sight.words(f"{key}_short" if narrow and key in SHORTER else key)
        parts.append((f" {label}{'' if narrow and sight.words.lang == 'zh' else ' '}{value}", style))
    return tuple(parts)


def whose(person: Person, now: datetime, sight: Sight) -> tuple[Part, ...]:
    """Who is logged in, and the time in China."""
    return ((f"{person.name} {sight.words(person.role)} ", DIM), (clock_time(now), PLAIN))


def place(shown: str, counts: dict[str, int], inside: str | None, needle: str, sort: str, sight: Sight) -> list[Part]:
    """Which table, of what, filtered by what, sorted by what."""
    words = sight.words
    parts: list[Part] = []
    for number, tab in enumerate(TABS, 1):
        parts.append((f" {number} {words(tab)} {counts[tab]} ", "reverse" if tab == shown else PLAIN))
    if inside is not None:
        parts += [("  ", PLAIN), (f" {sight.places.name(inside)} × ", "bold reverse")]
    if needle:
        parts.append((f"  {words('filter')} {needle}", WARN))
    parts.append((f"  {words('sorted')} {words(sort)}", DIM))
    return parts


def staleness(picture: Picture, cut: Cut | None, sight: Sight) -> tuple[Part, ...]:
    """That what is shown is old, and why; empty while it is not."""
    words = sight.words
    since = cut.since if cut is not None else picture.stale_since
    if since is None:
        return ()
    parts: list[Part] = [(f" {words('stale', since=clock_time(since))} ", "bold white on red")]
    if cut is not None:
        parts.append((f" {words('no_link', why=cut.why)}", ALARM))
    return tuple(parts)


def _low(value: float | None, least: float) -> str:
    return ALARM if value is not None and value < least else PLAIN
