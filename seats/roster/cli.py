"""`hotline seats day|shifts|wrap-up`: what seats did, who works when, how long each writes up."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from core import settings as core_settings
from core.clock import CHINA, Clock, SystemClock
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.db import engine
from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from core.secrets import database_dsn, load_or_create
from core.settings import Settings
from routing.areas import AreaTree
from routing.tables import province_tree
from seats.roster import reasons, store
from seats.roster.day import spans, totals
from seats.roster.homes import OFF, ON
from seats.roster.plans import StoredPlans
from seats.roster.shifts import COLUMNS, check_lunch, read, shown
from seats.roster.states import Move, State
from seats.roster.writing_up import LONGEST

WORDS = ("day", "shifts", "wrap-up")
_MOVES: dict[str, str] = {
    Move.REGISTER: "话机上线", Move.UNREGISTER: "话机下线", Move.LOG_IN: "签入", Move.LOG_OUT: "签出",
    Move.PAUSE: "示忙",
    Move.READY: "就绪", Move.RING: "振铃", Move.RING_OVER: "未接通", Move.NO_ANSWER: "连续未接", Move.ANSWER: "接听",
    Move.HOLD: "保持", Move.UNHOLD: "取回", Move.HANG_UP: "挂机", Move.WRITE_UP: "开始话后", Move.MORE_TIME: "话后延长",
    Move.WRAP_UP_OVER: "话后到时", Move.LOST: "话机失联",
}  # fmt: skip
_WHO = {"seat": "座席", "phone": "话机", "platform": "平台", "shift": "班次", ON: "居家启用", OFF: "居家结束"}
_STATES = {
    State.OFFLINE: "离线",
    State.LOGGED_OUT: "已签退",
    State.READY: "空闲",
    State.RINGING: "振铃",
    State.TALKING: "通话",
    State.HELD: "保持",
    State.WRAP_UP: "话后",
    State.PAUSED: "小休",
}
_EXAMPLES = f"""examples:
  hotline seats day 3710001                        today, step by step
  hotline seats day 3710001 --date 2026-11-21
  hotline seats shifts list --area 郑州
  hotline seats shifts import shifts.csv           {",".join(COLUMNS)}; days 1-5 or 1,3,6
  hotline seats wrap-up                            every limit in force
  hotline seats wrap-up 洛阳 30                    an area, or a seat: 3790001; off takes it away"""
Value = TypeVar("Value")


def main(argv: Sequence[str], clock: Clock | None = None) -> int:
    """Run one subcommand; the platform's Postgres must be up."""
    parser = Arguments(
        prog="hotline seats",
        description="座席: what seats did, who works when, how long each writes up.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    day = commands.add_parser("day", help="a day of a seat")
    day.add_argument("number", help="the seat")
    day.add_argument("--date", help="of China, 2026-11-22 (default: today)")
    shifts = commands.add_parser("shifts", help="who works when")
    shifts.add_argument("what", choices=("list", "import"))
    shifts.add_argument("file", nargs="?", help="a CSV file; - for standard input")
    shifts.add_argument("--area", help="name or id")
    limits = commands.add_parser("wrap-up", help="seconds of writing up")
    limits.add_argument("of", nargs="?", help="an area or a seat")
    limits.add_argument("seconds", nargs="?", help=f"0 to {LONGEST}, or off")
    for sub in (day, shifts, limits):
        sub.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(argv)
    settings = core_settings.load(os.environ)
    return {"day": _day, "shifts": _shifts, "wrap-up": _limits}[asked.command](settings, asked, clock or SystemClock())


def _day(settings: Settings, asked: argparse.Namespace, clock: Clock) -> int:
    number = _seat(settings, asked.number)
    now = clock.now()
    try:
        wanted = date.fromisoformat(asked.date) if asked.date else now.astimezone(CHINA).date()
    except ValueError as error:
        raise BadInput(f"{asked.date[:20]!r} is no date such as 2026-11-22") from error
    since = datetime.combine(wanted, time(), CHINA)
    until = min(since + timedelta(days=1), now)
    rows = _stored(settings, lambda plans: plans.of_seat(number, since, since + timedelta(days=1)))
    found = spans(rows, since, until)
    whole = totals(found)
    if asked.json:
        print_json({"seat": number, "date": wanted.isoformat(), "spans": [asdict(s) for s in found], "seconds": whole})
        return EXIT_DONE
    table = [
        (
            f"{span.since.astimezone(CHINA):%H:%M:%S}", _length(span.seconds), _STATES[State(span.state)],
            reasons.shown(span.reason), _MOVES.get(span.move, span.move), _WHO.get(span.by, span.by), span.call,
            {"home": "居家", "drill": "居家演练"}.get(span.mode, ""),
        )
        for span in found
    ]  # fmt: skip
    heads = ("时间 at", "时长 for", "状态 state", "原因 reason", "怎样 move", "谁 by", "通话 call", "")
    print_table(f"{number} {wanted}", heads, table)
    for key, seconds in sorted(whole.items(), key=lambda item: -item[1]):
        state, _, reason = key.partition(" ")
        out.print(f"{_STATES[State(state)]}{reasons.shown(reason)}  {_length(seconds)}", markup=False)
    return EXIT_DONE


def _shifts(settings: Settings, asked: argparse.Namespace, clock: Clock) -> int:
    tree = province_tree(settings.platform.province)
    seats = {seat.number: seat.area for seat in asyncio.run(store.all_seats(_dsn(settings)))}
    if asked.what == "import":
        if not asked.file:
            raise BadInput("name the table of shifts; hotline seats shifts --help shows its columns")
        try:
            text = sys.stdin.read() if asked.file == "-" else Path(asked.file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"cannot read {asked.file}: {error}") from error
        wanted = read(text, seats)
        check_lunch(wanted, seats, {area.id: area.name for area in tree})
        _stored(settings, lambda plans: plans.set_shifts(wanted))
    kept = _stored(settings, lambda plans: plans.read()).shifts
    area = _area(tree, asked.area) if asked.area else None
    kept = tuple(s for s in kept if area is None or seats.get(s.seat) == area)
    if asked.json:
        print_json([asdict(shift) for shift in kept])
    else:
        print_table(
            "", ("座席 seat", "日 day", "班次 shift", "午休 lunch"),
            [shown(s) for s in sorted(kept, key=lambda s: (s.seat, s.weekday, s.starts))],
        )  # fmt: skip
    return EXIT_DONE


def _limits(settings: Settings, asked: argparse.Namespace, clock: Clock) -> int:
    tree = province_tree(settings.platform.province)
    if asked.of:
        if asked.seconds is None:
            raise BadInput(f"how many seconds? hotline seats wrap-up {asked.of} 30, or off")
        of = _seat(settings, asked.of) if asked.of.isdigit() else _area(tree, asked.of)
        seconds = None if asked.seconds == "off" else _seconds(asked.seconds)
        _stored(settings, lambda plans: plans.set_limit(of, seconds))
    limits = {"all": settings.seats.wrap_up, **_stored(settings, lambda plans: plans.read()).limits}
    if asked.json:
        print_json(limits)
    else:
        names = {area.id: area.name for area in tree} | {"all": "全部"}
        print_table(
            "", ("谁 whose", "话后 wrap-up"), [(names.get(AreaId(of), of), f"{s} s") for of, s in limits.items()]
        )
    return EXIT_DONE


def _seconds(word: str) -> int:
    if not word.isdigit() or int(word) > LONGEST:
        raise BadInput(f"{word[:20]!r} are no seconds from 0 to {LONGEST}")
    return int(word)


def _seat(settings: Settings, word: str) -> SeatNumber:
    if word not in {seat.number for seat in asyncio.run(store.all_seats(_dsn(settings)))}:
        raise BadInput(f"no seat {word[:20]}; `hotline seats list` shows them")
    return SeatNumber(word)


def _area(tree: AreaTree, word: str) -> AreaId:
    found = tree.named(word)
    if found is None:
        raise BadInput(f"no area {word[:20]!r}; write it like 郑州 or zhengzhou")
    return found.id


def _dsn(settings: Settings) -> str:
    return database_dsn(settings, load_or_create(settings.paths.secrets))


def _stored(settings: Settings, ask: Callable[[StoredPlans], Awaitable[Value]]) -> Value:
    async def asking() -> Value:
        database = engine(_dsn(settings), application="hotline-roster")
        try:
            return await ask(StoredPlans(database))
        finally:
            await database.dispose()

    return asyncio.run(asking())


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
