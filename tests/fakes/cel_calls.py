"""CEL files of many calls out of one caught call: the same events, other ids, times and channels, woven together."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from core.ids import LinkedId, UniqueId
from seats.records.cel import FIELDS, CelEvent, parse

CAUGHT = Path(__file__).parent.parent / "recordings" / "cel"


def caught(name: str) -> list[CelEvent]:
    """Events of `tests/recordings/cel/<name>.csv`."""
    return [placed.event for placed in parse((CAUGHT / f"{name}.csv").read_bytes(), ended=True).events]


def another(events: Iterable[CelEvent], number: int, later: timedelta) -> list[CelEvent]:
    """The same call once more, as call `number`, `later` than the first."""

    def renamed(event: CelEvent) -> CelEvent:
        return replace(
            event,
            at=event.at + later,
            uniqueid=UniqueId(f"{event.uniqueid}.{number}"),
            linkedid=LinkedId(f"{event.linkedid}.{number}"),
            channel=f"{event.channel}{number:04x}",
            peer=f"{event.peer}{number:04x}" if event.peer else "",
            extra=event.extra.replace('"PJSIP/', f'"PJSIP/{number:04x}').replace(
                '{"bridge_id":"', f'{{"bridge_id":"{number}-'
            ),
        )

    return [renamed(event) for event in events]


def woven(call: list[CelEvent], count: int, apart: timedelta = timedelta(milliseconds=30)) -> list[CelEvent]:
    """`count` calls like `call`, begun `apart` from each other, their events in the order of time."""
    events = [event for number in range(count) for event in another(call, number, number * apart)]
    return sorted(events, key=lambda event: event.at)


def line(event: CelEvent) -> bytes:
    """The event as Asterisk writes it."""
    return ",".join(f'"{_field(event, name)}"' for name in ("type", "at", *FIELDS[2:])).encode() + b"\n"


def _field(event: CelEvent, name: str) -> str:
    if name == "at":
        return f"{int(event.at.timestamp())}.{event.at.microsecond:06d}"
    return str(getattr(event, name)).replace('"', '""')
