"""`hotline hours`: when each area answers, and every way to change it; in force from the next call on."""

import argparse
import logging
import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from core import settings as settings_file
from core.clock import CHINA, Clock, SystemClock
from core.console import EXIT_DONE, Arguments, err, out, print_json, print_table
from core.errors import BadInput
from routing import hours_edit as edits
from routing.areas import AreaTree
from routing.days import DayKind
from routing.hours import ALL, Calendar, Closure, Opening, Reason, opening
from routing.hours_file import change, load
from routing.tables import province_tree
from routing.week import written

_EXAMPLES = """examples:
  hotline hours show                                         every area, now
  hotline hours show 郑州 --at 2026-09-30T18:00 --json
  hotline hours set all "mon-fri 08:30-12:00,13:30-17:30; peak 08:00-20:00"
                                                             every area without hours of its own
  hotline hours set zhengzhou "mon-fri 08:30-12:00,13:30-17:30; sat 09:00-12:00; lunch cover"
  hotline hours set henan always                             the province centre
  hotline hours set luoyang none                             again those set for all
  hotline hours close kaifeng --from 2026-12-01T13:00 --to 2026-12-01T18:00 --why 停电检修
  hotline hours reopen kaifeng
  hotline hours calendar 2026                                holidays and worked weekends (调休)
  hotline hours peaks 2026                                   filing days; a month announced otherwise:
  hotline hours peaks --month 2026-11 --last 2026-11-18      (--last rule takes it back)

hours: DAYS TIMES; … ; lunch cover ; holidays open ; peak TIMES     or: always
  a county unit has its city's hours, a city those of `all`, else the province's; nothing set: always open
"""
REASONS = {
    Reason.ALWAYS: "全天",
    Reason.HOURS: "工作时间",
    Reason.EXTRA_WORKDAY: "调休工作日",
    Reason.LUNCH_COVER: "午间值守",
    Reason.PEAK: "征期延时",
    Reason.OFF_HOURS: "下班时间",
    Reason.LUNCH: "午休",
    Reason.REST_DAY: "休息日",
    Reason.HOLIDAY: "法定节假日",
    Reason.CLOSURE: "临时关闭",
}
"""Every reason as people read it."""
log = logging.getLogger("routing.hours")


def main(argv: Sequence[str], clock: Clock | None = None) -> int:
    """Run one subcommand; the exit code."""
    given = _parser().parse_args(argv)
    settings = settings_file.load(os.environ)
    clock = clock or SystemClock()
    tree = province_tree(settings.platform.province)
    commands = {"show": _show, "calendar": _calendar, "peaks": _peaks}
    command = commands.get(given.command, _change)
    return command(given, settings.paths.hours, tree, clock.now().astimezone(CHINA))


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="hotline hours",
        description="工作时间: when areas answer; holidays, closures, filing days.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    made = {
        name: commands.add_parser(name, help=text, description=text)
        for name, text in (
            ("show", "what holds now, or at another time"),
            ("set", "give an area hours"),
            ("close", "shut an area for a while, whatever its hours"),
            ("reopen", "take an area's closures back"),
            ("calendar", "holidays and worked weekends of a year"),
            ("peaks", "the filing days of a year, or set a month's last one"),
        )
    }
    for command in made.values():
        command.add_argument("--json", action="store_true", help="one JSON document")
    made["show"].add_argument("area", nargs="?", help="id or name (default: every area)")
    made["show"].add_argument("--at", type=_time, metavar="ISO", help="China time unless it says otherwise")
    made["set"].add_argument("area", help="id, name, or all")
    made["set"].add_argument("spec", nargs="+", help="the hours, always, or none")
    made["close"].add_argument("area", help="id, name, or all")
    made["close"].add_argument("--from", dest="start", type=_time, metavar="ISO", help="default: now")
    made["close"].add_argument("--to", dest="end", type=_time, metavar="ISO", help="default: until reopened")
    made["close"].add_argument("--why", required=True, help="the reason, for the record")
    made["reopen"].add_argument("area", help="id, name, or all")
    for name in ("calendar", "peaks"):
        made[name].add_argument("year", type=int, nargs="?", help="default: this year")
    made["peaks"].add_argument("--month", metavar="YYYY-MM", help="a month announced otherwise than the rule says")
    made["peaks"].add_argument("--last", metavar="DATE", help="its last day of filing, or rule")
    return parser


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-09-30T18:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _show(given: argparse.Namespace, path: Path, tree: AreaTree, now: datetime) -> int:
    edits.sane(given.at)
    at = (given.at or now).astimezone(CHINA)
    calendar = edits.grounded(tree, at)(load(path))
    if given.area and edits.area_named(given.area, tree) == ALL:
        given.area = None
    areas = [tree.area(edits.area_named(given.area, tree))] if given.area else list(tree)
    found = [(area, opening(area.id, at, calendar)) for area in areas]
    warning = _unknown(calendar, (at.year,))
    if given.json:
        shown = [{"area": area.id, "name": area.name, "hours": written(calendar.week(area.id)), **_as_json(it)}
                 for area, it in found]  # fmt: skip
        print_json({"at": at.isoformat(timespec="seconds"), "areas": shown, "warnings": warning})
        return EXIT_DONE
    rows = [
        (f"{area.name} {area.id}", "开" if it.open else "关", REASONS[it.reason] + (f":{it.why}" if it.why else ""),
         _short(it.next_change), "是" if it.peak else "", written(calendar.week(area.id)))
        for area, it in found
    ]  # fmt: skip
    print_table(f"{at:%Y-%m-%d %H:%M}", ("地区", "状态", "依据", "下次变化", "征期", "工作时间"), rows)
    shut = [(edits.shown(it.area, tree), _short(it.start), _short(it.end) or "另行通知", it.why, it.by)
            for it in calendar.closures if it.end is None or it.end > at]  # fmt: skip
    if shut:
        print_table("临时关闭", ("地区", "自", "至", "原因", "设置人"), shut)
    _warn(warning)
    return EXIT_DONE


def _as_json(found: Opening) -> dict[str, Any]:
    change_at = found.next_change.isoformat(timespec="seconds") if found.next_change else None
    return {
        "open": found.open,
        "reason": found.reason.value,
        "why": found.why,
        "next_change": change_at,
        "peak": found.peak,
    }


def _calendar(given: argparse.Namespace, path: Path, tree: AreaTree, now: datetime) -> int:
    year = _year(given.year or now.year)
    days = edits.grounded(tree, datetime(year, 1, 1, tzinfo=CHINA))(load(path)).days
    every = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    special = [day for day in every if day.year == year and days.kind(day) in (DayKind.HOLIDAY, DayKind.EXTRA_WORKDAY)]
    warning = [] if year in days.years else [_not_announced(year)]
    if given.json:
        shown = [{"date": day.isoformat(), "kind": days.kind(day).value} for day in special]
        print_json({"year": year, "known": not warning, "days": shown, "warnings": warning})
        return EXIT_DONE
    words = {DayKind.HOLIDAY: "放假", DayKind.EXTRA_WORKDAY: "调休上班"}
    rows = [(day.isoformat(), "星期" + "一二三四五六日"[day.weekday()], words[days.kind(day)]) for day in special]
    print_table(str(year), ("日期", "星期", "安排"), rows)
    _warn(warning)
    return EXIT_DONE


def _peaks(given: argparse.Namespace, path: Path, tree: AreaTree, now: datetime) -> int:
    if (given.month is None) is not (given.last is None):
        raise BadInput("hours peaks: --month and --last go together, e.g. --month 2026-11 --last 2026-11-18")
    if given.month:
        last = None if given.last == "rule" else _date(given.last)
        _date(f"{given.month}-01")
        change(path, edits.in_turn((edits.grounded(tree, now), edits.set_peak(given.month, last))))
        given.year = int(given.month[:4])
    year = _year(given.year or now.year)
    calendar = edits.grounded(tree, datetime(year, 1, 1, tzinfo=CHINA))(load(path))
    rows = []
    for month in range(1, 13):
        end = calendar.last_filing_day(year, month)
        days = [date(year, month, number) for number in range(1, end.day + 1)]
        rows.append((f"{year}-{month:02}", end.isoformat(), [f"{day}" for day in days if calendar.is_peak(day)]))
    warning = _unknown(calendar, (year,))
    if given.json:
        shown = [{"month": month, "last": end, "days": days} for month, end, days in rows]
        print_json({"months": shown, "warnings": warning})
        return EXIT_DONE
    print_table("", ("月份", "申报截止", "征期高峰日"), [(month, end, " ".join(days)) for month, end, days in rows])
    _warn(warning)
    return EXIT_DONE


def _change(given: argparse.Namespace, path: Path, tree: AreaTree, now: datetime) -> int:
    area = edits.area_named(given.area, tree)
    if given.command == "set":
        spec = " ".join(given.spec)
        edit = edits.set_hours(area, None if spec.strip().lower() == "none" else spec)
    elif given.command == "close":
        edit = edits.close(Closure(area, given.start or now, given.end, given.why, "cli"), now)
    else:
        edit = edits.reopen(area)
    calendar = change(path, edits.in_turn((edits.grounded(tree, now), edit)))
    shown = tree.root.id if area == ALL else area
    found = opening(shown, now, calendar)
    warning = _unknown(calendar, (now.year, (now + timedelta(days=31)).year))
    if given.json:
        hours = written(calendar.week(shown))
        print_json({"area": area, "hours": hours, **_as_json(found), "warnings": warning})
        return EXIT_DONE
    until = f",至 {_short(found.next_change)}" if found.next_change else ""
    now_is = f"现在{'开' if found.open else '关'}({REASONS[found.reason]}{until})"
    out.print(f"{edits.shown(area, tree)}: {now_is};下一通来电起生效", markup=False)
    _warn(warning)
    return EXIT_DONE


def _unknown(calendar: Calendar, years: Sequence[int]) -> list[str]:
    """Warnings for years whose holidays nobody has announced, where hours are set at all."""
    if not any(week is not None for week in calendar.hours.values()):
        return []
    return [_not_announced(year) for year in sorted(set(years)) if year not in calendar.days.years]


def _not_announced(year: int) -> str:
    return f"{year} 年的放假安排本机还不知道,按周一至周五上班计;公布后更新 holidays 软件包,再运行 hotline hours set"


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        err.print(f"注意: {warning}", style="yellow", markup=False)


def _short(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"hours: {text[:20]!r} is no date such as 2026-11-18") from error


def _year(year: int) -> int:
    if not 2000 <= year <= 2100:
        raise BadInput(f"hours: {year} is no year between 2000 and 2100")
    return year
