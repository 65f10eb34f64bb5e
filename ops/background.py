"""`up -d`: the process that stays. It says on a pipe when everything serves."""

import os
import sys
from collections.abc import Sequence

from core import log, settings
from core.console import EXIT_DONE, run
from ops.instance import Instance
from ops.progress import Progress
from ops.up import serve


def main(argv: Sequence[str]) -> int:
    """`argv[0]`: the pipe's file descriptor."""
    current = settings.load(os.environ)
    log.start(current.log.level)

    def ready() -> None:
        with os.fdopen(int(argv[0]), "wb") as pipe:
            pipe.write(b"1")

    serve(Instance(current, Progress().say), ready)
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(run(main, sys.argv[1:]))
