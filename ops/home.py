"""`hotline home`: an area's seats work from home, in earnest or as a drill."""

import argparse
import asyncio
import getpass
import os
from collections.abc import Sequence

from core import settings as core_settings
from core.clock import CHINA
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.db import engine
from core.errors import BadInput
from core.settings import Settings
from ivr.prompts.build import build
from ivr.prompts.texts import Prompt
from ivr.prompts.voices import chosen_speaker
from ops.instance import Instance
from routing import tables
from routing.areas import Area
from routing.hours_edit import checked_text
from seats.roster import store
from seats.roster.plans import HomeMode, StoredPlans

_EXAMPLES = """examples:
  hotline home 洛阳 on                         every seat of 洛阳 answers at home, once its PIN is keyed there (*17)
  hotline home 洛阳 on --drill                 the same, kept in the records as a drill
  hotline home 洛阳 on --say "洛阳座席今天居家为您服务。"
  hotline home 洛阳 off
  hotline home list
  hotline home pins 洛阳                       the PINs, to be handed to the seats"""
_PACE = 0.92


def main(argv: Sequence[str]) -> int:
    """Run it; the platform's Postgres must be up. A running copy follows within seconds."""
    parser = Arguments(
        prog="hotline home",
        description="居家应急: an area's seats answer at home.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("area", metavar="AREA | list | pins")
    parser.add_argument("what", nargs="?", metavar="on | off | AREA")
    parser.add_argument("--drill", action="store_true", help="kept in the records as a drill")
    parser.add_argument("--say", metavar="TEXT", help="what the area's callers hear first")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(argv)
    copy = Instance(core_settings.load(os.environ))
    if asked.area == "list":
        return _list(copy, asked)
    if asked.area == "pins":
        return _pins(copy, asked)
    if asked.what not in {"on", "off"}:
        raise BadInput("hotline home AREA on, or off; hotline home --help shows more")
    area, on = _area(copy, asked.area), asked.what == "on"
    if on:
        _announce(area, asked.say, copy.settings)
    elif asked.drill or asked.say:
        raise BadInput("--drill and --say go with on")
    changed = asyncio.run(_switch(copy, area, on=on, drill=asked.drill))
    if not changed:
        raise BadInput(f"{area.name} works {'at home' if on else 'at its desks'} already")
    return _list(copy, asked)


async def _switch(copy: Instance, area: Area, *, on: bool, drill: bool) -> bool:
    database = engine(copy.dsn, application="hotline-home")
    try:
        return await StoredPlans(database).set_home(area.id, on=on, drill=drill, by=getpass.getuser())
    finally:
        await database.dispose()


async def _homes(copy: Instance) -> Sequence[HomeMode]:
    database = engine(copy.dsn, application="hotline-home")
    try:
        return await StoredPlans(database).homes()
    finally:
        await database.dispose()


def _announce(area: Area, text: str | None, settings: Settings) -> None:
    """The area's own words, said once by the prompts' voice."""
    said = checked_text(text or f"{area.name}的座席今天居家为您服务，请您谅解。")
    key, folder = f"home_{area.id}", settings.paths.asterisk / "sounds/zh/hotline"
    build({key: Prompt(key, said, pace=_PACE)}, chosen_speaker(settings), settings.paths.cache / "prompts", folder)


def _list(copy: Instance, asked: argparse.Namespace) -> int:
    homes = asyncio.run(_homes(copy))
    if asked.json:
        print_json(
            [
                {
                    "area": home.area, "drill": home.drill, "on_at": home.on_at.isoformat(), "on_by": home.on_by,
                    "off_at": home.off_at.isoformat() if home.off_at else None, "off_by": home.off_by,
                }
                for home in homes
            ]
        )  # fmt: skip
        return EXIT_DONE
    tree = tables.province_tree(copy.settings.platform.province)
    rows = [
        (
            tree.area(home.area).name, "演练" if home.drill else "应急",
            f"{home.on_at.astimezone(CHINA):%m-%d %H:%M} {home.on_by}",
            f"{home.off_at.astimezone(CHINA):%m-%d %H:%M} {home.off_by}" if home.off_at else "进行中",
        )
        for home in homes
    ]  # fmt: skip
    print_table("", ("地区 area", "种类 kind", "开始 on", "结束 off"), rows)
    return EXIT_DONE


def _pins(copy: Instance, asked: argparse.Namespace) -> int:
    area = _area(copy, asked.what) if asked.what else None
    seats = [seat for seat in asyncio.run(store.all_seats(copy.dsn)) if area is None or seat.area == area.id]
    pins = {seat.number: copy.secrets.pin(seat.number) for seat in seats if seat.enabled}
    if asked.json:
        print_json(pins)
    else:
        for number, pin in pins.items():
            out.print(f"{number}  {pin}", markup=False)
    return EXIT_DONE


def _area(copy: Instance, word: str) -> Area:
    found = tables.province_tree(copy.settings.platform.province).named(word)
    if found is None:
        raise BadInput(f"no area {word[:20]!r}; write it like 洛阳 or luoyang")
    return found
