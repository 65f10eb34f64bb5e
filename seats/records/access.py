"""Who hears a recording is written down before they do: rows of the supervision audit."""

from typing import Protocol

from seats.records.record import CallRecord, Recording
from seats.supervision.entry import Entry, Kind, Row
from seats.supervision.rules import TargetKind, Verb


class Rows(Protocol):
    """Where rows are committed: `seats.supervision.store.PostgresAudit`."""

    async def append(self, entry: Entry) -> Row:
        """Commit one more row: when this returns, it is on disk. Raises `DatabaseAway`."""
        ...


async def noted(rows: Rows, record: CallRecord, recording: Recording, *, who: str, reason: str, source: str) -> Row:
    """Commit that `who` is given this recording. Raises `DatabaseAway`: then nobody is given anything."""
    return await rows.append(
        Entry(
            kind=Kind.DONE,
            verb=Verb.RECORDING,
            supervision=f"recording-{recording.id}",
            user_name=who,
            target_kind=TargetKind.CALL,
            target_id=record.linkedid,
            call=record.linkedid,
            seat=None,
            areas=(record.area or "",),
            reason=reason,
            source=source,
            detail=f"recording {recording.id}",
        )
    )
