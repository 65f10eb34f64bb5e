"""One scenario, from the first registration to the last hang-up, and what came of it."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim import checks_api, checks_audio, checks_calls, checks_records, checks_talk, checks_text
from sim.api import api_of
from sim.crew import Crew
from sim.deeds import do
from sim.errors import BadScenario, SimError
from sim.faults import Faults
from sim.finding import Finding, Look
from sim.fits import misfits
from sim.instead import heard_instead
from sim.landing import linkedid_of
from sim.profile import Profile
from sim.scenario import Scenario, Step
from sim.stage import Stage
from sim.witness import Seen, Witness

CHECKS: dict[str, Look] = {
    **checks_calls.CHECKS,
    **checks_audio.CHECKS,
    **checks_records.CHECKS,
    **checks_text.CHECKS,
    **checks_talk.CHECKS,
    **checks_api.CHECKS,
}
LONGEST_SECONDS = 600.0
_EXPLAINED = 3
"""Failed steps for which the recording is gone through."""
Tell = Callable[[str], None]


@dataclass(slots=True)
class StepResult:
    """A step and what came of it. `at` counts from the scenario's start, in seconds."""

    at: float
    line: int
    text: str
    kind: str
    ok: bool
    detail: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class LegResult:
    """One leg, for the report. Times count from the scenario's start."""

    actor: str
    direction: str
    number: str
    began: float
    moments: dict[str, float]
    ending: str
    keys: str
    stats: dict[str, float]
    recording: str
    """WAV file, on the scenario's clock."""
    sip: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Result:
    """A whole scenario's outcome."""

    scenario: str
    file: str
    tags: tuple[str, ...]
    rows: tuple[str, ...]
    ok: bool = True
    seconds: float = 0.0
    problem: str = ""
    """Why it could not be played at all."""
    steps: list[StepResult] = field(default_factory=list)
    legs: list[LegResult] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    witnessed: list[dict[str, Any]] = field(default_factory=list)
    lacks: tuple[str, ...] = ()
    """What it needs and the system under test does not offer: it was not played, and neither held nor failed."""
    misfit: bool = False
    """The file and the profile do not fit: nothing is said about the system under test."""
    interrupted: bool = False
    """Ended by Ctrl-C: nothing is said about the system under test."""

    @property
    def failures(self) -> list[str]:
        """What did not hold, one line each."""
        found = [f"line {step.line}: {step.text}: {step.detail}" for step in self.steps if not step.ok]
        return [self.problem, *found] if self.problem else found


async def play(scenario: Scenario, profile: Profile, folder: Path, tell: Tell, *, keep_going: bool = False) -> Result:
    """Play `scenario`; recordings go to `folder`. Never raises for what the system under test does."""
    result = Result(scenario.name, str(scenario.file), scenario.tags, scenario.rows)
    result.lacks = tuple(profile.lacks(scenario.needs))
    if result.lacks:
        return result
    wrong = misfits(scenario, profile)
    if wrong:
        result.problem, result.misfit, result.ok = (
            "; ".join(f"line {one.line}: {one.text}" for one in wrong),
            True,
            False,
        )
        return result
    began = time.monotonic()
    faults = Faults(profile)
    api = api_of(profile)
    stage: Stage | None = None
    witness: Witness | None = None
    try:
        async with Crew(folder, (profile.call_header, profile.area_header)) as crew:
            if profile.ami is not None:
                witness = Witness(profile.ami, crew.wake)
                await witness.open()
            stage = Stage(scenario, profile, crew, folder, witness, api)
            await stage.set()
            try:
                async with asyncio.timeout(LONGEST_SECONDS):
                    await _steps(stage, faults, result, tell, keep_going=keep_going)
            finally:
                await stage.strike()
    except asyncio.CancelledError:
        result.problem, result.interrupted = "interrupted", True
    except TimeoutError:
        result.problem = f"the scenario took more than {LONGEST_SECONDS:g} s"
    except BadScenario as error:
        result.problem, result.misfit = str(error), True
    except SimError as error:
        result.problem = str(error)
    finally:
        with contextlib.suppress(SimError, OSError):
            for done in await faults.undo():
                tell(f"  {done}")
        if api is not None:
            await api.close()
        if witness is not None:
            witness.close()
    result.seconds = round(time.monotonic() - began, 2)
    if stage is not None:
        await _explain(stage, result)
        _collect(stage, result, folder)
    result.ok = not result.problem and all(step.ok for step in result.steps)
    return result


async def _steps(stage: Stage, faults: Faults, result: Result, tell: Tell, *, keep_going: bool) -> None:
    for index, step in enumerate(stage.scenario.steps):
        at = time.monotonic()
        try:
            finding = await _step(stage, faults, step)
        except SimError as error:
            finding = Finding(False, str(error))
        done = StepResult(
            round(at - stage.began, 3), step.line, step.text, step.kind, finding.ok, finding.detail,
            round(time.monotonic() - at, 3),
        )  # fmt: skip
        result.steps.append(done)
        mark = "✓" if done.ok else "✗"
        tell(f"  {done.at:6.2f} {mark if step.kind == 'expect' or not done.ok else ' '} {step.text}"
             + (f"  — {done.detail}" if done.detail else ""))  # fmt: skip
        left = len(stage.scenario.steps) - index - 1
        if not done.ok and not keep_going and left:
            tell(f"         {left} further steps not played")
            break
    for trouble in stage.troubles:
        result.steps.append(StepResult(round(time.monotonic() - stage.began, 3), 0, trouble, "do", False))


async def _step(stage: Stage, faults: Faults, step: Step) -> Finding:
    match step.kind:
        case "do":
            await do(stage, step)
        case "wait":
            await asyncio.sleep(step.argument)
        case "mark":
            stage.marks[step.argument] = time.monotonic()
            stage.note("", f"mark {step.argument}")
        case "fault":
            done = await faults.do(step.verb, step.argument)
            stage.note("", done)
            return Finding(True, done)
        case "expect":
            return await CHECKS[step.verb](stage, step.options)
    return Finding(True, "")


async def _explain(stage: Stage, result: Result) -> None:
    """Say more of what did not hold, now that it disturbs nobody."""
    failed = [(step, done) for step, done in zip(stage.scenario.steps, result.steps, strict=False) if not done.ok]
    for step, done in failed[:_EXPLAINED]:
        heard = await heard_instead(stage, step, stage.began + done.at + done.seconds)
        done.detail = "; ".join(filter(None, (done.detail, heard)))


def _collect(stage: Stage, result: Result, folder: Path) -> None:
    """Put legs, SIP messages, notes and what the witness saw into the result, on the scenario's clock."""

    def clock(at: float) -> float:
        return round(at - stage.began, 3)

    for actor in stage.actors.values():
        for leg in actor.phone.legs:
            wav = folder / f"{actor.name}-{leg.name.rpartition('-')[2]}.wav"
            leg.recording.write_wav(wav, start=stage.began, end=leg.moments.get("closed"))
            heard = [
                {"what": name, "seconds": ear.seconds(), "best_z": round(ear.best(), 1)}
                for (where, name), ear in stage.ears().items()
                if where == leg.name
            ]
            known = {one["what"] for one in heard if one["seconds"]}
            heard += [
                {"what": name, "seconds": seconds, "best_z": 0.0}
                for name, seconds in stage.prompts_heard.get(leg.name, [])
                if name not in known
            ]
            result.legs.append(
                LegResult(
                    actor.name,
                    leg.direction,
                    leg.peer_user,
                    clock(leg.began),
                    {word: clock(at) for word, at in leg.moments.items()},
                    str(leg.ending or leg.end or "up"),
                    leg.keys,
                    leg.stats,
                    str(wav),
                    [{"at": clock(m.at), "sent": m.sent, "label": m.label, "text": m.text} for m in leg.sip],
                    heard,
                )
            )
    result.notes = [{"at": clock(note.at), "actor": note.actor, "text": note.text} for note in stage.notes]
    result.witnessed = _witnessed(stage, clock)


def _witnessed(stage: Stage, clock: Callable[[float], float]) -> list[dict[str, Any]]:
    if stage.witness is None:
        return []
    chains: list[tuple[str, Seen]] = []
    for actor in stage.actors.values():
        linkedid = None if actor.is_seat else linkedid_of(stage, actor)
        if linkedid:
            chains += [(actor.name, seen) for seen in stage.witness.chain(linkedid)]
    return [{"at": clock(seen.at), "call_of": name, "text": seen.text} for name, seen in chains]
