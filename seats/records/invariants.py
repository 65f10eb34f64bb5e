"""What must hold between Asterisk's events, our rows and the files of recordings. Pure; `checker` brings the three."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from seats.records.record import CallRecord, Recording, RecordingState
from seats.records.recording import BYTES_PER_MS
from seats.records.truth import Truth

MEASURED_WITHIN = timedelta(minutes=1)
"""After the end of a call its recording has been looked at."""
_SLACK_MS = 5


class Kind(StrEnum):
    """A way in which two of the three disagree."""

    EVENT_NOT_STORED = "event_not_stored"
    """The file has it, is said to be shipped past it, and there is no row."""
    EVENT_DIFFERS = "event_differs"
    """File and row say different things."""
    LINE_UNREADABLE = "line_unreadable"
    """Bytes nobody could read; kept in core.unreadable_lines."""
    CALL_WITHOUT_RECORD = "call_without_record"
    RECORD_WITHOUT_CALL = "record_without_call"
    """No event says that there was such a call."""
    CALL_NOT_TOLD = "call_not_told"
    """It is over, and its events could not be told as a record."""
    OUTCOME_DIFFERS = "outcome_differs"
    LEGS_DIFFER = "legs_differ"
    """The record's legs are not the call's channels."""
    SEAT_DIFFERS = "seat_differs"
    """The record names a seat that was never joined with the caller, or none though one was."""
    TIMES_DISAGREE = "times_disagree"
    """The record's moments are out of order, or do not give its durations."""
    RECORDING_WITHOUT_ROW = "recording_without_row"
    """Asterisk began it; the record does not know it."""
    RECORDING_WITHOUT_EVENT = "recording_without_event"
    """The record names it; Asterisk never began it."""
    RECORDING_NOT_MEASURED = "recording_not_measured"
    RECORDING_MISSING = "recording_missing"
    """Something was said, or a file was measured, and there is no file now."""
    RECORDING_SHORT = "recording_short"
    """The file holds less than was said."""
    RECORDING_SIZE_DIFFERS = "recording_size_differs"
    """The file is not what was measured."""
    FILE_WITHOUT_ROW = "file_without_row"
    """A file among the recordings that no record names."""
    FOLDER_OPEN = "folder_open"
    """Others than its owner may look into the folder of recordings."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One disagreement."""

    kind: Kind
    subject: str
    """The call, recording, file or place it is about."""
    detail: str


def calls(
    known: Mapping[str, Truth], records: Mapping[str, CallRecord], open_calls: Mapping[str, str | None]
) -> Iterable[Mismatch]:
    """Events against records. `open_calls`: calls not told yet, with the trouble there was in telling them."""
    for linkedid, truth in known.items():
        record = records.get(linkedid)
        trouble = open_calls.get(linkedid)
        if trouble:
            yield Mismatch(Kind.CALL_NOT_TOLD, linkedid, trouble)
        elif record is None and truth.ended:
            yield Mismatch(Kind.CALL_WITHOUT_RECORD, linkedid, f"{truth.events} events, no record")
        elif record is not None:
            yield from _record(truth, record)
    for linkedid in records.keys() - known.keys():
        yield Mismatch(Kind.RECORD_WITHOUT_CALL, linkedid, "a record, and no event")


def _record(truth: Truth, record: CallRecord) -> Iterable[Mismatch]:
    name = record.linkedid
    if record.outcome != truth.outcome:
        yield Mismatch(Kind.OUTCOME_DIFFERS, name, f"record {record.outcome}, events {truth.outcome}")
    legs = {leg.uniqueid for leg in record.legs}
    if legs != truth.channels:
        odd = ", ".join(sorted(legs ^ truth.channels))
        yield Mismatch(Kind.LEGS_DIFFER, name, f"{len(legs)} legs, {len(truth.channels)} channels; apart: {odd}")
    if record.answered_by not in truth.seats and (record.answered_by or truth.seats):
        joined = ", ".join(sorted(truth.seats)) or "none"
        yield Mismatch(Kind.SEAT_DIFFERS, name, f"record {record.answered_by or 'none'}, events {joined}")
    yield from _times(record)
    rows = {recording.id for recording in record.recordings}
    for recording in truth.recordings - rows:
        yield Mismatch(Kind.RECORDING_WITHOUT_ROW, recording, f"of call {name}")
    for recording in rows - truth.recordings:
        yield Mismatch(Kind.RECORDING_WITHOUT_EVENT, recording, f"of call {name}")


def _times(record: CallRecord) -> Iterable[Mismatch]:
    moments = [record.started_at, record.queued_at, record.answered_at, record.ended_at]
    told = [moment for moment in moments if moment is not None]
    if told != sorted(told):
        yield Mismatch(Kind.TIMES_DISAGREE, record.linkedid, "started, queued, answered, ended are out of order")
    if record.queued_at is not None:
        waited = max(_ms((record.answered_at or record.ended_at) - record.queued_at), 0)
        if abs(waited - (record.wait_ms or 0)) > _SLACK_MS:
            yield Mismatch(Kind.TIMES_DISAGREE, record.linkedid, f"wait {record.wait_ms} ms, moments give {waited} ms")
    most = 0 if record.answered_at is None else _ms(record.ended_at - record.answered_at)
    if record.talk_ms > most + _SLACK_MS:
        yield Mismatch(
            Kind.TIMES_DISAGREE, record.linkedid, f"talk {record.talk_ms} ms, at most {most} ms was possible"
        )


def recordings(rows: Sequence[Recording], sizes: Mapping[str, int], now: datetime) -> Iterable[Mismatch]:
    """Rows of recordings against the sizes of the files there are, by id."""
    for row in rows:
        size = sizes.get(row.id)
        match row.state:
            case RecordingState.PENDING:
                if now - row.ended_at > MEASURED_WITHIN:
                    yield Mismatch(Kind.RECORDING_NOT_MEASURED, row.id, f"ended {row.ended_at:%Y-%m-%d %H:%M:%S} UTC")
            case RecordingState.MISSING:
                found = "no file was found" if row.bytes is None else "its file was empty"
                yield Mismatch(Kind.RECORDING_MISSING, row.id, f"{row.expected_ms} ms were said, {found}")
            case RecordingState.EMPTY | RecordingState.REMOVED:
                if size is not None:
                    yield Mismatch(Kind.FILE_WITHOUT_ROW, row.id, f"it is {row.state}, and has a file of {size} bytes")
            case RecordingState.STORED | RecordingState.SHORT:
                if row.state is RecordingState.SHORT:
                    said = (row.bytes or 0) // BYTES_PER_MS
                    yield Mismatch(Kind.RECORDING_SHORT, row.id, f"{said} ms of {row.expected_ms} ms")
                if size is None:
                    yield Mismatch(Kind.RECORDING_MISSING, row.id, f"{row.bytes} bytes were measured, no file now")
                elif size != row.bytes:
                    yield Mismatch(Kind.RECORDING_SIZE_DIFFERS, row.id, f"{row.bytes} bytes measured, {size} now")


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
