"""The call of the demonstration that is spoken: a scenario of the simulator, and what was noted of its question."""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import HotlineError
from core.ids import AreaId
from core.journal import JournalReader
from core.settings import PROJECT
from knowledge.told import FACT
from ops import simprofile
from ops.instance import Instance
from ops.programs import own_environment

AREA: Final = AreaId("anyang")
"""Whose callers the voice answers in the demonstration, where no setting says."""
_SCENARIO: Final = PROJECT / "sim" / "scenarios" / "voice" / "question-then-a-person.yaml"
_DEADLINE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of it."""

    about: str
    ok: bool
    steps: tuple[dict[str, Any], ...]
    """As the simulator has them: `text, ok, detail`."""
    questions: tuple[dict[str, Any], ...]
    """As noted: `question, action, entry`."""


async def placed(copy: Instance, folder: Path) -> Spoken:
    """Place it; recordings go to `folder`. Raises `HotlineError` when the simulator says nothing."""
    profile = folder / "spoken.json"
    await asyncio.to_thread(simprofile.write, copy, profile)
    words = ("run", str(_SCENARIO), "--json", "--profile", str(profile), "--out", str(folder / "spoken"))
    command = (sys.executable, "-m", "sim", *words)
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=own_environment(copy.settings),
    )
    try:
        async with asyncio.timeout(_DEADLINE):
            said, complaint = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise HotlineError(f"the spoken call did not end within {_DEADLINE:.0f} s; logs in {folder}") from None
    finally:
        profile.unlink(missing_ok=True)  # it holds passwords
    try:
        (played,) = json.loads(said)["scenarios"]
    except (ValueError, KeyError) as error:
        lines = complaint.decode(errors="replace").strip().splitlines()
        raise HotlineError(f"the spoken call failed: {lines[-1] if lines else process.returncode}") from error
    steps = tuple({name: step[name] for name in ("text", "ok", "detail")} for step in played["steps"])
    return Spoken(played["scenario"], played["ok"], steps, _questions(copy))


def _questions(copy: Instance) -> tuple[dict[str, Any], ...]:
    noted = JournalReader(copy.settings.paths.journal)
    fields = (fact.fields for fact in noted if fact.kind == FACT)
    return tuple({name: each.get(name) for name in ("question", "action", "entry", "score")} for each in fields)
