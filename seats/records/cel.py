"""Bytes of a CEL file → typed events. Pure; the file's mapping is asterisk_conf/templates/cel_custom.conf.j2.

Asterisk quotes every field and doubles the quotes inside, so nothing a caller sends can end a field or a line early; a
field may hold line feeds. Only a crash or a full disk breaks the form: it leaves a torn line without an end, and the
next event follows on the same line. A torn line is set aside, reading goes on at the next event.
"""

import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from core.ids import LinkedId, UniqueId
from core.journal import Unreadable, storable

EVENT_LIMIT = 256 * 1024
"""Bytes of one event. An unfinished line longer than this is not waited for."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = rb'"[^"]*+(?:""[^"]*+)*+"'
_HEAD = rb'"([A-Za-z0-9_. -]++)","([0-9]{1,11})\.([0-9]{6})"'
_EVENT = re.compile(_HEAD + rb"," + rb"((?:" + _TEXT + rb",){15}" + _TEXT + rb")\r?\n")
_FIELD = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"(?:,|\Z)')
_NEXT_HEAD = re.compile(_HEAD + rb',"')


@dataclass(frozen=True, slots=True)
class CelEvent:
    """One thing Asterisk says happened to one channel."""

    type: str
    """`CHAN_START`, `HANGUP`, …; for an event of the dialplan's own (`CELGenUserEvent`) its name: `ROUTED`."""
    at: datetime
    """Wall time, UTC, microseconds. The clock may step: only the order of the file is certain."""
    caller_name: str
    caller_number: str
    ani: str
    rdnis: str
    dnid: str
    exten: str
    context: str
    channel: str
    """`PJSIP/3710001-0000001c`: technology, endpoint, number of the channel."""
    app: str
    app_data: str
    account: str
    uniqueid: UniqueId
    linkedid: LinkedId
    peer: str
    """The channel it is bridged with at this moment."""
    user_type: str
    extra: str
    """JSON as Asterisk wrote it, or empty; see `details`."""

    @property
    def of_dialplan(self) -> bool:
        """Whether our own dialplan raised it, by `CELGenUserEvent`."""
        return self.user_type == self.type

    def details(self) -> dict[str, Any]:
        """What `extra` holds, by name; empty when there is nothing or nothing readable.

        Asterisk wraps a dialplan event's text once more (`{"extra": "…"}`): that is unwrapped, with `\\,` read as `,`.
        """
        found = _object(self.extra)
        if not self.of_dialplan:
            return found
        text = found.get("extra")
        if not isinstance(text, str):
            return {}
        return _object(text) or _object(text.replace("\\,", ","))


FIELDS = tuple(field.name for field in fields(CelEvent))
"""Names in the order of the file."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An event and the byte of its file where it begins."""

    place: int
    event: CelEvent


@dataclass(frozen=True, slots=True)
class Block:
    """What a run of bytes held; `end` is the byte of the file where the next reading begins."""

    events: tuple[Placed, ...]
    unreadable: tuple[Unreadable, ...]
    end: int


def parse(data: bytes, place: int = 0, *, ended: bool = False) -> Block:
    """Events of `data`, which begins at byte `place` of its file.

    An unfinished last line is left for the next time, unless `ended` says that nobody will ever finish it.
    """
    events: list[Placed] = []
    unreadable: list[Unreadable] = []
    at = 0
    while at < len(data):
        match = _EVENT.match(data, at)
        if match is not None:
            try:
                events.append(Placed(place + at, _event(match)))
            except ValueError as error:
                unreadable.append(Unreadable(place + at, match.group(), str(error)))
            at = match.end()
            continue
        following = _NEXT_HEAD.search(data, at + 1)
        if following is not None:
            stop = following.start()
        elif ended or len(data) - at > EVENT_LIMIT:
            stop = len(data)
        else:
            break
        unreadable.append(Unreadable(place + at, data[at:stop], "torn or malformed line"))
        at = stop
    return Block(tuple(events), tuple(unreadable), place + at)


def _event(match: re.Match[bytes]) -> CelEvent:
    kind, seconds, micros, texts = match.groups()
    try:
        moment = _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros))
    except OverflowError as error:
        raise ValueError("time beyond the calendar") from error
    name, number, ani, rdnis, dnid, exten, context, channel, app, data, account, unique, linked, *rest = _texts(texts)
    return CelEvent(
        kind.decode(),
        moment,
        name,
        number,
        ani,
        rdnis,
        dnid,
        exten,
        context,
        channel,
        app,
        data,
        account,
        UniqueId(unique),
        LinkedId(linked),
        *rest,
    )


def _texts(fields: bytes) -> list[str]:
    """The sixteen quoted texts."""
    parts = fields[1:-1].split(b'","')
    if len(parts) != 16 or any(b'"' in part and b'"' in part.replace(b'""', b"") for part in parts):
        # What stands between two texts may stand inside one, its quotes doubled: such a line is taken text by text.
        # A cut inside a text leaves an odd number of quotes beside it, or too many parts.
        parts = _FIELD.findall(fields)
    return [_text(part) if part else "" for part in parts]


def _text(field: bytes) -> str:
    if b'"' in field:
        field = field.replace(b'""', b'"')
    return storable(field.decode("utf-8", "replace"))


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=lambda _: None, strict=False) if text else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
