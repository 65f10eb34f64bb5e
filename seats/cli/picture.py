"""The picture as a terminal keeps it, folded from the API's snapshot and deltas. Pure.

Reads what it needs and ignores what it does not know, so that an older terminal works with a newer platform. Times are
seconds since 1970, UTC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Leg:
    """One channel of a call."""

    channel: str
    seat: str | None
    up: bool
    held: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is up: `seats.live.model.LiveCall`."""

    linkedid: str
    number: str
    name: str
    area: str | None
    reason: str | None
    state: str
    since: float
    queue: str | None
    waiting_since: float | None
    seat: str | None
    started: float
    legs: tuple[Leg, ...]
    areas: tuple[str, ...]
    transcript: str
    """What the caller said last; empty when nothing was written down."""

    @property
    def home(self) -> str | None:
        """The area whose call it is."""
        return self.area or self.queue


@dataclass(frozen=True, slots=True)
class Seat:
    """`LiveSeat`."""

    number: str
    area: str | None
    name: str
    state: str
    reason: str | None
    since: float
    call: str | None


@dataclass(frozen=True, slots=True)
class AreaRow:
    """`LiveArea`, or the sum of several."""

    area: str
    waiting: int
    longest_wait_s: int
    offered: int
    decided: int
    """Callers who needed a seat, and have been answered or have gone."""
    answered: int
    in_15: int
    free: int
    ringing: int
    talking: int
    paused: int
    offline: int

    @property
    def connect_rate(self) -> float | None:
        """Answered of `decided`; None when there are none."""
        return self.answered / self.decided if self.decided else None

    @property
    def in_15_rate(self) -> float | None:
        """Answered within 15 s of `decided`; None when there are none."""
        return self.in_15 / self.decided if self.decided else None


@dataclass(slots=True)
class Picture:
    """What is shown now."""

    calls: dict[str, Call] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    areas: dict[str, AreaRow] = field(default_factory=dict)
    stale_since: datetime | None = None
    """Since when the platform itself hears nothing of Asterisk."""
    newest_event: datetime | None = None
    differences: tuple[Mapping[str, Any], ...] = ()
    alerts: tuple[Mapping[str, Any], ...] = ()

    def take(self, message: Mapping[str, Any]) -> None:
        """One message of the live socket."""
        if message.get("kind") == "snapshot":
            self.replace(message.get("picture", {}))
            return
        for known, kind in ((self.calls, "calls"), (self.seats, "seats"), (self.areas, "areas")):
            for key, entry in message.get(kind, {}).items():
                if entry is None:
                    known.pop(key, None)
                else:
                    known[key] = _READ[kind](entry)
        self._head(message)

    def replace(self, picture: Mapping[str, Any]) -> None:
        """The whole, as the snapshot or `GET /picture` says it."""
        self.calls = {call.linkedid: call for call in map(call_of, picture.get("calls", ()))}
        self.seats = {seat.number: seat for seat in map(seat_of, picture.get("seats", ()))}
        self.areas = {row.area: row for row in map(area_of, picture.get("areas", ()))}
        self._head(picture)

    def waits(self) -> dict[str | None, float]:
        """Since when the longest waiting caller of each area waits."""
        found: dict[str | None, float] = {}
        for call in self.calls.values():
            if call.waiting_since is not None:
                found[call.home] = min(call.waiting_since, found.get(call.home, call.waiting_since))
        return found

    def _head(self, head: Mapping[str, Any]) -> None:
        self.stale_since = time_of(head.get("stale_since"))
        self.newest_event = time_of(head.get("newest_event"))
        self.differences = tuple(head.get("differences") or ())
        self.alerts = tuple(head.get("alerts") or ())


def total(rows: Iterable[AreaRow], name: str = "") -> AreaRow:
    """The sum of some areas."""
    rows = list(rows)
    return AreaRow(
        area=name,
        waiting=sum(row.waiting for row in rows),
        longest_wait_s=max((row.longest_wait_s for row in rows), default=0),
        offered=sum(row.offered for row in rows),
        decided=sum(row.decided for row in rows),
        answered=sum(row.answered for row in rows),
        in_15=sum(row.in_15 for row in rows),
        free=sum(row.free for row in rows),
        ringing=sum(row.ringing for row in rows),
        talking=sum(row.talking for row in rows),
        paused=sum(row.paused for row in rows),
        offline=sum(row.offline for row in rows),
    )


def call_of(entry: Mapping[str, Any]) -> Call:
    """A call from its JSON."""
    return Call(
        linkedid=str(entry.get("linkedid", "")),
        number=str(entry.get("number") or ""),
        name=str(entry.get("name") or ""),
        area=entry.get("area"),
        reason=entry.get("reason"),
        state=str(entry.get("state", "")),
        since=_seconds(entry.get("since")) or 0.0,
        queue=entry.get("queue"),
        waiting_since=_seconds(entry.get("waiting_since")),
        seat=entry.get("seat"),
        started=_seconds(entry.get("started")) or 0.0,
        legs=tuple(
            Leg(str(leg.get("channel", "")), leg.get("seat"), bool(leg.get("up")), bool(leg.get("held")))
            for leg in entry.get("channels", ())
        ),
        areas=tuple(entry.get("areas", ())),
        transcript=str(entry.get("transcript") or ""),
    )


def seat_of(entry: Mapping[str, Any]) -> Seat:
    """A seat from its JSON."""
    return Seat(
        number=str(entry.get("number", "")),
        area=entry.get("area"),
        name=str(entry.get("name") or ""),
        state=str(entry.get("state", "")),
        reason=entry.get("reason"),
        since=_seconds(entry.get("since")) or 0.0,
        call=entry.get("call"),
    )


def area_of(entry: Mapping[str, Any]) -> AreaRow:
    """An area's row from its JSON."""
    return AreaRow(
        area=str(entry.get("area", "")),
        waiting=_count(entry, "waiting"),
        longest_wait_s=_count(entry, "longest_wait_s"),
        offered=_count(entry, "offered_today"),
        decided=_count(entry, "decided_today"),
        answered=_count(entry, "answered_today"),
        in_15=_count(entry, "answered_in_15_today"),
        free=_count(entry, "free"),
        ringing=_count(entry, "ringing"),
        talking=_count(entry, "talking"),
        paused=_count(entry, "paused"),
        offline=_count(entry, "offline"),
    )


def time_of(text: Any) -> datetime | None:
    """An ISO 8601 time; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _seconds(text: Any) -> float | None:
    found = time_of(text)
    return found.timestamp() if found is not None else None


def _count(entry: Mapping[str, Any], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0


_READ: Mapping[str, Any] = {"calls": call_of, "seats": seat_of, "areas": area_of}
