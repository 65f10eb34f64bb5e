"""`hotline report`: figures of calls for people, spreadsheets, programs and browsers."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from core import settings
from core.clock import SystemClock
from core.console import EXIT_DONE, Arguments, print_json, print_table
from core.db import engine
from core.errors import BadInput
from core.secrets import database_dsn, load_or_create
from routing.tables import province_tree
from seats.accounts.scope import EVERYWHERE
from seats.records.figures.figure import VERSION, Figures
from seats.records.figures.formats import as_csv, as_json
from seats.records.figures.report import IN_SHORT, Report, moment_of, shown, today
from seats.records.figures.store import StoredFigures

_EXAMPLES = """examples:
  hotline report                                              today, by area
  hotline report --from 2026-11-01 --to 2026-11-30 --by day   a month, the 30th included
  hotline report --by half-hour --area 郑州
  hotline report --by area,day --format csv -o november.csv
  hotline report --by area,half-hour --format html -o today.html
Times are China's. seats/records/figures/README.md says what each figure means."""


def main(argv: Sequence[str]) -> int:
    """Entry of `hotline report`."""
    asked = _parser().parse_args(argv)
    now = SystemClock().now()
    since = moment_of(asked.since) if asked.since else today(now)
    until = moment_of(asked.until, end=True) if asked.until else now
    report = asyncio.run(_report(asked, since, until, now))
    if asked.format == "table":
        _table(report)
        return EXIT_DONE
    if asked.format == "json" and asked.output is None:
        print_json(as_json(report))
        return EXIT_DONE
    _write(_text(report, asked.format), asked.output, spreadsheet=asked.format == "csv")
    return EXIT_DONE


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="hotline report",
        description="Calls offered, answered, abandoned, waiting and talking, over stored records.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--from", dest="since", metavar="WHEN", help="2026-11-22 or 2026-11-22T08:30 (default: today)")
    parser.add_argument("--to", dest="until", metavar="WHEN", help="a day is included, a time is not (default: now)")
    parser.add_argument("--by", default="area", help="area, half-hour, day, or area,half-hour, area,day")
    parser.add_argument("--area", help="one area with what lies below it: 郑州 or zhengzhou")
    parser.add_argument("--format", choices=("table", "csv", "json", "html"), default="table")
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of to the screen")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    return parser


async def _report(asked: argparse.Namespace, since: datetime, until: datetime, now: datetime) -> Report:
    current = settings.load(os.environ)
    tree = province_tree(current.platform.province)
    area = tree.named(asked.area) if asked.area else None
    if asked.area and area is None:
        raise BadInput(f"no area {asked.area!r}; write it like 郑州 or zhengzhou")
    by = tuple(word.strip() for word in asked.by.split(","))
    dsn = database_dsn(current, load_or_create(current.paths.secrets))
    database = engine(dsn, application="hotline-report", deadline=60)
    stored = StoredFigures(database, tree)

    async def figures(words: str) -> Sequence[Figures]:
        place = area.id if area is not None else None
        return await stored.figures(EVERYWHERE, since=since, until=until, by=words, area=place)

    try:
        rows = await figures(",".join(by))
        drawn = by if asked.format == "html" else ()
        by_area = [row for word in drawn if word == "area" for row in await figures(word)]
        by_time = [row for word in drawn if word != "area" for row in await figures(word)]
    finally:
        await database.dispose()
    return Report(since, until, by, tree, now, asked.lang, rows, by_area[:-1], by_time[:-1])


def _table(report: Report) -> None:
    columns = [*map(report.column, report.keys), *(report.column(name, unit=True) for name in IN_SHORT)]
    rows = [
        [
            *(report.place(row, key) for key in report.keys),
            *(shown(name, getattr(row, name)) for name in IN_SHORT),
        ]
        for row in report.rows
    ]
    print_table(f"{report.span} · v{VERSION}", columns, rows)


def _text(report: Report, form: str) -> str:
    if form == "csv":
        return as_csv(report)
    if form == "json":
        return json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n"
    from seats.records.figures.page import as_html  # the plots' library takes a moment to load

    return as_html(report)


def _write(text: str, target: Path | None, *, spreadsheet: bool) -> None:
    if target is None:
        sys.stdout.write(text)
        return
    try:
        # A spreadsheet reads Chinese only from a file that begins with the mark of UTF-8.
        target.write_text(text, encoding="utf-8-sig" if spreadsheet else "utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {target}: {error.strerror}") from error
