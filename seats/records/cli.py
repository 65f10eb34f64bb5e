"""`hotline records`: calls as Postgres has them."""

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core import settings
from core.clock import CHINA
from core.console import EXIT_DONE, Arguments, print_json, print_table
from core.ids import LinkedId
from core.log import mask
from core.secrets import database_dsn, load_or_create
from seats.records import check_cli, sound_cli
from seats.records.record import CallRecord, Outcome
from seats.records.store import call_record, latest

_EXAMPLES = """examples:
  hotline records list                       the last twenty calls
  hotline records list -n 100 --outcome failed
  hotline records show 1795316598.0 --json   everything about one call
  hotline records export 1795316598.0 --reason 申诉 -o call.wav
  hotline records check                      do events, records and recordings tell of the same calls?
Numbers are masked unless --full is given."""

_OUTCOME_TEXT = {
    Outcome.ANSWERED: "已接听",
    Outcome.SELF_SERVED: "自助解决",
    Outcome.MESSAGE_LEFT: "已留言",
    Outcome.CALLBACK_BOOKED: "已预约回拨",
    Outcome.ABANDONED_IN_MENU: "菜单中放弃",
    Outcome.ABANDONED_IN_QUEUE: "排队中放弃",
    Outcome.NOT_REACHED: "回拨未接通",
    Outcome.TOLD_AND_ENDED: "告知后结束",
    Outcome.FAILED: "失败",
    Outcome.INTERRUPTED: "中断",
}
_NUMBERS = frozenset({"caller", "raw", "normalized", "number", "ani"})
"""Names whose values are somebody's telephone number."""
_ELSEWHERE = {"check": check_cli.check, "export": sound_cli.export, "prune": sound_cli.prune_old}


def main(argv: Sequence[str]) -> int:
    """Entry of `hotline records`."""
    parser = Arguments(
        prog="hotline records",
        description="Calls as stored in Postgres.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="the latest calls, newest first")
    listing.add_argument("-n", "--count", type=int, default=20, help="how many (default 20, at most 1000)")
    listing.add_argument("--outcome", choices=[outcome.value for outcome in Outcome], help="only calls that ended so")
    listing.add_argument("--all", action="store_true", help="also the platform's own: a code, a supervisor's phone, …")
    showing = commands.add_parser("show", help="one call with its legs and the reason it went where it went")
    showing.add_argument("linkedid")
    for command in (listing, showing):
        command.add_argument("--full", action="store_true", help="show telephone numbers in full")
        command.add_argument("--json", action="store_true", help="print JSON, one document")
    check_cli.add_to(commands)
    sound_cli.add_to(commands)
    asked = parser.parse_args(argv)
    current = settings.load(os.environ)
    if asked.command in _ELSEWHERE:
        return _ELSEWHERE[asked.command](asked, current)
    dsn = database_dsn(current, load_or_create(current.paths.secrets))
    if asked.command == "show":
        _show(asyncio.run(call_record(dsn, LinkedId(asked.linkedid))), full=asked.full, as_json=asked.json)
    else:
        outcome = Outcome(asked.outcome) if asked.outcome else None
        found = asyncio.run(latest(dsn, max(asked.count, 0), outcome, ours=asked.all))
        _list(found, full=asked.full, as_json=asked.json)
    return EXIT_DONE


def _list(records: Sequence[CallRecord], *, full: bool, as_json: bool) -> None:
    if as_json:
        print_json([_plain(record, full=full) for record in records])
        return
    columns = ("通话", "开始", "主叫", "队列", "座席", "结果", "等待 s", "通话 s")
    rows = [
        (
            record.linkedid,
            _time(record.started_at),
            _shown(record.caller, full=full) or "未知",
            record.queue or "-",
            record.answered_by or "-",
            _OUTCOME_TEXT[record.outcome],
            _seconds(record.wait_ms),
            _seconds(record.talk_ms),
        )
        for record in records
    ]
    print_table(f"最近 {len(rows)} 个通话", columns, rows)


def _show(record: CallRecord, *, full: bool, as_json: bool) -> None:
    if as_json:
        print_json(_plain(record, full=full))
        return
    said = _masked(record.decision or {}, full=full)
    rows: list[tuple[str, object]] = [
        ("通话", record.linkedid),
        ("主叫", _shown(record.caller, full=full) or "未知"),
        ("被叫", record.dialled),
        ("开始", _time(record.started_at)),
        ("结束", _time(record.ended_at)),
        (
            "结果",
            f"{_OUTCOME_TEXT[record.outcome]}（{record.outcome}, 挂机方 {record.ended_by}, 原因码 {record.cause}）",
        ),
        *((("放弃前 s", _seconds(gone)),) if (gone := record.abandoned_after_ms) is not None else ()),
        ("接通前 / 等待 / 通话 s", " / ".join(map(_seconds, (record.set_up_ms, record.wait_ms, record.talk_ms)))),
        ("队列 → 座席", f"{record.queue or '-'} → {record.answered_by or '-'}"),
        *(("选席", f"{it.seat} {it.why}") for it in record.rings),
        *(("录音", f"{it.id}（{it.state}, {_seconds(it.duration_ms)} s）") for it in record.recordings),
        *((f"路由 {name}", value) for name, value in said.items() if value not in (None, "", [])),
    ]
    print_table("", ("项目", "值"), rows)
    legs = [
        (
            it.position,
            it.role,
            it.seat or "-",
            _time(it.started_at),
            _seconds(it.ring_ms),
            _seconds(it.talk_ms),
            it.result,
        )
        for it in record.legs
    ]
    print_table("各方", ("#", "身份", "座席", "开始", "振铃 s", "通话 s", "结果"), legs)
    if record.moves:
        moves = [
            (_time(it.at), it.how, it.seat or "-", f"{it.kind} {it.target}", it.result, it.taken_by or "-")
            for it in record.moves
        ]
        print_table("转接", ("时间", "方式", "由座席", "去向", "结果", "接听座席"), moves)


def _plain(record: CallRecord, *, full: bool) -> dict[str, Any]:
    return {**_masked(asdict(record), full=full), "abandoned_after_ms": record.abandoned_after_ms}


def _masked(value: Mapping[str, Any], *, full: bool) -> dict[str, Any]:
    """The same mapping with telephone numbers hidden, however deep, and times as ISO text."""

    def shown(name: str, item: Any) -> Any:
        if isinstance(item, Mapping):
            return _masked(item, full=full)
        if isinstance(item, list | tuple):
            return [shown(name, each) for each in item]
        if isinstance(item, datetime):
            return item.isoformat()
        return _shown(item, full=full) if name in _NUMBERS and isinstance(item, str) else item

    return {name: shown(name, item) for name, item in value.items()}


def _shown(number: str, *, full: bool) -> str:
    return number if full else mask(number)


def _time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%m-%d %H:%M:%S")


def _seconds(milliseconds: int | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds / 1000:.1f}"
