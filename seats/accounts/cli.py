"""`hotline users`: who may log in. There is no account until the first `add`."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Final, TypeVar

from core import settings
from core.clock import SystemClock
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.db import engine
from core.errors import BadInput
from core.journal import Journal
from core.secrets import database_dsn, load_or_create
from core.settings import Settings
from routing import tables
from routing.areas import AreaTree
from seats.accounts.passwords import Passwords, acceptable, generated
from seats.accounts.store import PostgresStore, Store, UserRow
from seats.accounts.user import Role, member
from seats.roster.store import all_seats

_EXAMPLES = """examples:
  hotline users add wang --role province_supervisor --phone 3719001
  hotline users add li --role city_supervisor --area 郑州 --phone 3710001 --generate
  hotline users add zhang --role auditor --password-stdin < password.txt
  hotline users add ding --role seat --phone 3710001 --generate     reads who supervised seat 3710001, no more
  hotline users password li
  hotline users disable li                   nobody logs in as li any more; open sessions end within seconds
  hotline users revoke li                    end li's sessions; li may log in again
A password is asked for on the terminal, read from standard input, or made up and shown once; never an argument."""

_ROLES: Final = {
    Role.PROVINCE_SUPERVISOR: "省级督导",
    Role.CITY_SUPERVISOR: "市级督导",
    Role.AUDITOR: "审计",
    Role.SEAT: "座席",
}
_Result = TypeVar("_Result")


def main(argv: Sequence[str]) -> int:
    """Run one subcommand; the platform's Postgres must be up."""
    asked = _parser().parse_args(argv)
    current = settings.load(os.environ)
    return _COMMANDS[asked.command](current, asked)


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="hotline users",
        description="用户: who may log in to the API and call-monitor.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="|".join(_COMMANDS))
    about = {
        "list": "every user",
        "add": "a new user",
        "change": "another role, area or phone; sessions go on with it",
        "password": "another password; ends the user's sessions",
        "disable": "let a user in no more; ends the user's sessions",
        "enable": "let a user in again",
        "revoke": "end a user's sessions",
    }
    for name, text in about.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--json", action="store_true", help="print JSON")
        if name != "list":
            command.add_argument("name", help="what the user logs in by: a-z 0-9 . _ -")
        if name in {"add", "change"}:
            command.add_argument("--role", choices=[role.value for role in Role], required=name == "add")
            command.add_argument("--area", help="省 or city, by name or id; a province supervisor and a seat need none")
            command.add_argument(
                "--phone", help="number of the seat whose softphone rings when the user listens; of a seat, its number"
            )
        if name in {"add", "password"}:
            source = command.add_mutually_exclusive_group()
            source.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
            source.add_argument("--generate", action="store_true", help="make up a password and show it once")
    return parser


def _list(current: Settings, asked: argparse.Namespace) -> int:
    tree = tables.province_tree(current.platform.province)
    users = _with_store(current, lambda store: store.all_users())
    if asked.json:
        print_json([asdict(user) for user in users])
        return EXIT_DONE
    rows = [
        (
            user.name,
            _ROLES.get(Role(user.role), user.role),
            tree.area(user.area).name if user.area in tree else user.area,
            user.phone or "-",
            "是" if user.enabled else "否",
        )
        for user in users
    ]
    print_table("", ("用户 user", "角色 role", "地区 area", "话机 phone", "启用 enabled"), rows)
    return EXIT_DONE


def _add(current: Settings, asked: argparse.Namespace) -> int:
    tree = tables.province_tree(current.platform.province)
    row = _fitting(current, tree, UserRow(asked.name, asked.role, asked.area or "", asked.phone))
    password, shown = _password(asked)
    digest = Passwords().digest(password)
    if not _with_store(current, lambda store: store.add(row, digest)):
        raise BadInput(f"there is a user {asked.name} already; `hotline users list` shows them")
    return _done(current, asked, "user_added", asdict(row), shown)


def _change(current: Settings, asked: argparse.Namespace) -> int:
    tree = tables.province_tree(current.platform.province)
    there = {user.name: user for user in _with_store(current, lambda store: store.all_users())}.get(asked.name)
    if there is None:
        raise _unknown(asked.name)
    phone = there.phone if asked.phone is None else asked.phone or None
    role = asked.role or there.role
    # Whoever becomes a seat, or works at another one, is where that seat is.
    area = asked.area or ("" if role == Role.SEAT else there.area)
    row = _fitting(current, tree, UserRow(asked.name, role, area, phone))
    _with_store(current, lambda store: store.change(row.name, row.role, row.area, row.phone))
    return _done(current, asked, "user_changed", asdict(row), None)


def _set_password(current: Settings, asked: argparse.Namespace) -> int:
    password, shown = _password(asked)
    digest = Passwords().digest(password)
    now = SystemClock().now()
    if not _with_store(current, lambda store: store.set_password(asked.name, digest, now)):
        raise _unknown(asked.name)
    return _done(current, asked, "user_password_changed", {"name": asked.name}, shown)


def _enable(current: Settings, asked: argparse.Namespace) -> int:
    enabled = asked.command == "enable"
    now = SystemClock().now()
    if not _with_store(current, lambda store: store.set_enabled(asked.name, enabled, now)):
        raise _unknown(asked.name)
    return _done(current, asked, f"user_{asked.command}d", {"name": asked.name}, None)


def _revoke(current: Settings, asked: argparse.Namespace) -> int:
    now = SystemClock().now()
    ended = _with_store(current, lambda store: store.revoke_all(asked.name, now))
    return _done(current, asked, "user_sessions_ended", {"name": asked.name, "sessions": ended}, None)


_COMMANDS: Final[dict[str, Callable[[Settings, argparse.Namespace], int]]] = {
    "list": _list,
    "add": _add,
    "change": _change,
    "password": _set_password,
    "disable": _enable,
    "enable": _enable,
    "revoke": _revoke,
}


def _fitting(current: Settings, tree: AreaTree, row: UserRow) -> UserRow:
    """The row as it can be stored; an area not said is the province, or the seat's own. Raises `BadInput`."""
    user = member(tree, row.name, row.role, row.area or tree.root.id, row.phone)
    if user.role is not Role.SEAT:
        return UserRow(user.name, user.role.value, user.area, user.phone)
    dsn = database_dsn(current, load_or_create(current.paths.secrets))
    own = next((seat for seat in asyncio.run(all_seats(dsn)) if seat.number == user.phone), None)
    if own is None:
        raise BadInput(f"there is no seat {user.phone}; `hotline seats list` shows them")
    if row.area and user.area != own.area:
        raise BadInput(f"seat {own.number} is of {own.area}, not of {user.area}; a seat needs no --area")
    return UserRow(user.name, user.role.value, own.area, own.number)


def _with_store(current: Settings, ask: Callable[[Store], Awaitable[_Result]]) -> _Result:
    async def asking() -> _Result:
        database = engine(database_dsn(current, load_or_create(current.paths.secrets)), application="hotline-users")
        try:
            return await ask(PostgresStore(database))
        finally:
            await database.dispose()

    return asyncio.run(asking())


def _password(asked: argparse.Namespace) -> tuple[str, str | None]:
    """The password, and what to show of it."""
    if asked.generate:
        password = generated()
        return password, password
    if asked.password_stdin:
        return acceptable(sys.stdin.readline().rstrip("\r\n")), None
    if not sys.stdin.isatty():
        raise BadInput("no terminal to ask for a password: use --password-stdin or --generate")
    password = acceptable(getpass.getpass("密码 password: "))
    if getpass.getpass("再输一次 again: ") != password:
        raise BadInput("the two passwords differ")
    return password, None


def _done(
    current: Settings, asked: argparse.Namespace, kind: str, fields: dict[str, object], password: str | None
) -> int:
    journal = Journal(current.paths.journal, SystemClock())
    journal.note(kind, None, {key: str(value) for key, value in fields.items() if value is not None})
    journal.close()
    if asked.json:
        print_json(fields if password is None else {**fields, "password": password})
        return EXIT_DONE
    out.print(f"{asked.command}: {asked.name}", markup=False)
    if password is not None:
        out.print(f"密码 password (shown once): {password}", markup=False)
    return EXIT_DONE


def _unknown(name: str) -> BadInput:
    return BadInput(f"no user {name!r}; `hotline users list` shows them")
