"""`hotline announce`: what callers of an area hear first, from the next call on."""

import argparse
import os
from collections.abc import Sequence
from datetime import datetime

from core import settings as settings_file
from core.clock import CHINA, Clock, SystemClock
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.errors import BadInput
from core.settings import Settings
from ivr.prompts.notices import say
from routing import hours_edit as edits
from routing.areas import AreaTree
from routing.hours import Calendar, Notice
from routing.hours_file import change, load
from routing.tables import province_tree

_EXAMPLES = """examples:
  hotline announce 郑州 "今天系统升级,下午两点恢复。" --until 2026-11-23T14:00
  hotline announce all "征期延长至本月20日。"     heard in every area, before the area's own
  hotline announce off 郑州                       by id, name, or all
  hotline announce list

Heard first by who rings from now on, where any key ends it, and once by who waits for a seat already. Spoken at once by
the prompts' voice (at most 100 characters). A county unit's callers hear its city's.
"""


def main(argv: Sequence[str], clock: Clock | None = None) -> int:
    """Run one subcommand; the exit code."""
    parser = Arguments(
        prog="hotline announce",
        description="紧急公告: what callers hear first, per city.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", metavar="AREA | all | off | list")
    parser.add_argument("text", nargs="?", help="the announcement; with off: the area")
    parser.add_argument("--until", metavar="ISO", help="China time unless it says otherwise (default: until off)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    given = parser.parse_args(argv)
    settings = settings_file.load(os.environ)
    tree = province_tree(settings.platform.province)
    now = (clock or SystemClock()).now().astimezone(CHINA)
    if given.what == "list":
        return _list(load(settings.paths.hours), tree, now, given.json)
    if given.text is None:
        raise BadInput(f"announce: what about {given.what[:40]}? hotline announce --help shows how")
    if given.what == "off":
        edit = edits.hush(edits.area_named(given.text, tree))
    else:
        edit = edits.announce(_notice(given, tree, settings, now), now)
    calendar = change(settings.paths.hours, edits.in_turn((edits.grounded(tree, now), edit)))
    return _list(calendar, tree, now, given.json)


def _notice(given: argparse.Namespace, tree: AreaTree, settings: Settings, now: datetime) -> Notice:
    area = edits.area_named(given.what, tree)
    until = None
    if given.until:
        try:
            until = datetime.fromisoformat(given.until)
        except ValueError as error:
            raise BadInput(f"announce: {given.until[:30]!r} is no time such as 2026-11-23T14:00") from error
        until = until if until.tzinfo else until.replace(tzinfo=CHINA)
    text = edits.checked_text(given.text)
    return Notice(area, text, say(text, settings), until, "cli", now)


def _list(calendar: Calendar, tree: AreaTree, now: datetime, as_document: bool) -> int:
    notices = [it for it in calendar.notices.values() if it.until is None or it.until > now]
    if as_document:
        print_json(
            [
                {"area": it.area, "text": it.text, "until": it.until and it.until.isoformat(), "by": it.by}
                for it in notices
            ]
        )
        return EXIT_DONE
    if not notices:
        out.print("没有公告")
        return EXIT_DONE
    rows = [
        (
            edits.shown(it.area, tree),
            it.text,
            f"{it.until.astimezone(CHINA):%Y-%m-%d %H:%M}" if it.until else "取消为止",
            it.by,
        )
        for it in notices
    ]
    print_table("", ("地区", "公告", "至", "设置人"), rows)
    return EXIT_DONE
