"""`hotline COMMAND …`: finds the command's room and runs it. Rooms are loaded only when asked for."""

import difflib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.console import EXIT_BAD_INPUT, EXIT_DONE, run


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives, and one line about it."""

    target: str
    """`package.module:function`; the function takes the arguments after the command's name and gives the exit code."""
    about: str


GROUPS: dict[str, dict[str, Command]] = {
    "Run the platform": {
        "demo": Command("ops.demo:main", "three real calls on this machine, every check shown, then stop"),
        "up": Command(
            "ops.up:main", "start everything and say how a softphone registers and dials in (-d: background)"
        ),
        "down": Command("ops.down:main", "stop what `up` started"),
        "doctor": Command("ops.doctor:main", "what is installed, running or wrong, and how to mend it"),
        "seats": Command("ops.seats:main", "list and add seats, passwords, a seat's day, shifts, wrap-up"),
        "home": Command("ops.home:main", "an area's seats answer at home: on, off, list, pins"),
        "users": Command("seats.accounts.cli:main", "who may log in: list, add, password, disable"),
        "monitor": Command("seats.cli.main:main", "call-monitor, the supervisors' terminal: live board, lists, acts"),
        "test": Command("ops.testrun:main", "style, types, floors and every kind of test"),
    },
    "Ask the rooms": {
        "where": Command("routing.cli:where", "number → area, and why"),
        "hours": Command("routing.hours_cli:main", "working hours, holidays, closures, filing days of each area"),
        "announce": Command("ivr.prompts.announce_cli:main", "what callers of an area hear first: say, list, off"),
        "segments": Command("routing.cli:segments", "the table of mobile segments: what is in force, import, build"),
        "ask": Command("knowledge.cli:ask", "question → what the voice would answer, and how sure"),
        "knowledge": Command("knowledge.cli:knowledge", "the entries: list, show, add, edit, retire, check, calibrate"),
        "records": Command("seats.records.cli:main", "calls as stored in Postgres"),
        "callbacks": Command("seats.callbacks.cli:callbacks", "who is owed a call: list, call now, cancel, close"),
        "appointments": Command("seats.callbacks.cli:appointments", "calls at a chosen half-hour: list, now, cancel"),
        "messages": Command(
            "seats.callbacks.cli:messages", "messages callers left: list, hear, assign, call back, close"
        ),
        "sharing": Command(
            "seats.sharing.cli:main", "seats that help other areas: the plan, why a seat answers, how many are needed"
        ),
        "groups": Command("seats.moves.cli:main", "groups of experts, and what a seat dials to move a call"),
        "report": Command("seats.records.figures.cli:main", "connect rate, waiting, abandoned by area, half-hour, day"),
        "prompts": Command("ivr.prompts.cli:main", "what callers hear: list, build"),
        "hear": Command("ivr.speech.cli:hear", "sound file → words"),
        "speech": Command("ivr.speech.cli:speech", "the recogniser's models: show, install"),
    },
    "Test from outside": {
        "sim": Command("sim.__main__:main", "SIP call simulator: scenarios, load"),
        "sim-profile": Command("ops.simprofile:main", "what the simulator must know of the running copy"),
    },
}
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit code: 0 done, 1 a check failed, 2 wrong input or a missing component."""
    name, *rest = argv or ["--help"]
    if name in {"--help", "-h", "help"}:
        sys.stdout.write(overview())
        return EXIT_DONE
    command = COMMANDS.get(name)
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "hotline --help lists them"
        sys.stderr.write(f"hotline: no command {name!r}; {hint}\n")
        return EXIT_BAD_INPUT
    # Loading the room belongs to the command: Ctrl-C there is no traceback either.
    return run(lambda arguments: _function(command)(arguments), rest)


def overview() -> str:
    """Every command with its line, by group."""
    width = max(map(len, COMMANDS)) + 2
    lines = ["12366 tax hotline: callers of a province reach a seat of their own city.", "", "usage: hotline COMMAND …"]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {name:<{width}}{command.about}" for name, command in group.items())]
    lines += [
        "",
        "`hotline COMMAND --help` says more. Settings: core/settings.py, hotline.toml, HOTLINE_… variables.",
        "",
    ]
    return "\n".join(lines)


def _function(command: Command) -> Callable[[Sequence[str]], int]:
    module, _, function = command.target.partition(":")
    found: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), function)
    return found


if __name__ == "__main__":
    # argparse shows the name a person typed.
    sys.argv[0] = "hotline"
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
