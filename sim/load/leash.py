"""Ends the processes of its own group when its standard input does: when whoever started them is gone, however.

SIPp told twice by SIGUSR1 hangs up what it has and ends; what is left after a moment is killed. Run as a file.
"""

import os
import signal
import sys
import time

_BETWEEN_SECONDS = 0.3
_END_SECONDS = 3.0


def main() -> None:
    """Wait for the end of the input, then end the group."""
    for ignored in (signal.SIGUSR1, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    for pause in (_BETWEEN_SECONDS, _END_SECONDS):
        os.killpg(0, signal.SIGUSR1)
        time.sleep(pause)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
