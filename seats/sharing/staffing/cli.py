"""`hotline sharing simulate`: seats needed alone and shared, as a table, as JSON, as a plot."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.console import EXIT_DONE, err, out, print_json, print_table
from core.ids import AreaId
from routing.areas import AreaTree
from seats.sharing.plan import Plan
from seats.sharing.staffing.plot import plotted
from seats.sharing.staffing.simulation import Tally
from seats.sharing.staffing.table import HANDLING, LOADS, PATIENCE, Needed, Promise, Rush, answer, rush

PROMISES = (Promise(0.95, 0.80), Promise(0.98, 0.80), Promise(0.98, 0.90))
_CAPITAL = AreaId("zhengzhou")
_ASKED = Promise(0.98, 0.80)
"""What the hotline is held to: said in a sentence, too."""
_LOAD_TEXT = {"typical": "平常", "filing day": "征期"}
_MEANING = (
    "各自：每个地区只有自己的座席，按 Erlang A 计算。互助：按互助方案（hotline sharing show），每地区至少 1 席。",
    f"后四列：同样的互助座席，在另一天。平均通话 {HANDLING:.0f} 秒、耐心 {PATIENCE:.0f} 秒；郑州占来电 47%。",
)


def add_to(commands: Any) -> argparse.ArgumentParser:
    """The command's own arguments."""
    parser: argparse.ArgumentParser = commands.add_parser("simulate", help="seats needed, each area alone and shared")
    parser.add_argument("--hours", type=float, default=60.0, help="simulated hours a step (default 60)")
    parser.add_argument("--seed", type=int, default=12366, help="another day of the same kind (default 12366)")
    parser.add_argument("--load", choices=[*LOADS, "rush"], help="only this one (default: all)")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="also draw connect rate over seats")
    return parser


def simulate(asked: argparse.Namespace, tree: AreaTree, plan: Plan) -> int:
    """Answer what was asked."""
    loads = [asked.load] if asked.load else [*LOADS]
    if not asked.json:
        err.print("正在模拟，全部大约一两分钟…")
    needed = [
        answer(tree, plan, load, promise, hours=asked.hours, seed=asked.seed)
        for load in loads
        if load in LOADS
        for promise in PROMISES
    ]
    crowd = rush(tree, plan) if asked.load in (None, "rush") else None
    if asked.plot:
        asked.plot.write_text(plotted(tree, plan, hours=min(asked.hours, 20.0), seed=asked.seed), encoding="utf-8")
    if asked.json:
        print_json({"needed": [_plain(each) for each in needed], "rush": asdict(crowd) if crowd else None})
        return EXIT_DONE
    if needed:
        _print(needed)
    if crowd is not None:
        _print_rush(crowd)
    if asked.plot:
        out.print(f"图：{asked.plot}", markup=False)
    return EXIT_DONE


def _print(needed: Sequence[Needed]) -> None:
    columns = (
        *("每小时来电", "承诺接通", "15 秒内", "各自", "互助", "少用", "郑州各自", "郑州互助"),
        *("另一天接通", "15 秒内", "最差地区", "外地代接"),
    )
    print_table("兑现承诺需要多少座席：各地区只靠自己，与全省互助", columns, [_row(each) for each in needed])
    for each in needed:
        if each.promise == _ASKED:
            alone, together = sum(each.isolated.values()), sum(each.shared.values())
            words = f"各自需 {alone} 席，互助需 {together} 席，少用 {1 - together / alone:.0%}"
            out.print(f"接通 {each.promise.connected:.0%}、每小时 {each.calls:.0f} 个来电：{words}。", markup=False)
    for line in _MEANING:
        out.print(line, markup=False)


def _row(each: Needed) -> tuple[str, ...]:
    alone, together = sum(each.isolated.values()), sum(each.shared.values())
    capital = [
        str(seats.get(area, "-")) for seats in (each.isolated, each.shared) for area in seats if area == _CAPITAL
    ]
    return (
        f"{each.calls:.0f}（{_LOAD_TEXT[each.load]}）",
        f"{each.promise.connected:.0%}",
        f"{each.promise.in_time:.0%}" if each.promise.in_time else "-",
        str(alone),
        str(together),
        f"{1 - together / alone:.0%}",
        *capital,
        f"{each.connected:.1%}",
        f"{each.in_time:.1%}",
        f"{each.worst:.1%}",
        f"{each.helped:.0%}",
    )


def _print_rush(crowd: Rush) -> None:
    rows = [_crowd("各自", crowd.alone), _crowd("互助", crowd.together)]
    seats = sum(crowd.seats.values())
    title = f"一小时 {crowd.callers} 个来电、{seats} 个座席，按话量分布（郑州 {crowd.seats.get(_CAPITAL, 0)} 席）"
    print_table(title, ("", "接通", "15 秒内", "平均等候 s", "外地代接"), rows)


def _crowd(how: str, each: Tally) -> tuple[str, ...]:
    connected = max(1, each.connected)
    parts = (each.rate, each.timely, each.helped / connected)
    one, two, three = (f"{part:.1%}" for part in parts)
    return how, one, two, f"{each.waited / connected:.0f}", three


def _plain(each: Needed) -> dict[str, Any]:
    seats = {"seats_alone": sum(each.isolated.values()), "seats_shared": sum(each.shared.values())}
    return {**asdict(each), **seats}
