"""Ctrl-C and a polite kill are one thing: what runs is cancelled, and ends its calls before it goes."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_INTERRUPTED = 130


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it SIGTERM does what Ctrl-C does: the main task is cancelled."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
