"""`hotline sharing`: the plan in force, why a seat would answer, and how many seats sharing saves."""

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from core import settings as settings_file
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from core.settings import Settings
from knowledge import cards
from knowledge.entry import Review
from routing.areas import Area, AreaTree
from routing.tables import province_tree
from seats.sharing import store
from seats.sharing.choice import AreaNow, Candidate, Choice, Idle, next_seat
from seats.sharing.plan import AreaPlan, Plan
from seats.sharing.staffing.cli import add_to as add_simulate
from seats.sharing.staffing.cli import simulate

_EXAMPLES = """examples:
  hotline sharing show                          who helps whom, in which order, and what each area keeps
  hotline sharing check                         the plan and the policy cards: right, or what is wrong with them
  hotline sharing explain 洛阳                  who answers when 洛阳 has no seat free and everybody else has all
  hotline sharing explain 巩义 --now 郑州=1/2 --now 开封=2/2+1
                                                so many of so many seats free, so many callers waiting
  hotline sharing simulate                      seats needed for 98 % connect, alone and shared (some minutes)

A copy's own plan is sharing.toml in its home folder, of the form of routing/data/sharing/henan.toml.
"""
_NOW = re.compile(r"(?P<area>[^=]+)=(?P<free>\d{1,5})(/(?P<staffed>\d{1,5}))?(\+(?P<waiting>\d{1,5}))?")
_DESK = 4
"""Seats, all free, of an area nothing is said of."""


def main(argv: Sequence[str]) -> int:
    """`hotline sharing show | check | explain | simulate`."""
    parser = Arguments(
        prog="hotline sharing",
        description="Seats that answer for another area when it has none free.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="the plan in force")
    check = commands.add_parser("check", help="whether plan and policy cards are right")
    explain = commands.add_parser("explain", help="who would answer for an area now, and why")
    explain.add_argument("area", help="name or id, e.g. 洛阳 or luoyang")
    explain.add_argument(
        "--now",
        action="append",
        default=[],
        metavar="AREA=FREE[/STAFFED][+WAITING]",
        help=f"how an area stands; nothing said: the area asked about has none free, every other {_DESK} of {_DESK}",
    )
    for each in (show, check, explain, add_simulate(commands)):
        each.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args(argv)
    settings = settings_file.load(os.environ)
    tree = province_tree(settings.platform.province)
    plan = store.in_force(settings.paths.home, settings.platform.province, tree)
    if asked.command == "simulate":
        return simulate(asked, tree, plan)
    if asked.command == "explain":
        return _explain(_area(asked.area, tree), asked.now, tree, plan, as_json=asked.json)
    if asked.command == "check":
        return _check(settings, tree, plan, as_json=asked.json)
    return _show(plan, as_json=asked.json)


def _show(plan: Plan, *, as_json: bool) -> int:
    if as_json:
        print_json([asdict(each) for each in plan])
        return EXIT_DONE
    rows = [(each.name, each.area, _reserve(each), "是" if each.lends else "否", _steps(each, plan)) for each in plan]
    print_table("座席互助方案", ("地区", "id", "保留", "支援他人", "无空闲座席时依次"), rows)
    return EXIT_DONE


def _reserve(each: AreaPlan) -> str:
    reserve = each.reserve
    return f"{reserve.count} 席" if reserve.count is not None else f"{reserve.share:.0%}"


def _steps(each: AreaPlan, plan: Plan) -> str:
    return " → ".join("、".join(plan[area].name for area in step.areas) for step in each.steps) or "-"


def _check(settings: Settings, tree: AreaTree, plan: Plan, *, as_json: bool) -> int:
    facts = cards.read(known=lambda name: name in tree)
    own = settings.paths.home / store.OWN
    source = str(own) if own.exists() else f"routing/data/sharing/{settings.platform.province}.toml"
    unsure = sum(fact.review is not Review.DONE for fact in facts)
    alone = [each.name for each in plan if not each.steps and each.area != tree.root.id]
    found = {"plan": source, "areas": len(plan.areas), "alone": alone, "facts": len(facts), "unconfirmed": unsure}
    if as_json:
        print_json(found)
    else:
        out.print(f"plan {source}: {len(plan.areas)} areas, {len(alone)} without help {' '.join(alone)}".rstrip())
        out.print(f"policy cards: {len(facts)} local facts, {unsure} not confirmed yet")
    return EXIT_DONE


def _explain(area: Area, said: Sequence[str], tree: AreaTree, plan: Plan, *, as_json: bool) -> int:
    view = {each.area: _now(each.area, _DESK, _DESK, 0) for each in plan}
    view[area.id] = _now(area.id, 0, _DESK, 0)
    view |= _told(said, tree)
    choice = next_seat(area.id, view, plan)
    if as_json:
        print_json(asdict(choice))
        return EXIT_DONE
    out.print(choice.why, markup=False)
    if not said:
        out.print(
            f"（假设：{area.name}无空闲座席，其他地区各有 {_DESK} 席且都空闲；用 --now 写明实际情况）", markup=False
        )
    rows = [
        (plan[each.area].name, each.rule.text, each.free, each.waiting, each.reserve, each.room, _mark(each, choice))
        for each in choice.candidates
    ]
    print_table("", ("地区", "规则", "空闲", "等候", "保留", "可支援", ""), rows)
    return EXIT_DONE


def _mark(each: Candidate, choice: Choice) -> str:
    return "←" if each.area == choice.area else ""


def _told(said: Sequence[str], tree: AreaTree) -> Mapping[AreaId, AreaNow]:
    found: dict[AreaId, AreaNow] = {}
    for words in said:
        match = _NOW.fullmatch(words)
        if match is None:
            raise BadInput(f"--now {words}: write AREA=FREE, AREA=FREE/STAFFED or AREA=FREE/STAFFED+WAITING")
        area, free = _area(match["area"], tree), int(match["free"])
        staffed = int(match["staffed"] or free)
        if staffed < free:
            raise BadInput(f"--now {words}: more seats are free than there are")
        found[area.id] = _now(area.id, free, staffed, int(match["waiting"] or 0))
    return found


def _now(area: AreaId, free: int, staffed: int, waiting: int) -> AreaNow:
    return AreaNow(free, staffed, waiting, (Idle(0.0, SeatNumber(f"{area}-1")),) if free else ())


def _area(name: str, tree: AreaTree) -> Area:
    area = tree.named(name)
    if area is None:
        raise BadInput(f"{name} is no area of {tree.root.id}; hotline sharing show lists them")
    return area
