"""What a failed expectation says more, once the scenario is over: which prompts were heard, and when."""

import asyncio
from collections.abc import Sequence

from sim.errors import BadScenario
from sim.handset import LegView
from sim.prompts import Spoken, shelf, spoken
from sim.scenario import Step
from sim.sound import RATE
from sim.stage import Actor, Stage

_OF_SOUND = {
    "hears", "prompt_stops", "hears_text", "hears_anything", "hears_nothing", "reply_within", "lands_on", "answered",
    "ends_with", "stays_up", "enters_queue",
}  # fmt: skip
"""Expectations whose failure is told by what the actor heard."""
_TOLD = 6
"""Prompts named, the last ones: an announcement may be repeated for minutes."""


async def heard_instead(stage: Stage, step: Step, until: float) -> str:
    """The prompts the step's actor heard by `until`; empty where that tells nothing."""
    folder, actor = stage.profile.prompts, stage.actors.get(step.options.get("who") or step.options.get("call_of", ""))
    legs = [leg for leg in (actor.phone.legs if actor else []) if "established" in leg.moments and leg.began < until]
    if folder is None or actor is None or step.verb not in _OF_SOUND or not legs:
        return ""
    try:
        heard, looked = await asyncio.to_thread(_spoken_on, stage, legs[-1], until)
    except BadScenario as error:
        return str(error)
    since = stage.marks.get(step.options.get("since", ""), 0.0)
    lately = [one for one in heard if _end(legs[-1], one) > since]
    return _told(actor, legs[-1], step, lately) + looked


def _spoken_on(stage: Stage, leg: LegView, until: float) -> tuple[list[Spoken], str]:
    folder = stage.profile.prompts
    if folder is None:
        return [], ""
    samples = leg.recording.samples(until=until)
    found, looked = spoken(shelf(folder), samples)
    short = f" (looked at the first {looked / RATE:.0f} s of sound)" if looked < len(samples) else ""
    stage.prompts_heard[leg.name] = [(one.name, one.seconds) for one in found]
    return found, short


def _end(leg: LegView, one: Spoken) -> float:
    return leg.recording.moment(max(0, one.begins)) + one.seconds


def _told(actor: Actor, leg: LegView, step: Step, heard: Sequence[Spoken]) -> str:
    if not heard:
        return f"{actor.name} heard no prompt of the platform"
    places = [f"{one.name} at {leg.recording.moment(max(0, one.begins)) - leg.began:.1f} s" for one in heard[-_TOLD:]]
    earlier = f"{len(heard) - _TOLD} prompts, then " if len(heard) > _TOLD else ""
    listed = " and ".join(filter(None, [", ".join(places[:-1]), places[-1]]))
    other = step.verb == "hears" and all(one.name != step.options["hears"] for one in heard)
    return f"{actor.name} heard {earlier}{listed}{' instead' if other else ''}"
