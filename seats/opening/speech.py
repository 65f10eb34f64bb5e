"""Has an announcement spoken by the platform's voice, which is a program of its own."""

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from core.errors import BadInput, HotlineError
from core.settings import ENVIRONMENT_PREFIX, PROJECT, Settings, environment_of

DEADLINE: Final = 20.0
"""Seconds; the built-in voice needs about one."""
_SOUND: Final = re.compile(r"notices/[0-9a-f]{16}")
Speech = Callable[[str], Awaitable[str]]
"""Text → the prompt key of its sound, which is on disk then. Raises `BadInput`, `NotSpoken`."""


class NotSpoken(HotlineError):
    """The voice did not say it; nothing is announced."""


def speech(settings: Settings) -> Speech:
    """The voice of this copy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    environment = {**kept, "PYTHONPATH": str(PROJECT), "PYTHONSAFEPATH": "1", **environment_of(settings)}

    async def say(text: str) -> str:
        try:
            async with asyncio.timeout(DEADLINE):
                return await _run(text, environment)
        except TimeoutError:
            raise NotSpoken(f"the voice has said nothing for {DEADLINE:g} s") from None

    return say


async def _run(text: str, environment: dict[str, str]) -> str:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "ivr.prompts.notices")
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    try:
        said, complaint = await process.communicate(text.encode())
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    sound = said.decode("utf-8", "replace").strip()
    if process.returncode or not _SOUND.fullmatch(sound):
        why = complaint.decode("utf-8", "replace").strip().removeprefix("hotline: ")[:200]
        raise BadInput(why) if process.returncode == 2 else NotSpoken(f"the voice did not say it: {why}")
    return sound
