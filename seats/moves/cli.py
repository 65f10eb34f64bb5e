"""`hotline groups`: who the experts are, and what a seat dials to move its call."""

import os
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import asdict

from core import settings
from core.console import EXIT_DONE, Arguments, print_json, print_table
from routing.tables import province_tree
from seats.moves.groups import move_data
from seats.moves.places import PlaceKind, places

_KINDS = {PlaceKind.AREA: "地区", PlaceKind.PROVINCE: "省中心", PlaceKind.GROUP: "专家组", PlaceKind.SEAT: "座席"}
_EXAMPLES = """examples:
  hotline groups
  hotline groups --dial     what a seat dials: after its phone's transfer key, or on its second line
  hotline groups --json
In a call: *9 an adviser the seat alone hears, *3 a third both hear. seats/moves/data/ holds each province's groups."""


def main(argv: Sequence[str]) -> int:
    """Entry of `hotline groups`."""
    parser = Arguments(
        prog="hotline groups",
        description="Groups of experts, and what a seat dials to move a call.",
        epilog=_EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dial", action="store_true", help="everything that can be dialled")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(argv)
    current = settings.load(os.environ)
    data = move_data(current.platform.province)
    found = places(province_tree(current.platform.province), data)
    if asked.json:
        print_json({"groups": [asdict(group) for group in data.groups], "dial": [asdict(place) for place in found]})
    elif asked.dial:
        rows = [[place.digits, _KINDS[place.kind], place.name] for place in found]
        print_table("转接拨号", ["拨号", "类别", "名称"], rows)
    else:
        rows = [[f"*2{group.key}", group.id, group.name, " ".join(group.members)] for group in data.groups]
        print_table("专家组", ["拨号", "代号", "名称", "座席"], rows)
    return EXIT_DONE
