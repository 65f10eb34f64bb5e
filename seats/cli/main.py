"""`call-monitor`: finds what was asked for and runs it."""

import asyncio
import importlib
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from core.console import EXIT_BAD_INPUT, EXIT_CHECK_FAILED, EXIT_DONE, err, inert
from core.errors import BadInput, HotlineError, MissingComponent
from seats.cli.arguments import ACTS, PASSES, parser
from seats.cli.client import Denied
from seats.cli.desk import Desk, desk_of

Run = Callable[[Desk], Coroutine[Any, Any, int]]
_RUN: Final = {
    "login": "logins:log_in",
    "signout": "logins:sign_out",
    "whoami": "logins:who_am_i",
    "calls": "reads:calls",
    "seats": "reads:seats",
    "queues": "reads:queues",
    "show": "reads:show",
    "history": "reads:history",
    "recording": "recordings:fetch",
    "audit": "reads:audit",
    "supervisions": "reads:supervisions",
    "watch": "watch:watch",
    **dict.fromkeys((*ACTS, *PASSES, "switch", "leave"), "deeds:act"),
}


def main(argv: Sequence[str]) -> int:
    """Run one command, or the board; the exit code: 0 done, 1 refused or not possible, 2 wrong input."""
    if list(argv) == ["logout"]:
        argv = ["signout"]  # without a seat it can only mean one's own session
    try:
        asked = parser().parse_args(argv)
        desk = desk_of(asked)
        if asked.command is None:
            return _board(desk)
        return asyncio.run(_command(asked.command)(desk))
    except (BadInput, MissingComponent) as error:
        return _failed(error, EXIT_BAD_INPUT)
    except HotlineError as error:
        return _failed(error, EXIT_CHECK_FAILED)


async def _look_around(desk: Desk) -> int:
    """The live board, until it is left."""
    from seats.cli.board.app import Board

    async with desk.client() as client:
        person = await client.me()
        if "see" not in person.verbs:
            raise Denied("role", desk.words("no_board"))
        board = Board(client, person, desk.sight(client), desk.clock)
        said = await board.run_async()
    if board.return_code:
        raise BadInput(said or "the board ended")
    return EXIT_DONE


def _board(desk: Desk) -> int:
    on_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    if desk.json or not on_terminal or os.environ.get("TERM", "dumb") == "dumb":
        raise BadInput("the live board needs a terminal; for scripts there are subcommands: call-monitor --help")
    return asyncio.run(_look_around(desk))


def _command(name: str) -> Run:
    module, _, function = _RUN[name].partition(":")
    found: Run = getattr(importlib.import_module(f"seats.cli.{module}"), function)
    return found


def _failed(error: HotlineError, code: int) -> int:
    err.print(f"call-monitor: {inert(str(error))}", markup=False, style="red")
    return code
