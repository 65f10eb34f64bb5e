"""What a command prints for people, and how it fails: one line on standard error, exit code 1 or 2."""

import argparse
import errno
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.errors import BadInput, HotlineError, MissingComponent

EXIT_DONE = 0
EXIT_CHECK_FAILED = 1
EXIT_BAD_INPUT = 2

_MACHINE = {
    errno.ENOSPC: "free some room on that disk",
    errno.EDQUOT: "free some room: the quota is used up",
    errno.EROFS: "that disk is read-only",
    errno.EACCES: "it belongs to another user",
    errno.EPERM: "this needs another user's rights",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}
"""What only the machine's owner can mend, and how; any other system error is our mistake and keeps its traceback."""

_MOST_ROWS = 10_000
_PIPED_WIDTH = 200
"""Columns when nobody's terminal sets them: a table in a file or a pipe is not folded."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Arguments(argparse.ArgumentParser):
    """`argparse`, but a mistake is one line on standard error that names the help (exit code 2)."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: {inert(message)} ({self.prog} --help shows how)\n")


def rows_wanted(text: str) -> int:
    """The argument of `--count`: 1 to 10,000. Raises `ArgumentTypeError`."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= _MOST_ROWS):
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no number from 1 to {_MOST_ROWS}")
    return int(text)


def print_json(value: Any) -> None:
    """One JSON document on one line, Chinese as Chinese."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns, coloured on a terminal. Cell text is inert: no markup is read, controls are shown escaped."""
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(inert(str(cell))) for cell in row))
    out.print(table)


def inert(text: str) -> str:
    """`text` with everything a terminal would obey (controls, bidi marks, escape sequences) shown as an escape."""
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)


def run(command: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """The exit code of `command(arguments)`; our own errors become one line on standard error."""
    try:
        return command(arguments)
    except (BadInput, MissingComponent) as error:
        err.print(Text(f"hotline: {inert(str(error))}", style="red"))
        return EXIT_BAD_INPUT
    except HotlineError as error:
        err.print(Text(f"hotline: {inert(str(error))}", style="red"))
        return EXIT_CHECK_FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing more to say.
        sys.stderr.close()
        return EXIT_CHECK_FAILED
    except OSError as error:
        if error.errno not in _MACHINE:
            raise
        place = error.filename or "a file"
        err.print(Text(f"hotline: {inert(f'{place}: {error.strerror}; {_MACHINE[error.errno]}')}", style="red"))
        return EXIT_BAD_INPUT
