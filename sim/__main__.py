"""`python -m sim COMMAND …`: the simulator's commands."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from sim.errors import SimError
from sim.interrupt import EXIT_INTERRUPTED

COMMANDS = {
    "check": ("sim.cli.run:check_main", "check scenario files"),
    "run": ("sim.cli.run:run_main", "play scenarios and judge them"),
    "load": ("sim.cli.load:main", "many callers at once, by SIPp"),
    "practice": ("sim.cli.practice:main", "ring a trainee's phone with a story"),
    "say": ("sim.cli.sound:say_main", "speak a text into a WAV file"),
    "heard": ("sim.cli.sound:heard_main", "was this heard in that recording?"),
    "first-calls": ("sim.cli.first_calls:main", "place the first calls of a profile and judge them"),
}
EXIT_FAILED, EXIT_BAD_INPUT = 1, 2


def main(argv: Sequence[str]) -> int:
    """Exit code of the command: 0 all held, 1 a check failed, 2 bad input or a missing piece."""
    if not argv or argv[0] in {"-h", "--help"} or argv[0] not in COMMANDS:
        width = max(map(len, COMMANDS))
        print("usage: python -m sim COMMAND …\n", *(f"  {n:{width}}  {h}" for n, (_, h) in COMMANDS.items()), sep="\n")
        return 0 if argv and argv[0] in {"-h", "--help"} else EXIT_BAD_INPUT
    module, _, function = COMMANDS[argv[0]][0].partition(":")
    command: Callable[[Sequence[str]], int] = getattr(import_module(module), function)
    try:
        return command(argv[1:])
    except SimError as error:
        print(f"sim: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
