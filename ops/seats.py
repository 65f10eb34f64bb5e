"""`hotline seats`: who may register, and with which password."""

import argparse
import asyncio
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace

from core import settings as core_settings
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.db import DatabaseAway
from core.errors import BadInput
from core.ids import SeatNumber
from core.secrets import renew_seat
from ops.instance import Instance
from routing import tables
from routing.areas import Area
from seats.roster import cli as roster
from seats.roster import store
from seats.roster.seat import Seat

_EXAMPLES = """examples:
  hotline seats list --area 郑州
  hotline seats secret 3710001
  hotline seats secret 3710001 --renew
  hotline seats add 3710003 郑州 --name 郑州3号座席
  hotline seats disable 3710003
  hotline seats day 3710001            what it did today, step by step
  hotline seats shifts import FILE     who works when; list shows it
  hotline seats wrap-up 洛阳 30        seconds of writing up: an area's, a seat's"""


def main(argv: Sequence[str]) -> int:
    """Run one subcommand; the platform's Postgres must be up."""
    if argv and argv[0] in roster.WORDS:
        return roster.main(argv)
    parser = Arguments(
        prog="hotline seats",
        description="座席: the seats of every area.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="list|add|enable|disable|secret|day|shifts|wrap-up"
    )
    about = {
        "list": "every seat, or those of one area",
        "add": "a new seat; it can register at once",
        "enable": "let a seat register again",
        "disable": "let a seat register no more",
        "secret": "a seat's SIP password",
    }
    parsers = {name: commands.add_parser(name, help=text, description=text) for name, text in about.items()}
    for name, sub in parsers.items():
        sub.add_argument("--json", action="store_true", help="print JSON")
        if name != "list":
            sub.add_argument("number", help="area code without its 0 plus four digits, e.g. 3710001")
    parsers["list"].add_argument("--area", help="name or id: 郑州, zhengzhou")
    parsers["add"].add_argument("area", help="name or id: 郑州, zhengzhou")
    parsers["add"].add_argument("--name", help="what people call it")
    parsers["secret"].add_argument(
        "--renew", action="store_true", help="make a new password; the old one stops working"
    )
    options = parser.parse_args(argv)
    copy = Instance(core_settings.load(os.environ))
    if options.command == "list":
        return _list(copy, options)
    if options.command == "secret":
        return _secret(copy, options)
    return _change(copy, options)


def _list(copy: Instance, options: argparse.Namespace) -> int:
    tree = tables.province_tree(copy.settings.platform.province)
    wanted = _area(copy, options.area).id if options.area else None
    seats = [s for s in asyncio.run(store.all_seats(copy.dsn)) if wanted in {None, s.area}]
    if options.json:
        print_json([asdict(seat) for seat in seats])
        return EXIT_DONE
    rows = [(s.number, tree.area(s.area).name, s.name, "是" if s.enabled else "否") for s in seats]
    print_table("", ("座席 seat", "地区 area", "名称 name", "启用 enabled"), rows)
    return EXIT_DONE


def _secret(copy: Instance, options: argparse.Namespace) -> int:
    number = _known(copy, options.number)
    if options.renew:
        asyncio.run(store.all_seats(copy.dsn))  # away: nothing is renewed, because Asterisk could not be told
        renew_seat(copy.settings.paths.secrets, number)
        copy.reload_seats()
    password = copy.secrets.seat(number)
    if options.json:
        print_json({"number": number, "password": password})
    else:
        out.print(password, markup=False)
    return EXIT_DONE


def _change(copy: Instance, options: argparse.Namespace) -> int:
    number = SeatNumber(options.number)
    there = {seat.number: seat for seat in asyncio.run(store.all_seats(copy.dsn))}.get(number)
    if options.command == "add":
        if not re.fullmatch(r"[1-9]\d{5,7}", number, re.ASCII):
            raise BadInput(f"{number!r} is no seat number: area code without its 0 plus four digits, e.g. 3710001")
        if there:
            raise BadInput(f"seat {number} is there already")
        area = _area(copy, options.area)
        seat = Seat(number, area.id, options.name or f"{area.name}{number[-4:]}号座席")
    elif there is None:
        raise BadInput(f"no seat {number}; `hotline seats list` shows them")
    else:
        seat = replace(there, enabled=options.command == "enable")
    asyncio.run(store.put(copy.dsn, seat))
    copy.reload_seats()
    if options.json:
        print_json(asdict(seat))
    else:
        out.print(f"{options.command}: {number}", markup=False)
    return EXIT_DONE


def _known(copy: Instance, number: str) -> SeatNumber:
    # Passwords do not live in Postgres: with it away, the question is still answered.
    with suppress(DatabaseAway):
        if number not in {seat.number for seat in asyncio.run(store.all_seats(copy.dsn))}:
            raise BadInput(f"no seat {number}; `hotline seats list` shows them")
    return SeatNumber(number)


def _area(copy: Instance, word: str) -> Area:
    for area in tables.province_tree(copy.settings.platform.province):
        if word in {area.id, area.name}:
            return area
    raise BadInput(f"no area {word!r}; write it like 郑州 or zhengzhou")
