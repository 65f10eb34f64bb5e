"""A report as one HTML file that needs nothing else: no script, no font, no address outside. Pure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pygal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygal.style import Style

from core.clock import CHINA
from seats.records.figures.figure import VERSION, WORDS, Figures
from seats.records.figures.report import Report, shown

_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    font_family="sans-serif",
    colors=("#2f6fab", "#3f9b63", "#c0562f", "#8a6bb1"),
    label_font_size=11,
    major_label_font_size=11,
    legend_font_size=12,
    title_font_size=14,
)
_HEIGHT = 320
_AIMS = {"connect_rate": 0.95, "service_level": 0.80}
"""GB/T 33358-2016: connect rate of 24 hours; a good hotline's share answered in 15 s."""
_COUNTS = ("offered", "answered", "abandoned")
_RATES = ("connect_rate", "service_level")
_LABELS_AT_MOST = 31
"""A month of days; more labels than areas there are."""


def as_html(report: Report) -> str:
    """The whole file."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    plots = []
    if report.by_area:
        labels = [report.area(row) for row in report.by_area]
        plots += [_plot(pygal.Bar, report, labels, report.by_area, names) for names in (_COUNTS, _RATES)]
    if report.by_time:
        labels = [_time(report, row) for row in report.by_time]
        plots += [_plot(pygal.Line, report, labels, report.by_time, names) for names in (_COUNTS, _RATES)]
    return environment.get_template("report.html.j2").render(
        report=report, words=WORDS, version=VERSION, shown=shown, plots=plots, aims=_AIMS, china=CHINA
    )


def _time(report: Report, row: Figures) -> str:
    return report.place(row, "begins_at")


def _plot(
    kind: type[Any], report: Report, labels: Sequence[str], rows: Sequence[Figures], names: Sequence[str]
) -> Markup:
    """One plot as SVG, without the script pygal would add. Labels are escaped where they become XML."""
    rates = WORDS[names[0]].unit == "rate"
    chart = kind(
        style=_STYLE,
        js=(),
        height=_HEIGHT,
        width=min(1400, max(600, 36 * len(labels))),
        title=" · ".join(report.column(name) for name in names),
        x_label_rotation=40,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(names),
        value_formatter=(lambda value: f"{value:g}%") if rates else (lambda value: f"{value:g}"),
        show_minor_x_labels=False,
        range=(0, 100) if rates else None,
        include_x_axis=True,
        disable_xml_declaration=True,
        no_data_text="",
    )
    chart.x_labels = list(labels)
    chart.x_labels_major_every = max(1, -(-len(labels) // _LABELS_AT_MOST))
    for name in names:
        values = [getattr(row, name) for row in rows]
        chart.add(report.column(name), [round(v * 100, 1) if rates and v is not None else v for v in values])
    chart.add_xml_filter(_without_script)
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - made by an XML writer, which escapes


def _without_script(root: Any) -> Any:
    for parent in list(root.iter()):
        for child in [child for child in parent if str(child.tag).rpartition("}")[2] == "script"]:
            parent.remove(child)
    return root
