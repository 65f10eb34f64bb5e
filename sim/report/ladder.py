"""The ladder of a scenario as inline SVG: a lifeline for each actor and one for the platform, an arrow for each
message."""

from dataclasses import dataclass
from html import escape

from sim.play import Result

_COLUMN, _ROW, _LEFT, _TOP = 190, 22, 70, 40
_SHOWN = 60
"""Characters of a check beside the ladder; the whole is there to hover over, and in the table of steps."""
_QUIET = ("ACK", "100 Trying", "PRACK")
_COLOURS = {"good": "#0a7", "bad": "#c33", "note": "#666", "sip": "#357", "witness": "#95a"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ladder."""

    at: float
    kind: str
    """`sip`, `note`, `check`, `witness`."""
    actor: str
    text: str
    towards_platform: bool = True
    ok: bool = True
    title: str = ""


def rows(result: Result) -> list[Row]:
    """Everything that happened, in order."""
    found = [
        Row(message["at"], "sip", leg.actor, message["label"], message["sent"], title=message["text"])
        for leg in result.legs
        for message in leg.sip
        if not message["label"].startswith(_QUIET)
    ]
    found += [Row(note["at"], "note", note["actor"], note["text"]) for note in result.notes]
    found += [Row(seen["at"], "witness", "", seen["text"]) for seen in result.witnessed]
    found += [
        Row(step.at + step.seconds, "check", "", f"{step.text} — {step.detail}", ok=step.ok)
        for step in result.steps
        if step.kind == "expect" or not step.ok
    ]
    return sorted(found, key=lambda row: row.at)


def svg(result: Result) -> str:
    """The picture."""
    actors = list(
        dict.fromkeys([*(leg.actor for leg in result.legs), *(n["actor"] for n in result.notes if n["actor"])])
    )
    lines = [*actors, "平台 platform"]
    table = rows(result)
    width, height = _LEFT + _COLUMN * len(lines) + 520, _TOP + _ROW * (len(table) + 1)
    parts = [f'<svg class="ladder" width="{width}" height="{height}" viewBox="0 0 {width} {height}">']
    for index, name in enumerate(lines):
        x = _LEFT + _COLUMN * index + _COLUMN // 2
        parts.append(f'<text x="{x}" y="20" text-anchor="middle" font-weight="bold">{escape(name)}</text>')
        parts.append(f'<line x1="{x}" y1="28" x2="{x}" y2="{height}" stroke="#ccc"/>')
    for number, row in enumerate(table):
        y = _TOP + _ROW * number + 12
        parts.append(f'<text x="4" y="{y}" fill="#999">{row.at:7.3f}</text>')
        parts.append(_drawn(row, y, lines))
    parts.append("</svg>")
    return "\n".join(parts)


def _drawn(row: Row, y: int, lines: list[str]) -> str:
    platform = _LEFT + _COLUMN * (len(lines) - 1) + _COLUMN // 2
    x = _LEFT + _COLUMN * lines.index(row.actor) + _COLUMN // 2 if row.actor in lines else platform
    text = escape(row.text)
    if row.kind == "sip":
        start, end = (x, platform) if row.towards_platform else (platform, x)
        tip = -7 if end > start else 7
        colour = _COLOURS["sip"]
        return (
            f'<g><title>{escape(row.title)}</title><line x1="{start}" y1="{y}" x2="{end}" y2="{y}" stroke="{colour}"/>'
            f'<path d="M{end} {y} l{tip} -4 l0 8 z" fill="{colour}"/>'
            f'<text x="{(x + platform) // 2}" y="{y - 3}" text-anchor="middle" fill="{colour}">{text}</text></g>'
        )
    if row.kind == "check":
        colour = _COLOURS["good" if row.ok else "bad"]
        short = escape(row.text if len(row.text) <= _SHOWN else f"{row.text[:_SHOWN]}…")
        mark = "✓" if row.ok else "✗"
        shown = f'<text x="{platform + 30}" y="{y}" fill="{colour}">{mark} {short}</text>'
        return f"<g><title>{text}</title>{shown}</g>"
    if row.kind == "witness":
        return f'<text x="{platform + 8}" y="{y}" fill="{_COLOURS["witness"]}">◆ {text}</text>'
    return f'<circle cx="{x}" cy="{y - 4}" r="3" fill="#666"/><text x="{x + 7}" y="{y}" fill="#666">{text}</text>'
