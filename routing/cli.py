"""`hotline where` and `hotline segments`: the routing decisions and their data, for people and for pipes."""

import argparse
import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core import settings as settings_file
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.errors import BadInput
from routing import tables as stored
from routing.books import RoutingTables
from routing.lookup import REASONS, Decision, decide

_WHERE_EXAMPLES = """examples:
  hotline where 13803710000 0371-2291-2345     a table, with the reason in words
  hotline where --trunk 0373 3012345           local digits, read on a 0373 trunk
  hotline where --json +8637155012345          one JSON object a line
  hotline where - < numbers.csv                lines raw,trunk_area on standard input (header line optional),
                                               one JSON object a line, as they come
"""
_SEGMENTS_EXAMPLES = """examples:
  hotline segments info                        source, date and size of the tables in force
  hotline segments import carrier.csv          lines segment,area such as 1550390,济源 (or 0394422,项城 for landlines);
                                               they win over every other source
  hotline segments build                       build the tables again from their sources
"""
_CHINESE_COLUMNS = ("来电号码", "规范号码", "归属", "置信", "依据")
_COLUMNS = ("raw", "trunk_area")
_TRUNK = re.compile(r"(0?[0-9]{2,3})?")
"""Area code of a trunk, with or without its 0; none where it is not known."""
_LONGEST_FIELD = 1 << 20
_LONGEST_LINE = _LONGEST_FIELD + 1
"""Characters read at once: a stream without line ends must not fill the memory."""
_CHANGES_SHOWN = 20


def where(argv: Sequence[str]) -> int:
    """`hotline where NUMBER… | -`."""
    parser = Arguments(
        prog="hotline where",
        description="Where a caller number belongs, and why.",
        epilog=_WHERE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("number", nargs="+", help="caller numbers as a trunk delivers them; - reads CSV raw,trunk_area")
    parser.add_argument("--trunk", metavar="CODE", help="area code of the trunk (default: sip.trunk_area)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the table")
    asked = parser.parse_args(argv)
    settings = settings_file.load(os.environ)
    tables = _tables(settings)
    if "-" in asked.number:
        if len(asked.number) > 1:
            raise BadInput("where: - stands alone; numbers come on standard input, lines raw,trunk_area")
        # Whatever the locale: the CSV is UTF-8, and a wrong byte is shown as one.
        lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace", newline="")
        for raw, trunk in read_pairs(iter(lambda: lines.readline(_LONGEST_LINE), "")):
            _write(decide(raw, trunk, tables))
        return EXIT_DONE
    trunk = asked.trunk or settings.sip.trunk_area
    if not _TRUNK.fullmatch(trunk):
        raise BadInput(f"where: {trunk[:20]!r} is no area code of a trunk, such as 0371 (--trunk or sip.trunk_area)")
    decisions = [decide(number, trunk, tables) for number in asked.number]
    if asked.json:
        for decision in decisions:
            _write(decision)
        return EXIT_DONE
    english = asked.lang == "en"
    columns = ("number", "normalized", "area", "confidence", "reason") if english else _CHINESE_COLUMNS
    print_table("", columns, [_row(decision, english) for decision in decisions])
    return EXIT_DONE


def segments(argv: Sequence[str]) -> int:
    """`hotline segments info | import FILE | build`."""
    parser = Arguments(
        prog="hotline segments",
        description="The tables that say which area a mobile segment belongs to.",
        epilog=_SEGMENTS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("info", "what is in force"), ("build", "build again from the sources")):
        commands.add_parser(name, help=text).add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    importing = commands.add_parser("import", help="take a carrier's list segment,area")
    importing.add_argument("file", type=Path)
    importing.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    settings = settings_file.load(os.environ)
    folder, province = settings.paths.tables, settings.platform.province
    if asked.command == "import":
        return _import(stored.import_segments(province, folder, asked.file), asked.json)
    if asked.command == "build":
        stored.build(province, folder)
    else:
        stored.ready(province, folder)
    return _info(folder, asked.json)


def read_pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(raw, trunk_area) of each CSV line, as they come.

    A first line that names the columns is a header; other columns beside them are left alone then. Blank lines are
    skipped. Raises `BadInput` with the line number at the first line that is not of the form.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    rows = csv.reader(lines, strict=True)
    places, width, first = (0, 1), 2, True
    try:
        for row in rows:
            if not row:
                continue
            names = [cell.strip().lower() for cell in row]
            if first and set(_COLUMNS) <= set(names):
                places, width = (names.index("raw"), names.index("trunk_area")), len(row)
            elif len(row) != width:
                raise BadInput(
                    f"where: line {rows.line_num}: expected {width} columns (raw,trunk_area), got {len(row)}"
                )
            else:
                trunk = row[places[1]].strip()
                if not _TRUNK.fullmatch(trunk):
                    raise BadInput(
                        f"where: line {rows.line_num}: {trunk[:20]!r} is no area code of a trunk, such as 0371"
                    )
                yield row[places[0]], trunk
            first = False
    except csv.Error as error:
        raise BadInput(f"where: line {rows.line_num}: not CSV: {error}") from error


def as_json(decision: Decision) -> str:
    """One line of JSON; characters a terminal would obey are escaped, Chinese stays Chinese."""
    fields = {
        "raw": decision.raw,
        "normalized": decision.normalized,
        "kind": decision.kind.value,
        "area": decision.area,
        "county": decision.county,
        "confidence": decision.confidence,
        "reason": decision.reason,
        "data_version": decision.data_version,
    }
    text = json.dumps(fields, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() else json.dumps(part)[1:-1] for part in text)


def _tables(settings: settings_file.Settings) -> RoutingTables:
    """This copy's tables if it has any, else the user's cached ones, built when needed."""
    folder = settings.paths.tables
    if not (folder / stored.TABLE_FILE).exists():
        folder = settings.paths.cache / "tables" / settings.platform.province
    return stored.ready(settings.platform.province, folder)


def _write(decision: Decision) -> None:
    sys.stdout.buffer.write(as_json(decision).encode() + b"\n")
    sys.stdout.buffer.flush()


def _row(decision: Decision, english: bool) -> tuple[str, ...]:
    place = "/".join(part for part in (decision.area, decision.county) if part) or "-"
    if english:
        return (decision.raw, decision.normalized or "-", place, decision.confidence or "-", decision.reason)
    confidence = {"high": "高", "shared": "共用区号", "low": "低", None: "-"}[decision.confidence]
    return (decision.raw, decision.normalized or "-", place, confidence, REASONS[decision.reason])


def _import(done: stored.Imported, as_document: bool) -> int:
    if as_document:
        changes = [
            {"segment": change.segment, "before": change.before, "after": change.after} for change in done.changes
        ]
        print_json(
            {"lines": done.lines, "confirmed": done.confirmed, "changes": changes, "data_version": done.data_version}
        )
        return EXIT_DONE
    shown = done.changes[:_CHANGES_SHOWN]
    if shown:
        print_table("", ("号段", "原归属", "现归属"), [(one.segment, one.before or "-", one.after) for one in shown])
    if len(done.changes) > len(shown):
        print_table("", (f"… 另有 {len(done.changes) - len(shown)} 个号段变更, 全部见 --json",), [])
    summary = (str(done.lines), str(len(done.changes)), str(done.confirmed), done.data_version)
    print_table("", ("导入行数", "归属变更", "与原一致", "数据版本"), [summary])
    out.print("运行中的服务在下次启动时使用新数据 (hotline down, hotline up)")
    return EXIT_DONE


def _info(folder: Path, as_document: bool) -> int:
    tables, facts = stored.load(folder), stored.facts(folder)
    if as_document:
        print_json({"data_version": tables.data_version, "folder": str(folder), **facts})
        return EXIT_DONE
    rows = [
        ("数据版本", tables.data_version),
        ("来源", facts["source"]),
        ("省份", facts["province"]),
        ("全国号段", facts["segments"]),
        ("本省号段", sum(facts["own_segments"].values())),
        ("随附修正", facts["overrides"]),
        ("运营商导入", facts["carrier"]),
        ("文件夹", folder),
    ]
    print_table("", ("项目", "内容"), rows)
    own = sorted(facts["own_segments"].items(), key=lambda entry: -entry[1])
    print_table("", ("地区", "号段数"), own)
    return EXIT_DONE
