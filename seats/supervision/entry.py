"""What is written down of an act: one `Entry`, numbered and chained as a `Row`. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.ids import AreaId, LinkedId, SeatNumber
from seats.supervision.rules import NO_TARGET, Target

TEXT_LIMIT = 500
"""Characters kept of a reason, a detail, a source."""


class Kind(StrEnum):
    """What a row says. The first of every act is committed before anything is done."""

    ASKED = "asked"
    """Allowed, and about to be done."""
    REFUSED = "refused"
    """Not allowed; nothing was done."""
    DONE = "done"
    """A single act was done: Asterisk said so."""
    FAILED = "failed"
    """Asked, and not done; the detail says why."""
    UNCHANGED = "unchanged"
    """A change of mode was asked and not made; the supervision goes on as it was."""
    FOLLOWED = "followed"
    """The supervised call went elsewhere, and the supervisor is about to be sent after it."""
    STARTED = "started"
    """The supervisor's ear (or mouth) is in the call since `happened_at`."""
    STOPPED = "stopped"
    """… until `happened_at`."""
    ENDED = "ended"
    """The supervision is over since `happened_at`; no further row has its id."""


CLOSING = frozenset({Kind.FAILED, Kind.DONE, Kind.ENDED})
"""Kinds after which nothing more is expected of an id."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact for the chain. Field names are the table's columns."""

    kind: Kind
    verb: str
    supervision: str = ""
    """Names one supervision or one single act; empty for a refusal."""
    user_name: str | None = None
    """None: nobody known."""
    role: str | None = None
    target_kind: str = "none"
    target_id: str = ""
    call: LinkedId | None = None
    seat: SeatNumber | None = None
    """Whom it touched besides the caller."""
    areas: tuple[str, ...] = ()
    """Of the target, sorted; an empty word is an area not decided yet."""
    reason: str = ""
    """The user's own words."""
    source: str = ""
    """Where the request came from."""
    destination: str = ""
    """Where a moved call goes."""
    detail: str = ""
    """Why refused, why failed, what ended it."""
    happened_at: datetime | None = None
    """When it truly happened, by Asterisk's clock; None: the row's own time is the best there is."""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Row(Entry):
    """An entry in its place: numbered without gaps, bound to the row before it."""

    seq: int = 0
    at: datetime | None = None
    """When it was committed, UTC."""
    previous: str = ""
    digest: str = ""


def aimed_at(entry: Entry, target: Target) -> Entry:
    """`entry` with the fields of `target`."""
    return replace(entry, target_kind=str(target.kind), target_id=target.id, areas=area_words(target.areas))


def target_of(entry: Entry) -> Target:
    """The target an entry names."""
    kind = type(NO_TARGET.kind)(entry.target_kind)
    return Target(kind, entry.target_id, frozenset(AreaId(word) if word else None for word in entry.areas))


def area_words(areas: frozenset[AreaId | None]) -> tuple[str, ...]:
    """Sorted, an undecided area as an empty word."""
    return tuple(sorted(area or "" for area in areas))


def cleaned(entry: Entry) -> Entry:
    """Without what Postgres, a terminal or the wire could not carry: controls, bidi marks, lone surrogates; cut."""
    return replace(
        entry,
        reason=plain(entry.reason),
        source=plain(entry.source),
        detail=plain(entry.detail),
        destination=plain(entry.destination),
        target_id=plain(entry.target_id),
        verb=plain(entry.verb),
        user_name=None if entry.user_name is None else plain(entry.user_name),
    )


def plain(text: str) -> str:
    """Printable characters of `text`, at most `TEXT_LIMIT`."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:TEXT_LIMIT]).strip()
