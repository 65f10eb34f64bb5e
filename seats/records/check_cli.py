"""`hotline records check`: do Asterisk's events, our rows and the recordings tell of the same calls?"""

import argparse
import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from core.clock import SystemClock
from core.console import EXIT_CHECK_FAILED, EXIT_DONE, Arguments, out, print_json, print_table
from core.db import engine
from core.secrets import database_dsn, load_or_create
from core.settings import Settings
from seats.records.checker import Checker, Findings
from seats.records.figures.report import moment_of
from seats.records.files import CelFiles
from seats.records.recording import RecordingFiles

_DEFAULT = timedelta(days=1)
_SHOWN = 200
"""Mismatches on a screen; `--json` has all."""
_NAMES = {
    "events_in_files": "文件中的事件",
    "events_waiting": "待入库事件",
    "calls_by_events": "通话（按事件）",
    "calls_by_records": "通话（按记录）",
    "answered_by_events": "接通（按事件）",
    "answered_by_records": "接通（按记录）",
    "calls_open": "进行中的通话",
    "recordings_by_events": "录音（按事件）",
    "recordings_by_rows": "录音（按记录）",
    "files": "录音文件",
}


def add_to(commands: "argparse._SubParsersAction[Arguments]") -> None:
    """The command's arguments."""
    parser = commands.add_parser("check", help="compare Asterisk's events, records and recordings; list what differs")
    parser.add_argument("--from", dest="since", metavar="WHEN", help="calls since then (default: a day ago)")
    parser.add_argument("--to", dest="until", metavar="WHEN", help="calls before then (default: now)")
    parser.add_argument("--json", action="store_true", help="print JSON, one document")


def check(asked: argparse.Namespace, current: Settings) -> int:
    """Compare and print; 1 when anything differs."""
    clock = SystemClock()
    now = clock.now()
    since = moment_of(asked.since) if asked.since else now - _DEFAULT
    until = moment_of(asked.until, end=True) if asked.until else now
    if current.retention.events_days:
        # Older events are gone: records without them are no mistake.
        since = max(since, now - timedelta(days=current.retention.events_days))
    findings = asyncio.run(_findings(current, since, until, clock))
    if asked.json:
        print_json({**asdict(findings), "from": _iso(since), "to": _iso(until)})
    else:
        _print(findings)
    return EXIT_CHECK_FAILED if findings.mismatches else EXIT_DONE


async def _findings(current: Settings, since: datetime, until: datetime, clock: SystemClock) -> Findings:
    dsn = database_dsn(current, load_or_create(current.paths.secrets))
    database = engine(dsn, application="hotline-records-check", deadline=120)
    checker = Checker(database, CelFiles(current.paths.cel, clock), RecordingFiles(current.paths.recordings))
    try:
        return await checker.check(since, until, clock.now())
    finally:
        await database.dispose()


def _print(findings: Findings) -> None:
    print_table("", ("项目", "数量"), [(text, getattr(findings, name)) for name, text in _NAMES.items()])
    found = findings.mismatches
    if not found:
        out.print("核对一致：没有差异")
        return
    rows = [(it.kind, it.subject, it.detail) for it in found[:_SHOWN]]
    more = f"，显示前 {_SHOWN} 个（--json 显示全部）" if len(found) > _SHOWN else ""
    print_table(f"{len(found)} 个差异{more}", ("差异", "对象", "说明"), rows)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
