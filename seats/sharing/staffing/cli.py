"""`hotline sharing simulate`: seats needed alone and shared, as a table, as JSON, as a plot."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.console import EXIT_DONE, out, print_json, print_table
from core.ids import AreaId
from routing.areas import AreaTree
from seats.sharing.plan import Plan
from seats.sharing.staffing.plot import plotted
from seats.sharing.staffing.simulation import Tally
from seats.sharing.staffing.table import LOADS, Needed, Promise, Rush, answer, rush

PROMISES = (Promise(0.95, 0.80), Promise(0.98, 0.80), Promise(0.98, 0.90))
_CAPITAL = AreaId("zhengzhou")


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
        out.print(f"plot: {asked.plot}", markup=False)
    return EXIT_DONE


def _print(needed: Sequence[Needed]) -> None:
    columns = (
        *("calls/h", "promise: connected", "in 15 s", "seats alone", "shared", "saved", "郑州 alone", "shared"),
        *("tried: connected", "in 15 s", "worst area", "helped"),
    )
    print_table("Seats needed, each area alone and all sharing", columns, [_row(each) for each in needed])


def _row(each: Needed) -> tuple[str, ...]:
    alone, together = sum(each.isolated.values()), sum(each.shared.values())
    capital = [
        str(seats.get(area, "-")) for seats in (each.isolated, each.shared) for area in seats if area == _CAPITAL
    ]
    return (
        f"{each.calls:.0f} ({each.load})",
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
    rows = [_crowd("alone", crowd.alone), _crowd("shared", crowd.together)]
    seats = sum(crowd.seats.values())
    title = f"{crowd.callers} callers an hour, {seats} seats spread by share (郑州 {crowd.seats.get(_CAPITAL, 0)})"
    print_table(title, ("", "connected", "in 15 s", "mean wait s", "helped"), rows)


def _crowd(how: str, each: Tally) -> tuple[str, ...]:
    connected = max(1, each.connected)
    parts = (each.rate, each.timely, each.helped / connected)
    one, two, three = (f"{part:.1%}" for part in parts)
    return how, one, two, f"{each.waited / connected:.0f}", three


def _plain(each: Needed) -> dict[str, Any]:
    seats = {"seats_alone": sum(each.isolated.values()), "seats_shared": sum(each.shared.values())}
    return {**asdict(each), **seats}
