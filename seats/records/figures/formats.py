"""A report as text: CSV for spreadsheets, JSON for programs. Pure."""

import csv
import io
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from seats.records.figures.figure import VERSION, WORDS
from seats.records.figures.report import Report, plain


def as_csv(report: Report) -> str:
    """One line a row and one for everything together; every figure a column."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([*map(report.column, report.keys), *(report.column(name, unit=True) for name in WORDS)])
    for row in report.rows:
        keys = [report.place(row, key) for key in report.keys]
        writer.writerow([*keys, *(plain(name, getattr(row, name)) for name in WORDS)])
    return target.getvalue()


def as_json(report: Report) -> dict[str, Any]:
    """Figures as they are: rates from 0 to 1, times in milliseconds, moments in UTC."""
    rows = [{name: _value(value) for name, value in asdict(row).items() if name != "whole"} for row in report.rows]
    return {
        "version": VERSION,
        "from": _value(report.since),
        "to": _value(report.until),
        "by": list(report.by),
        "made_at": _value(report.made_at),
        "rows": rows[:-1],
        "whole": rows[-1],
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
