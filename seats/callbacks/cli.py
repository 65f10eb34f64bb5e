"""`hotline messages`, `hotline callbacks`, `hotline appointments`: who is owed a call, and what becomes of it."""

import argparse
import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from core import settings
from core.clock import CHINA, SystemClock
from core.console import EXIT_DONE, Arguments, out, print_json, print_table, rows_wanted
from core.db import engine
from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from core.journal import Journal
from core.log import mask
from core.secrets import database_dsn, load_or_create
from core.settings import Settings
from routing import tables
from routing.areas import AreaTree
from seats.accounts.scope import EVERYWHERE
from seats.callbacks.book import Book
from seats.callbacks.request import Callback, as_json
from seats.callbacks.service import Act, Followups
from seats.callbacks.store import CallbackStore, Message
from seats.callbacks.tail import Tail
from seats.callbacks.words import MESSAGE_STATES, STATES, WHYS, result
from seats.records.recording import RecordingFiles
from seats.roster.store import all_seats
from seats.supervision.chain import key_of
from seats.supervision.digests import Digests, file_in
from seats.supervision.store import PostgresAudit

_SOURCE = "command line"
_CALLBACK_EXAMPLES = """examples:
  hotline callbacks                          who is owed a call, newest first
  hotline callbacks list --all --area 郑州
  hotline callbacks now cb-0123456789ab      call next (never outside calling time)
  hotline callbacks close cb-0123456789ab --result 已电话答复
Numbers are masked unless --full is given."""
_APPOINTMENT_EXAMPLES = """examples:
  hotline appointments                       calls at a chosen half-hour that are to come
  hotline appointments cancel cb-0123456789ab --result 来电人要求
Numbers are masked unless --full is given."""
_MESSAGE_EXAMPLES = """examples:
  hotline messages                           messages nobody has settled
  hotline messages hear ID --reason 回访 -o message.wav
  hotline messages assign ID 郑州            or a seat's number
  hotline messages callback ID               have whoever left it called
  hotline messages close ID --result 已办理
Numbers are masked unless --full is given."""
Value = TypeVar("Value")


def callbacks(argv: Sequence[str]) -> int:
    """Entry of `hotline callbacks`."""
    return _promises("callbacks", "Who is owed a call.", _CALLBACK_EXAMPLES, argv, appointments=False)


def appointments(argv: Sequence[str]) -> int:
    """Entry of `hotline appointments`."""
    return _promises("appointments", "Calls at a chosen half-hour.", _APPOINTMENT_EXAMPLES, argv, appointments=True)


def messages(argv: Sequence[str]) -> int:
    """Entry of `hotline messages`."""
    parser, commands = _parser("messages", "Messages callers left.", _MESSAGE_EXAMPLES)
    hear = _named(commands, "hear", "the message as a WAV file; who and why is written down first")
    hear.add_argument("--reason", required=True, help="why, for the audit row")
    hear.add_argument("-o", "--output", type=Path, help="file to write (default ID.wav)")
    _named(commands, "assign", "give it to a seat or an area").add_argument("to", help="郑州, zhengzhou or 3710001")
    _named(commands, "callback", "have whoever left it called")
    _named(commands, "close", "it has been dealt with").add_argument("--result", required=True, help="how")
    asked = parser.parse_args(_listing(argv))
    current = settings.load(os.environ)
    tree = tables.province_tree(current.platform.province)
    if asked.command == "list":
        area = _area(tree, asked.area)
        found = _run(
            current, lambda room: room.messages(EVERYWHERE, area=area, open_only=not asked.all, limit=asked.count)
        )
        return _show_messages(found, tree, asked)
    _run(current, lambda room: _on_message(room, tree, asked))
    return EXIT_DONE


async def _on_message(room: Followups, tree: AreaTree, asked: argparse.Namespace) -> None:
    message = await room.message(asked.id)
    if message is None:
        raise BadInput(f"no message {asked.id}; `hotline messages` lists them")
    who: dict[str, str] = {"who": getpass.getuser(), "source": _SOURCE}
    if asked.command == "hear":
        file = asked.output or Path(f"{message.id}.wav")
        sound = await room.sound(message, reason=asked.reason, **who)
        _write(file, sound)
        out.print(str(file), markup=False)
    elif asked.command == "assign":
        await room.assign(message, await _receiver(tree, asked.to), **who)
        out.print(f"已分派: {asked.to}", markup=False)
    elif asked.command == "callback":
        done = await room.call_back(message, **who)
        out.print(done.target, markup=False)
    else:
        await room.close_message(message, result=asked.result, **who)
        out.print(f"已办结: {message.id}", markup=False)


async def _receiver(tree: AreaTree, word: str) -> SeatNumber | AreaId:
    """The area or seat a message is given to. Raises `BadInput` for one that is none of ours."""
    if (area := tree.named(word)) is not None:
        return area.id
    current = settings.load(os.environ)
    seats = await all_seats(database_dsn(current, load_or_create(current.paths.secrets)))
    if not any(seat.number == word and seat.enabled for seat in seats):
        raise BadInput(f"{word[:40]!r} is no area and no seat at work; `hotline seats list` shows them")
    return SeatNumber(word)


def _promises(name: str, about: str, examples: str, argv: Sequence[str], *, appointments: bool) -> int:
    parser, commands = _parser(name, about, examples)
    for act, words in (
        (Act.NOW, "call next, whatever was planned; never outside calling time"),
        (Act.CANCEL, "the person wants no call any more"),
        (Act.CLOSE, "it has been dealt with"),
    ):
        command = _named(commands, act.value, words)
        command.add_argument("--result", default="", required=act is Act.CLOSE, help="why, or how it was dealt with")
    asked = parser.parse_args(_listing(argv))
    current = settings.load(os.environ)
    tree = tables.province_tree(current.platform.province)
    if asked.command == "list":
        area = _area(tree, asked.area)
        found = _run(
            current,
            lambda room: room.callbacks(
                EVERYWHERE, area=area, open_only=not asked.all, appointments=appointments, limit=asked.count
            ),
        )
        return _show(found, tree, asked, current, "个预约" if appointments else "个回拨")
    _run(current, lambda room: _act(room, asked))
    return EXIT_DONE


async def _act(room: Followups, asked: argparse.Namespace) -> None:
    found = await room.callback(asked.id)
    if found is None:
        raise BadInput(f"no callback {asked.id}; `hotline callbacks list --all` lists them")
    await room.act(found, Act(asked.command), who=getpass.getuser(), source=_SOURCE, result=asked.result)


def _run(current: Settings, ask: Callable[[Followups], Awaitable[Value]]) -> Value:
    """What `ask` gives of the room, over this copy's journal and Postgres."""

    async def within() -> Value:
        secrets = load_or_create(current.paths.secrets)
        database = engine(database_dsn(current, secrets), application="hotline-cli")
        clock, paths = SystemClock(), current.paths
        audit = PostgresAudit(database, key_of(secrets.seat_key), Digests(file_in(paths.home)), clock)
        tail = Tail(paths.journal, paths.callbacks, Book())
        files, journal = RecordingFiles(paths.messages), Journal(paths.journal, clock)
        try:
            return await ask(Followups(tail, CallbackStore(database), audit, files, journal, clock))
        finally:
            journal.close()
            await database.dispose()

    return asyncio.run(within())


def _show(found: Sequence[Callback], tree: AreaTree, asked: argparse.Namespace, current: Settings, counted: str) -> int:
    if asked.json:
        rows = [{**as_json(one), "number": _number(one.number, full=asked.full)} for one in found]
        print_json([{name: value for name, value in row.items() if name != "applied"} for row in rows])
        return EXIT_DONE
    columns = ("编号", "号码", "地区", "缘由", "登记", "时间", "状态", "次数", "座席", "结果")
    print_table(
        f"{len(found)} {counted}",
        columns,
        [
            (
                one.id,
                _number(one.number, full=asked.full),
                _name(tree, one.area),
                WHYS[str(one.why)],
                _time(one.asked_at),
                _time(one.slot or one.not_before),
                STATES[str(one.state)],
                one.tries,
                one.seat or "-",
                result(one.result) or "-",
            )
            for one in found
        ],
    )
    if not current.sip.trunk_out:
        out.print("→ sip.trunk_out 未设置：平台不会外呼", markup=False)
    return EXIT_DONE


def _show_messages(found: Sequence[Message], tree: AreaTree, asked: argparse.Namespace) -> int:
    if asked.json:
        print_json([{**_plain(one), "number": _number(one.number, full=asked.full)} for one in found])
        return EXIT_DONE
    columns = ("编号", "号码", "地区", "留言时间", "秒", "状态", "分派", "回拨", "结果")
    print_table(
        f"{len(found)} 条留言",
        columns,
        [
            (
                one.id,
                _number(one.number, full=asked.full) or "未知",
                _name(tree, one.area),
                _time(one.left_at),
                one.seconds,
                MESSAGE_STATES.get(one.state, one.state),
                _name(tree, one.assigned) or "-",
                one.callback or "-",
                one.result or "-",
            )
            for one in found
        ],
    )
    return EXIT_DONE


def _plain(one: Message) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}


def _parser(name: str, about: str, examples: str) -> tuple[Arguments, Any]:
    parser = Arguments(
        prog=f"hotline {name}", description=about, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="newest first; only what is open, unless --all")
    listing.add_argument("--all", action="store_true", help="also what is settled")
    listing.add_argument("--area", help="郑州 or zhengzhou")
    listing.add_argument("-n", "--count", type=rows_wanted, default=50, help="how many (default 50)")
    listing.add_argument("--full", action="store_true", help="show telephone numbers in full")
    listing.add_argument("--json", action="store_true", help="print JSON, one document")
    return parser, commands


def _listing(argv: Sequence[str]) -> Sequence[str]:
    """Without a command the list is meant, options or not."""
    plain = not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help"))
    return ["list", *argv] if plain else argv


def _named(commands: Any, name: str, about: str) -> Any:
    command = commands.add_parser(name, help=about)
    command.add_argument("id")
    return command


def _area(tree: AreaTree, word: str | None) -> AreaId | None:
    if word is None:
        return None
    found = tree.named(word)
    if found is None:
        raise BadInput(f"no area {word!r}; write it like 郑州 or zhengzhou")
    return found.id


def _write(file: Path, sound: bytes) -> None:
    try:
        file.write_bytes(sound)
        file.chmod(0o600)
    except OSError as error:
        raise BadInput(f"cannot write {file}: {error.strerror}") from error


def _name(tree: AreaTree, area: str) -> str:
    return tree.area(AreaId(area)).name if area in tree else area


def _number(number: str, *, full: bool) -> str:
    return number if full else mask(number)


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else moment.astimezone(CHINA).strftime("%m-%d %H:%M")
