"""`hotline records export` and `prune`: recordings given to somebody, and what has been kept long enough."""

import argparse
import asyncio
import getpass
import socket
import sys
from dataclasses import asdict
from pathlib import Path

from core.clock import SystemClock
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.db import AWAY, DatabaseAway, connect, engine
from core.errors import BadInput, HotlineError
from core.ids import LinkedId
from core.secrets import database_dsn, load_or_create
from core.settings import Settings
from seats.records.access import noted
from seats.records.record import CallRecord, Recording, RecordingState
from seats.records.recording import RecordingFiles
from seats.records.retention import Pruned, prune
from seats.records.store import call_record
from seats.supervision.chain import key_of
from seats.supervision.digests import Digests, file_in
from seats.supervision.store import PostgresAudit

_DEADLINE = 600.0
_KINDS = {
    "recordings": "录音",
    "events": "事件",
    "facts": "业务事实",
    "unreadable_lines": "无法读取的行",
    "remembered_areas": "记住的归属地",
    "callers": "主叫号码",
    "decisions": "路由中的号码",
}


class NoRecording(HotlineError):
    """The call has no recording that could be heard."""


def add_to(commands: "argparse._SubParsersAction[Arguments]") -> None:
    """The commands' arguments."""
    exporting = commands.add_parser("export", help="a call's recording as a WAV file; who and why is written down")
    exporting.add_argument("linkedid")
    exporting.add_argument("--reason", required=True, help="why, for the audit row")
    exporting.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="- for standard output: … -o - | aplay"
    )
    exporting.add_argument("--recording", metavar="ID", help="which, where a call has several")
    pruning = commands.add_parser("prune", help="remove what has been kept as long as the settings [retention] say")
    pruning.add_argument("--dry-run", action="store_true", help="count only")
    pruning.add_argument("--json", action="store_true", help="print JSON, one document")


def export(asked: argparse.Namespace, current: Settings) -> int:
    """Write the row, then the file."""
    if not asked.reason.strip():
        raise BadInput("--reason must say why this recording is needed")
    sound = asyncio.run(_audited(asked, current))
    try:
        if asked.output == "-":
            sys.stdout.buffer.write(sound)
            sys.stdout.buffer.flush()
        else:
            target = Path(asked.output)
            target.touch(mode=0o600)
            target.write_bytes(sound)
    except OSError as error:
        raise BadInput(f"cannot write {asked.output}: {error.strerror}") from error
    return EXIT_DONE


async def _audited(asked: argparse.Namespace, current: Settings) -> bytes:
    secrets = load_or_create(current.paths.secrets)
    dsn = database_dsn(current, secrets)
    record = await call_record(dsn, LinkedId(asked.linkedid))
    recording = _chosen(record, asked.recording)
    try:
        sound = RecordingFiles(current.paths.recordings).wave(recording.id)
    except OSError as error:
        raise NoRecording(f"the file of recording {recording.id} cannot be read: {error.strerror}") from error
    database = engine(dsn, application="hotline-records-export")
    try:
        rows = PostgresAudit(database, key_of(secrets.seat_key), Digests(file_in(current.paths.home)), SystemClock())
        source = f"hotline records export on {socket.gethostname()}"
        await noted(rows, record, recording, who=getpass.getuser(), reason=asked.reason, source=source)
    finally:
        await database.dispose()
    return sound


def _chosen(record: CallRecord, wanted: str | None) -> Recording:
    there = [it for it in record.recordings if it.state in {RecordingState.STORED, RecordingState.SHORT}]
    if wanted is not None:
        there = [it for it in there if it.id == wanted]
    if not there:
        states = ", ".join(f"{it.id} is {it.state}" for it in record.recordings) or "it was not recorded"
        raise NoRecording(f"call {record.linkedid} has no such recording to hear: {states}")
    if len(there) > 1:
        raise BadInput(f"call {record.linkedid} has several; --recording {' or '.join(it.id for it in there)}")
    return there[0]


def prune_old(asked: argparse.Namespace, current: Settings) -> int:
    """Remove, or count, what is old."""
    try:
        pruned = asyncio.run(_prune(current, really=not asked.dry_run))
    except AWAY as error:
        raise DatabaseAway(f"Postgres does not answer ({type(error).__name__}); nothing more was removed") from error
    if asked.json:
        print_json({**asdict(pruned), "dry_run": asked.dry_run})
        return EXIT_DONE
    rows = [(_KINDS[name], count) for name, count in pruned.removed.items()]
    print_table("到期（未删除）" if asked.dry_run else "已删除", ("数据", "数量"), rows)
    if not rows:
        out.print("retention：全部永久保存")
    return EXIT_DONE


async def _prune(current: Settings, *, really: bool) -> Pruned:
    dsn = database_dsn(current, load_or_create(current.paths.secrets))
    connection = await connect(dsn, application="hotline-records-prune", deadline=_DEADLINE)
    try:
        files = RecordingFiles(current.paths.recordings)
        return await prune(connection, files, current.retention, SystemClock().now(), really=really)
    finally:
        connection.terminate()
