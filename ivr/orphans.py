"""A process of ours that nobody watches over any more had better end."""

import ctypes
import signal
from contextlib import suppress
from typing import Final

_PARENT_DEATH: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends, even while it is stopped."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
