"""Waiting in tests: for a condition, with a deadline, letting everything else run."""

import asyncio
from collections.abc import Callable


async def becomes(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns when `condition()` holds. Raises `TimeoutError` after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for knows nothing of tests
            await asyncio.sleep(0)
