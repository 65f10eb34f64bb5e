"""What may be typed after `call-monitor`, and its help."""

import argparse
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from core.clock import CHINA, SystemClock
from core.console import Arguments
from core.errors import BadInput

ABOUT: Final = (
    "督导终端 the supervisors' terminal: without a command the live board; with one, a list or an act for scripts."
)
EXAMPLES: Final = """examples:
  call-monitor login --user li               once a shift; the password is asked for
  call-monitor                               the live board (? shows its keys)
  call-monitor queues
  call-monitor calls --area 郑州 --state waiting --json
  call-monitor seats --area 郑州 --state paused
  call-monitor show 1763779200.12
  call-monitor history --area 郑州 --since 2h --outcome abandoned_in_queue
  call-monitor listen 3710001 --reason 质检    rings your own softphone, then joins the seat's call
  call-monitor switch s1 whisper             the same supervision, without hanging up
  call-monitor move 1763779200.12 开封 --reason 分流
  call-monitor pause 3710001 --reason 培训
  call-monitor supervisions                  for a seat's own user: who supervised me, and when
  call-monitor audit verify                  exit code 1 when a row was tampered with
exit codes: 0 done, 1 refused or not possible, 2 wrong input or not logged in"""

_COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "login": ("log in; the token is kept in a file of your own", "call-monitor login --user li --server http://10.0.0.5:8066"),
    "signout": ("end this session and forget the token", "call-monitor signout"),
    "whoami": ("who is logged in, and what they may do", "call-monitor whoami"),
    "calls": ("calls that are up", "call-monitor calls --area 郑州 --state waiting"),
    "seats": ("seats and what they do", "call-monitor seats --state paused"),
    "queues": ("areas: who waits, how long, answered in 15 s, seats", "call-monitor queues --json"),
    "show": ("one call in full, up or stored", "call-monitor show 1763779200.12"),
    "watch": ("every change as a line, until Ctrl-C", "call-monitor watch --json | jq .calls"),
    "history": ("stored calls, newest first", "call-monitor history --since 2h --number 13803710000"),
    "recording": ("fetch a call's recording; who and why is written down first",
                  "call-monitor recording 1763779200.12 --reason 投诉 --out call.wav"),
    "audit": ("what supervisors did, newest first; `audit verify` proves that no row was changed",
              "call-monitor audit --since 2026-11-22 --limit 20"),
    "supervisions": ("who supervised a seat, and when; without SEAT, your own", "call-monitor supervisions 3710001"),
    "listen": ("hear a call; your own phone rings first", "call-monitor listen 3710001 --reason 质检"),
    "whisper": ("speak to the seat; the caller does not hear it", "call-monitor whisper 3710001"),
    "barge": ("speak to both", "call-monitor barge 1763779200.12"),
    "takeover": ("take the caller over; the seat leaves", "call-monitor takeover 3710001 --reason 投诉"),
    "switch": ("a running supervision becomes listen, whisper, barge or takeover", "call-monitor switch s1 whisper"),
    "leave": ("end a running supervision", "call-monitor leave s1"),
    "hangup": ("end a call", "call-monitor hangup 1763779200.12 --reason 骚扰"),
    "move": ("send a caller to a seat or an area's queue", "call-monitor move 1763779200.12 开封"),
    "pause": ("let a seat get no more calls", "call-monitor pause 3710001 --reason 培训"),
    "unpause": ("let a seat get calls again", "call-monitor unpause 3710001"),
    "transfer": ("pass a seat's caller on: to a seat, an area, the province, a group of experts",
                 "call-monitor transfer 3710001 3790001 --how attended"),
    "hold": ("music for a seat's caller", "call-monitor hold 3710001"),
    "unhold": ("the caller back to the seat", "call-monitor unhold 3710001"),
    "complete": ("the caller to whom the seat has asked", "call-monitor complete 3710001"),
    "cancel": ("the seat has asked, and takes its caller back", "call-monitor cancel 3710001"),
    "raise-hand": ("call an expert into a seat's call, heard by the seat alone or by both",
                   "call-monitor raise-hand 3710001 vat --heard-by both"),
    "logout": ("take a seat out of every queue (your own session: signout)", "call-monitor logout 3710001"),
}  # fmt: skip
"""Command -> (what it does, an example)."""
ACTS: Final = ("listen", "whisper", "barge", "takeover", "hangup", "move", "pause", "unpause", "logout")
MODES: Final = ACTS[:4]
PASSES: Final = ("transfer", "hold", "unhold", "complete", "cancel", "raise-hand")
"""Acts on a seat's call that its own user may do too."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    shared = Arguments(add_help=False)
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    shared.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="中文 (default) or English")
    shared.add_argument("--server", metavar="URL", default=argparse.SUPPRESS, help="default: where you logged in last")
    whole = Arguments(
        prog="call-monitor",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    for name, (about, example) in _COMMANDS.items():
        command = commands.add_parser(
            name, help=about, description=about, epilog=f"example: {example}", parents=[shared]
        )
        _add(name, command)
    return whole


def _add(name: str, command: argparse.ArgumentParser) -> None:
    match name:
        case "login":
            command.add_argument("--user", help="asked for when not given")
            command.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        case "calls" | "seats":
            command.add_argument("--area", help="of this area and its counties only: 郑州 or zhengzhou")
            command.add_argument("--state", help="in this state only: waiting, talking, paused …")
        case "queues":
            command.add_argument("--area", help="this area and its counties only")
        case "show" | "hangup":
            command.add_argument("call", metavar="CALL", help="as `calls` lists it")
        case "watch":
            command.add_argument("--area", help="of this area and its counties only")
            command.add_argument("--count", type=int, metavar="N", help="end after N changes")
        case "history":
            command.add_argument("--area", help="郑州 or zhengzhou, with its counties")
            command.add_argument("--since", type=moment, help="e.g. 30m, 2h, 3d, 2026-11-22, 2026-11-22T08:30")
            command.add_argument("--until", type=moment, help="until before; same forms")
            command.add_argument("--number", help="the caller's")
            command.add_argument("--outcome", help="answered, abandoned_in_queue, …")
            command.add_argument(
                "--origin", help="made by trunk, seat or platform; default: all but the platform's own, to supervisors"
            )
            command.add_argument("--limit", type=int, default=50)
        case "recording":
            command.add_argument("call", metavar="CALL")
            command.add_argument("--id", help="which one, when the call has several; `show --json` lists them")
            command.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: CALL.wav; mode 600")
            command.add_argument("--reason", required=True, help="kept in the audit row")
        case "audit":
            command.add_argument("action", nargs="?", choices=("verify",), help="prove the chain of rows")
            command.add_argument("--since", type=moment, help="e.g. 30m, 2h, 3d, 2026-11-22")
            command.add_argument("--limit", type=int, default=50)
        case "supervisions":
            command.add_argument("seat", metavar="SEAT", nargs="?", help="default: your own")
            command.add_argument("--limit", type=int, default=50)
        case "listen" | "whisper" | "barge" | "takeover":
            command.add_argument("target", metavar="SEAT|CALL")
        case "switch":
            command.add_argument("id", metavar="ID", help="as the command that began it printed")
            command.add_argument("mode", choices=MODES)
        case "leave":
            command.add_argument("id", metavar="ID", help="as the command that began it printed")
        case "move":
            command.add_argument("call", metavar="CALL")
            command.add_argument("to", metavar="TO", help="a seat's number, or an area")
        case "transfer":
            command.add_argument("seat", metavar="SEAT")
            command.add_argument(
                "to", metavar="TO", nargs="?", default="", help="seat, area, group; as dialled or by name"
            )
            command.add_argument("--how", choices=("blind", "attended", "threeway"), default="blind")
        case "raise-hand":
            command.add_argument("seat", metavar="SEAT")
            command.add_argument(
                "group", metavar="GROUP", nargs="?", default="", help="default: the province's support"
            )
            command.add_argument("--heard-by", choices=("seat", "both"), default="seat")
        case "pause" | "unpause" | "logout" | "hold" | "unhold" | "complete" | "cancel":
            command.add_argument("seat", metavar="SEAT")
    if name in (*ACTS, *PASSES):
        command.add_argument("--reason", default="", help="kept in the audit row")


def moment(text: str, now: datetime | None = None) -> str:
    """A time as people write it, China's unless it says otherwise, as ISO 8601. Raises `BadInput`."""
    now = now or SystemClock().now().astimezone(CHINA)
    if found := re.fullmatch(r"(\d{1,6})([smhd])", text, re.ASCII):
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]
        return (now - timedelta(seconds=int(found[1]) * unit)).isoformat(timespec="seconds")
    try:
        clock = re.fullmatch(r"(\d{1,2}):(\d{2})", text, re.ASCII)
        if clock:
            return now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0).isoformat()
        given = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no time: write 30m, 2h, 3d, 08:30, 2026-11-22 or 2026-11-22T08:30") from None
    return (given if given.tzinfo is not None else given.replace(tzinfo=CHINA)).isoformat()
