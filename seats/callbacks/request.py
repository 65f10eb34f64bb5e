"""One callback or appointment as it is remembered, and what a fact makes of it. Pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.ids import AreaId, LinkedId, SeatNumber
from core.journal import Fact
from seats.callbacks.states import NEXT, OPEN, Move, State

ASKED: Final = "callback_asked"
"""Fact: `{number, area, why, joined_at?, not_before?, slot?, story?, id?}`. Any room may note one."""
MOVED: Final = "callback_moved"
"""Fact: `{id, move, base, …}`: what happened to one; `base` is what it was asked with."""
KINDS: Final = frozenset({ASKED, MOVED})
PREFIX: Final = "cb-"
"""How ids begin, and the uniqueids of the channels that stand for them."""
CALLABLE: Final = re.compile(
    r"(?!1349|1740)1[3-9][0-9]{9}|0(?:10|2[0-9])[2-8][0-9]{7}|0[3-9](?!00)[0-9]{2}[2-8][0-9]{6,7}"
)
"""A mobile or a landline with its code: the only numbers the platform ever calls. No satellite (1349, 1740), and behind
a code nothing that begins a service: 1… and 9… there are short and premium numbers, and 0400, 0800 are no codes."""
_ID: Final = re.compile(r"cb-[0-9a-f]{12}")
_TEXT: Final = 2000


class Why(StrEnum):
    """Why somebody is to be called."""

    WAITING = "waiting"
    """They asked for it instead of waiting."""
    APPOINTMENT = "appointment"
    ABANDONED = "abandoned"
    """They waited and hung up."""
    ASTERISK_DIED = "asterisk_died"
    """They were cut off."""
    MESSAGE = "message"
    """They left a message."""
    CORRECTION = "correction"
    """An answer they heard was wrong."""
    LOW_RATING = "low_rating"
    AI_UNRESOLVED = "ai_unresolved"
    ORDER = "order"
    """The reply to an order."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A promise to call somebody. Times are UTC."""

    id: str
    number: str
    """Normalised; fits `CALLABLE`."""
    area: AreaId
    """Queue whose seats are to call."""
    why: Why
    asked_at: datetime
    joined_at: datetime
    """Since when their place in the line counts."""
    not_before: datetime | None = None
    slot: datetime | None = None
    """Of an appointment: the half-hour it is for."""
    call: LinkedId | None = None
    """The call it comes from."""
    story: str = ""
    state: State = State.ASKED
    changed_at: datetime | None = None
    tries: int = 0
    """Times the person was called and not reached."""
    placed: int = 0
    """Times it stood in the line."""
    channel: str = ""
    """uniqueid of the channel that stands, or last stood, for it; also the linkedid of that call."""
    seat: SeatNumber | None = None
    returned_call: LinkedId | None = None
    """The call in which the person is on the line again."""
    result: str = ""
    """What was written when it was closed, or how the last try went."""
    closed_by: str = ""
    closed_at: datetime | None = None
    applied: tuple[str, ...] = field(default=(), compare=False)
    """Ids of the facts it is made of: none counts twice."""

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def appointment(self) -> bool:
        return self.slot is not None

    def base(self) -> dict[str, Any]:
        """What it was asked with, for a reader who meets a move before the asking."""
        return {name: _plain(getattr(self, name)) for name in _BASE}


OWN_CALL: Final = frozenset({Why.WAITING, Why.ABANDONED, Why.ASTERISK_DIED})
"""Their place was lost or kept in the line: whoever rings again and is answered needs no call any more."""
_BASE: Final = ("number", "area", "why", "asked_at", "joined_at", "not_before", "slot", "call", "story")
_MOMENTS: Final = frozenset({"asked_at", "joined_at", "not_before", "slot", "changed_at", "closed_at"})


def asked(fact: Fact) -> Callback | None:
    """The callback a fact `ASKED`, or the `base` of a fact `MOVED`, begins; None for one nobody can make sense of."""
    said = fact.fields
    if fact.kind == MOVED:
        base = said.get("base")
        return (
            _begun(str(said.get("id", "")), {**base, "id": said.get("id")}, fact, ())
            if isinstance(base, dict)
            else None
        )
    id = str(said.get("id") or PREFIX + hashlib.sha256(fact.id.encode()).hexdigest()[:12])
    return _begun(id, said, fact, (fact.id,))


def _begun(id: str, said: Mapping[str, Any], fact: Fact, applied: tuple[str, ...]) -> Callback | None:
    number, area = str(said.get("number", "")), str(said.get("area", ""))
    if not _ID.fullmatch(id) or not CALLABLE.fullmatch(number) or not re.fullmatch(r"[a-z_]{1,40}", area):
        return None
    try:
        why = Why(str(said.get("why", "")))
        times = {name: _moment(said.get(name)) for name in ("asked_at", "joined_at", "not_before", "slot")}
    except ValueError:
        return None
    begun = times["asked_at"] or fact.at
    call = said.get("call") or fact.call
    return Callback(
        id, number, AreaId(area), why, begun, times["joined_at"] or begun, times["not_before"], times["slot"],
        LinkedId(str(call)) if call else None, str(said.get("story") or "")[:_TEXT], changed_at=begun, applied=applied,
    )  # fmt: skip


def moved(before: Callback, fact: Fact) -> Callback:
    """What a fact `MOVED` makes of it: the same object for one that counted already, or is not legal here."""
    if fact.id in before.applied:
        return before
    try:
        move = Move(str(fact.fields.get("move", "")))
        not_before = _moment(fact.fields.get("not_before"))
    except ValueError:
        return before
    state = NEXT[before.state].get(move)
    if state is None:
        return before
    said = fact.fields
    now = replace(before, state=state, changed_at=fact.at, applied=(*before.applied, fact.id))
    if move is Move.PLACED:
        now = replace(now, channel=str(said.get("channel", "")), placed=before.placed + 1, seat=None)
    if move in (Move.NOT_REACHED, Move.GIVEN_UP):
        now = replace(now, tries=before.tries + 1)
    if move is Move.RETURNED:
        now = replace(now, returned_call=fact.call)
    if not_before is not None or move is Move.NOW:
        now = replace(now, not_before=not_before)
    if said.get("seat"):
        now = replace(now, seat=SeatNumber(str(said["seat"])))
    if said.get("result"):
        now = replace(now, result=str(said["result"])[:_TEXT])
    if state not in OPEN:
        now = replace(now, closed_at=fact.at, closed_by=str(said.get("by", "")))
    return now


def as_row(callback: Callback) -> dict[str, Any]:
    """Plain values, times and all, by field name."""
    return {each.name: getattr(callback, each.name) for each in fields(callback)}


def from_row(row: Mapping[str, Any]) -> Callback:
    """The callback of a table's row, or of the JSON of one. Raises `ValueError`, `KeyError`."""
    values = {each.name: row[each.name] for each in fields(Callback)}
    for name in _MOMENTS:
        values[name] = _moment(values[name])
    values |= {"why": Why(values["why"]), "state": State(values["state"]), "applied": tuple(values["applied"])}
    return Callback(**values)


def as_json(callback: Callback) -> dict[str, Any]:
    """The row as JSON has it."""
    return {name: _plain(value) for name, value in as_row(callback).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, StrEnum) else value


def _moment(value: Any) -> datetime | None:
    """Raises `ValueError`."""
    if value is None or value == "":
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found
