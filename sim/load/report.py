"""The load report: figures as text and JSON, plots as inline SVG in one self-contained page."""

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from sim.load.engine import LoadRun
from sim.load.tally import concurrency, figures, judged

_WIDTH, _HEIGHT = 760, 180
_STYLE = """
body{font:14px system-ui,'Noto Sans CJK SC',sans-serif;margin:2em}td,th{padding:.2em 1em;text-align:left}
.bad{color:#c33}.good{color:#0a7}
"""


def document(run: LoadRun) -> dict[str, Any]:
    """Everything, for machines."""
    found = figures(run.tally.attempts)
    checks = [{"condition": c, "ok": ok, "seen": seen} for c, ok, seen in judged(found, run.plan.limits)]
    return {
        "load": run.plan.name,
        "ok": all(check["ok"] for check in checks) and not run.interrupted,
        "interrupted": run.interrupted,
        "checks": checks,
        "held_back": run.held_back,
        "called_back": run.tally.unasked,
        "figures": asdict(found),
        "sipp": sipp_says(run),
        "calls": [asdict(attempt) for attempt in run.tally.attempts],
    }


def text(run: LoadRun) -> str:
    """For people."""
    found = figures(run.tally.attempts)
    lines = ["interrupted: the figures are of what was there by then"] if run.interrupted else []
    lines += [
        f"{run.plan.name}: {found.callers} callers, {found.attempts} calls, at most {found.most_at_once} at once",
        f"answered {found.answered:.1%}, within 15 s {found.answered_in_15s:.1%}, "
        f"refused or without reply {found.failed:.1%}",
        "dialling to seat: " + (", ".join(f"{k} {v:.2f} s" for k, v in found.setup.items()) or "no call was set up"),
        "outcomes: " + ", ".join(f"{k} {v}" for k, v in found.outcomes.items()),
    ]
    if found.codes:
        lines.append("refused with: " + ", ".join(f"{k} ×{v}" for k, v in found.codes.items()))
    if found.heard is not None:
        lines.append(f"listened to {found.listened} calls, the seat was heard in {found.heard:.1%}")
    if run.tally.unasked:
        lines.append(f"seats took {run.tally.unasked} more whose caller had gone: the system's own, to call back")
    if run.held_back:
        lines.append(f"{run.held_back} calls were held back by the bound of {run.plan.at_once} at once")
    lines += [
        f"  {area or '-':12} {own['calls']:5.0f} calls  answered {own['answered']:6.1%}  p95 {own['p95']:.2f} s"
        for area, own in found.areas.items()
    ]
    counted = sipp_says(run)
    lines.append(
        f"SIPp's own count: {counted['created']} created, {counted['successful']} ended well, {counted['failed']} not; "
        f"with {counted['phones']} of the phones that listen {counted['created'] + counted['phones']}, "
        f"ours {found.attempts}"
    )
    lines += [f"{'✓' if ok else '✗'} {name}: {seen}" for name, ok, seen in judged(found, run.plan.limits)]
    return "\n".join(lines)


def sipp_says(run: LoadRun) -> dict[str, int]:
    """SIPp's own totals over all its processes of callers, out of its statistics files; `phones`: calls beside SIPp."""
    total = {"created": 0, "successful": 0, "failed": 0}
    names = {"created": "TotalCallCreated", "successful": "SuccessfulCall(C)", "failed": "FailedCall(C)"}
    for file in sorted(run.folder.glob("callers-*.stat")):
        rows = [line.split(";") for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line]
        if len(rows) > 1:
            last = dict(zip(rows[0], rows[-1], strict=False))
            for key, column in names.items():
                total[key] += int(last.get(column) or 0)
    return {**total, "phones": sum(not attempt.call_id for attempt in run.tally.attempts)}


def page(run: LoadRun) -> str:
    """The page."""
    found, attempts, start = figures(run.tally.attempts), run.tally.attempts, run.began
    up = [(at - start, float(count)) for at, count in concurrency(attempts)]
    arrived = _per_second([attempt.dialled - start for attempt in attempts])
    waits = [(a.dialled - start, a.wait) for a in attempts if a.wait is not None]
    checks = "".join(
        f'<tr><td class="{"good" if ok else "bad"}">{"✓" if ok else "✗"}</td>'
        f"<td>{escape(name)}</td><td>{escape(seen)}</td></tr>"
        for name, ok, seen in judged(found, run.plan.limits)
    )
    areas = "".join(_area_row(area, own, len(attempts)) for area, own in found.areas.items())
    head = f'<meta charset="utf-8"><title>{escape(run.plan.name)}</title><style>{_STYLE}</style>'
    return (
        f'<!doctype html><html lang="zh">{head}'
        f"<h1>{escape(run.plan.name)}</h1><pre>{escape(text(run))}</pre><table>{checks}</table>"
        f"<h2>同时在线</h2>{_plot([up], stepped=True)}<h2>每秒来电</h2>{_plot([arrived], stepped=True)}"
        f"<h2>从拨号到座席应答(秒)</h2>{_dots(waits)}<h2>各地区</h2>"
        f"<table><tr><th>地区</th><th>来电</th><th>接通</th><th>p95</th><th></th></tr>{areas}</table></html>"
    )


def write(run: LoadRun, folder: Path) -> Path:
    """Write the page; its file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "load.html"
    file.write_text(page(run), encoding="utf-8")
    return file


def _area_row(area: str, own: dict[str, float], calls: int) -> str:
    wide = 300 * own["calls"] / max(1, calls)
    bars = f'<rect width="{wide:.0f}" height="14" fill="#bcd"/>'
    bars += f'<rect width="{wide * own["answered"]:.0f}" height="14" fill="#369"/>'
    figures_ = f"<td>{own['calls']:.0f}</td><td>{own['answered']:.1%}</td><td>{own['p95']:.2f} s</td>"
    return f'<tr><td>{escape(area)}</td>{figures_}<td><svg width="300" height="14">{bars}</svg></td></tr>'


def _per_second(moments: Sequence[float]) -> list[tuple[float, float]]:
    last = int(max(moments, default=0.0)) + 1
    return [(float(second), float(sum(second <= moment < second + 1 for moment in moments))) for second in range(last)]


def _scale(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return max((x for x, _ in points), default=1.0) or 1.0, max((y for _, y in points), default=1.0) or 1.0


def _frame(right: float, top: float, inner: str) -> str:
    return (
        f'<svg width="{_WIDTH + 60}" height="{_HEIGHT + 30}" font-size="11"><g transform="translate(50,8)">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#ccc"/>{inner}'
        f'<text x="-6" y="10" text-anchor="end">{top:g}</text><text x="-6" y="{_HEIGHT}" text-anchor="end">0</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 14}" text-anchor="end">{right:.0f} s</text></g></svg>'
    )


def _plot(curves: Sequence[Sequence[tuple[float, float]]], *, stepped: bool) -> str:
    right, top = _scale([point for curve in curves for point in curve])
    parts = []
    for curve in curves:
        path, before = [], 0.0
        for x, y in curve:
            px, py = x / right * _WIDTH, _HEIGHT - y / top * _HEIGHT
            if stepped:
                path.append(f"{px:.1f},{_HEIGHT - before / top * _HEIGHT:.1f}")
            path.append(f"{px:.1f},{py:.1f}")
            before = y
        parts.append(f'<polyline points="{" ".join(path)}" fill="none" stroke="#369"/>')
    return _frame(right, top, "".join(parts))


def _dots(points: Sequence[tuple[float, float]]) -> str:
    right, top = _scale(points)
    dots = "".join(
        f'<circle cx="{x / right * _WIDTH:.1f}" cy="{_HEIGHT - y / top * _HEIGHT:.1f}" r="2" fill="#369"/>'
        for x, y in points
    )
    return _frame(right, round(top, 2), dots)
