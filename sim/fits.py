"""Does a scenario fit a profile: prompts, seats, users, commands and disks it names are known there.

A slip of the pen is told before anything is dialled.
"""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from sim.problems import Problem, near
from sim.profile import Profile
from sim.scenario import Scenario, SeatPlan, Step, SupervisorPlan
from sim.sound import SOUND_ENDINGS

_PROMPT = "prompt:"
_DISKS = ("fill", "empty")
_SHOWN = 6


def misfits(scenario: Scenario, profile: Profile) -> list[Problem]:
    """What the scenario names and the profile does not know; nothing when it lacks what the scenario `needs`."""
    if profile.lacks(scenario.needs):
        return []
    text = scenario.file.read_text(encoding="utf-8").splitlines() if scenario.file.exists() else []
    found = [
        Problem(scenario.file, next((at for at, line in enumerate(text, 1) if name in line), 1), told)
        for name, told in _actors(scenario, profile)
    ]
    found += [Problem(scenario.file, step.line, told) for step in scenario.steps for told in _step(step, profile)]
    return sorted(set(found))


def _actors(scenario: Scenario, profile: Profile) -> Iterator[tuple[str, str]]:
    """(the name to look for in the file, what is wrong with it)."""
    users = profile.api.users if profile.api else {}
    phones: list[SeatPlan | SupervisorPlan] = [*scenario.seats, *scenario.supervisors]
    for number in (phone.seat for phone in phones if phone.registers and phone.seat not in ("", *profile.seats)):
        hint = near(number, profile.seats)
        yield number, f"the profile knows no password of seat {number} (seats, or SIM_SEATS){hint}"
    for user in (*(one.user for one in scenario.supervisors), *(one.user for one in scenario.seats if one.user)):
        if not profile.api:
            yield user, f"the profile names no API (api: url, users), nor user {user} there"
        elif not users:
            yield user, f"the profile names no user of the API (api: users), nor {user}"
        elif user not in users:
            yield user, f"the profile knows no user {user} of the API{_known(user, users)}"
    called = next((one for one in scenario.callers if one.called), None)
    if called is not None and profile.carrier is None:
        yield called.name, f"{called.name} waits to be called, but the profile names no carrier: {{host, port}}"


def _step(step: Step, profile: Profile) -> Iterator[str]:
    if step.kind == "fault" and step.verb == "run" and step.argument not in profile.commands:
        yield f"the profile names no command {step.argument}{_known(step.argument, profile.commands)}"
    if step.kind == "fault" and step.verb in _DISKS and step.argument not in profile.disks:
        yield f"the profile names no disk {step.argument}{_known(step.argument, profile.disks)}"
    named = step.argument if step.kind == "expect" and isinstance(step.argument, str) else ""
    if named.startswith(_PROMPT):
        key = named.removeprefix(_PROMPT)
        if profile.prompts is None:
            yield f"{named}: the profile names no folder of prompts"
        elif not any((profile.prompts / f"{key}{ending}").exists() for ending in SOUND_ENDINGS):
            yield f"{named}: no such prompt in {profile.prompts}{_known(key, _prompts(profile.prompts))}"


def _prompts(folder: Path) -> list[str]:
    return sorted({file.stem for file in folder.glob("*") if file.suffix in SOUND_ENDINGS})


def _known(word: str, known: Iterable[str]) -> str:
    """What was perhaps meant, else what there is: the likest few."""
    names = list(known)
    likest = difflib.get_close_matches(word, names, _SHOWN, 0.0)
    return near(word, names) or (f"; it knows {', '.join(likest)}{' …' * (len(names) > _SHOWN)}" if names else "")
