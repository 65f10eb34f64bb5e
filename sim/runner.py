"""Many scenarios: found, chosen by tag, repeated, several at a time where their seats do not meet."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import BadScenario
from sim.interrupt import stoppable
from sim.lint import check
from sim.play import Result, play
from sim.problems import Problem
from sim.profile import Profile
from sim.scenario import Scenario

_NOT_A_NAME = re.compile(r"[^\w一-鿿]+")
_SEAT_DIGITS = 4
_KEY = re.compile(r"^(\w+):", re.MULTILINE)
_INSTEAD = {"load": ": `sim load` runs it", "story": ": `sim practice` plays it"}
_KINDS = {"load": "load", "story": "story", "profile": "host"}


@dataclass(frozen=True, slots=True)
class Job:
    """One playing of one scenario."""

    scenario: Scenario
    folder: Path
    number: int
    """Which repetition, from 1."""

    @property
    def claims(self) -> set[str]:
        """What no two jobs share at a time: areas whose seats it registers (a seat number without its last four
        digits), the supervisors' phones, the carrier's one port."""
        phones = [seat.seat for seat in self.scenario.seats]
        users = {supervisor.user for supervisor in self.scenario.supervisors}
        carrier = {"carrier"} if any(caller.called for caller in self.scenario.callers) else set()
        return {number[:-_SEAT_DIGITS] or number for number in phones} | users | carrier


def kind_of(file: Path) -> str:
    """What a file is by its first keys: `load`, `story`, `profile`; anything else is meant to be a `scenario`."""
    try:
        keys = set(_KEY.findall(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return "scenario"
    return next((kind for kind, key in _KINDS.items() if key in keys and "scenario" not in keys), "scenario")


def find(paths: Iterable[Path], kinds: Iterable[str] = ("scenario",)) -> list[Path]:
    """Scenario files among `paths`; of what lies in a folder, files of other kinds are left out. Raises `BadScenario`
    when there is none."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*.y*ml")) if path.is_dir() else []
        found += [file for file in inside if kind_of(file) in kinds] if path.is_dir() else [path]
    files = [file for file in found if file.suffix in (".yaml", ".yml") and not file.name.startswith("_")]
    if not files:
        raise BadScenario(f"no scenario files (.yaml, .yml) in {', '.join(map(str, paths))}")
    return files


def read_all(files: Sequence[Path], tags: Sequence[str] = ()) -> tuple[list[Scenario], list[Problem]]:
    """(scenarios with any of `tags`, problems of all files). A tag beginning with `-` leaves scenarios out."""
    scenarios, problems = [], []
    wanted = {tag for tag in tags if not tag.startswith("-")}
    unwanted = {tag[1:] for tag in tags if tag.startswith("-")}
    for file in files:
        kind = kind_of(file)
        if kind != "scenario":
            problems.append(Problem(file, 1, f"this is a {kind}, not a scenario{_INSTEAD.get(kind, '')}"))
            continue
        scenario, wrong = check(file)
        problems += wrong
        if scenario and (not wanted or wanted & set(scenario.tags)) and not unwanted & set(scenario.tags):
            scenarios.append(scenario)
    return scenarios, problems


def plan(scenarios: Sequence[Scenario], out: Path, repeat: int = 1) -> list[Job]:
    """What is to be played, each with a folder of its own below `out`."""
    return [
        Job(scenario, out / f"{slug(scenario.file.stem)}{f'-{number}' if repeat > 1 else ''}", number)
        for number in range(1, repeat + 1)
        for scenario in scenarios
    ]


@dataclass(slots=True)
class Floor:
    """Who may play now. Jobs that need a stage of their own wait until nobody else plays."""

    jobs: int
    busy: set[str] = field(default_factory=set)
    playing: int = 0
    alone: bool = False

    def admits(self, job: Job) -> bool:
        """Whether the job may begin."""
        if self.alone or self.playing >= self.jobs:
            return False
        return self.playing == 0 if job.scenario.alone else not self.busy & job.claims

    def enter(self, job: Job) -> None:
        """It begins."""
        self.playing += 1
        self.busy |= job.claims
        self.alone = job.scenario.alone

    def leave(self, job: Job) -> None:
        """It is over."""
        self.playing -= 1
        self.busy -= job.claims
        self.alone = False


async def run(
    jobs: Sequence[Job], profile: Profile, at_a_time: int, tell: Callable[[str], None], *, keep_going: bool = False
) -> list[Result]:
    """Play all jobs; results in the order of the jobs. Interrupted, it gives those there are by then."""
    floor, changed = Floor(at_a_time), asyncio.Condition()
    results: dict[int, Result] = {}

    async def one(index: int, job: Job) -> None:
        async with changed:
            await changed.wait_for(lambda: floor.admits(job))
            floor.enter(job)
        try:
            await asyncio.to_thread(job.folder.mkdir, parents=True, exist_ok=True)
            lines: list[str] = []
            # Alone on the floor, the steps are shown as they happen; side by side they would mix.
            say = tell if at_a_time == 1 else lines.append
            say(f"▶ {job.scenario.name}  ({job.scenario.file})")
            result = await play(job.scenario, profile, job.folder, say, keep_going=keep_going)
            failed = "✗ COULD NOT BE PLAYED" if result.misfit else "✗ FAILED"
            failed = "✗ INTERRUPTED" if result.interrupted else failed
            verdict = "- not played" if result.lacks else "✓ held" if result.ok else failed
            say(f"{verdict} {job.scenario.name}, {result.seconds:.1f} s")
            for failure in (*result.lacks, *result.failures):
                say(f"    {failure}")
            for line in lines:
                tell(line)
            results[index] = result
        finally:
            async with changed:
                floor.leave(job)
                changed.notify_all()

    playing = [asyncio.create_task(one(index, job)) for index, job in enumerate(jobs)]
    with stoppable():
        try:
            await asyncio.gather(*playing)
        except asyncio.CancelledError:
            # `gather` does not wait for all it has cancelled.
            for task in playing:
                task.cancel()
            await asyncio.gather(*playing, return_exceptions=True)
    return [results[index] for index in sorted(results)]


def slug(name: str) -> str:
    """A name fit for a file."""
    return _NOT_A_NAME.sub("-", name).strip("-") or "scenario"
