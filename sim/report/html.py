"""The report to read and hear: an index, and a self-contained page for each scenario with its ladder and recordings."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from sim.play import LegResult, Result
from sim.report.ladder import svg
from sim.runner import slug

_STYLE = """
body{font:14px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:2em;color:#222;background:#fff}
h1{font-size:1.3em}table{border-collapse:collapse}td,th{padding:.25em .8em;border-bottom:1px solid #eee;text-align:left;
vertical-align:top}.bad{color:#c33}.good{color:#0a7}.ladder{font:12px monospace}.scroll{overflow-x:auto;border:1px
solid #eee}
audio{height:2em;vertical-align:middle}pre{background:#f7f7f7;padding:.6em;overflow-x:auto;white-space:pre-wrap}summary{cursor:pointer}
"""


def write(folder: Path, results: Sequence[Result]) -> None:
    """`folder/index.html` and a page a scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for index, result in enumerate(results):
        name = f"{index + 1:03}-{slug(result.scenario)[:60]}.html"
        (folder / name).write_text(_page(result), encoding="utf-8")
        pages.append((name, result))
    failed, idle = sum(not result.ok for result in results), sum(bool(result.lacks) for result in results)
    lines = [
        f'<tr><td class="{_class(result.ok)}">{_mark(result)}</td>'
        f'<td><a href="{escape(name)}">{escape(result.scenario)}</a></td><td>{result.seconds:.1f} s</td>'
        f"<td>{escape(' '.join(result.rows))}</td><td>{escape(' '.join(result.tags))}</td>"
        f'<td class="bad">{escape("; ".join(result.lacks) or (result.failures or [""])[0])}</td></tr>'
        for name, result in pages
    ]
    head = "<tr><th></th><th>场景</th><th>用时</th><th>条目</th><th>标签</th><th>没有成立的</th></tr>"
    summary = f"<p>{len(results)} 个场景,{len(results) - failed - idle} 个成立,{failed} 个失败,{idle} 个未运行</p>"
    (folder / "index.html").write_text(
        _document("仿真呼叫报告", f"{summary}<table>{head}{''.join(lines)}</table>"), encoding="utf-8"
    )


def _page(result: Result) -> str:
    parts = [
        f'<p class="{_class(result.ok)}">{_mark(result)} {_verdict(result)} · {result.seconds:.1f} s · '
        f"{escape(result.file)}</p>"
    ]
    if result.lacks:
        parts.append(f"<h2>被测系统缺少</h2><pre>{escape(chr(10).join(result.lacks))}</pre>")
    if result.failures:
        parts.append(f'<h2>没有成立的</h2><pre class="bad">{escape(chr(10).join(result.failures))}</pre>')
    parts.append("<h2>步骤</h2><table>")
    parts += [
        f'<tr><td>{step.at:.2f}</td><td class="{_class(step.ok)}">{"✓" if step.ok else "✗"}</td>'
        f"<td>{escape(step.text)}</td><td>{escape(step.detail)}</td></tr>"
        for step in result.steps
    ]
    parts.append("</table><h2>各方所闻</h2><table>")
    parts += [_leg(leg) for leg in result.legs]
    parts.append(f'</table><h2>梯形图</h2><p>悬停箭头可见报文全文。</p><div class="scroll">{svg(result)}</div>')
    return _document(escape(result.scenario), "".join(parts))


def _leg(leg: LegResult) -> str:
    direction = {"out": "主叫", "in": "被叫", "transfer": "被转"}.get(leg.direction, leg.direction)
    heard = "<br>".join(
        f"{escape(h['what'])}: {h['seconds']:.1f} s" + (f" (z {h['best_z']:g})" if h["best_z"] else "")
        for h in leg.heard
        if h["seconds"]
    )
    stats = (
        f"MOS {leg.stats['mos']:g}, 收包 {leg.stats['packets_received']}, 丢包 {leg.stats['packets_lost']}"
        if leg.stats
        else ""
    )
    messages = "\n\n".join(f"{m['at']:.3f} {'→' if m['sent'] else '←'}\n{m['text']}" for m in leg.sip)
    return (
        f"<tr><td>{escape(leg.actor)}<br>{direction} {escape(leg.number)}</td><td>{_audio(Path(leg.recording))}</td>"
        f"<td>{escape(leg.ending)}<br>{escape(stats)}</td><td>{heard}</td>"
        f"<td><details><summary>SIP</summary><pre>{escape(messages)}</pre></details></td></tr>"
    )


def _audio(file: Path) -> str:
    """A player with the recording inside the page."""
    try:
        sound = base64.b64encode(file.read_bytes()).decode()
    except OSError:
        return "没有录音"
    return f'<audio controls preload="none" src="data:audio/wav;base64,{sound}"></audio>'


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1>{body}</html>"
    )


def _mark(result: Result) -> str:
    return "–" if result.lacks else "✓" if result.ok else "✗"


def _verdict(result: Result) -> str:
    return "未运行" if result.lacks else "成立" if result.ok else "失败"


def _class(ok: bool) -> str:
    return "good" if ok else "bad"
