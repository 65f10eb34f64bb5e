"""What a scenario expects that cannot come true, though every line of it is right: looked for when it is whole."""

from collections.abc import Iterator

from sim.scenario import CallerPlan, Scenario, SeatPlan

_VOICES = ("hears", "does_not_hear", "prompt_stops", "mouth_to_ear")


def nonsense(scenario: Scenario) -> Iterator[tuple[int, str]]:
    """(line, what cannot be)."""
    does = {(step.actor, step.verb) for step in scenario.steps if step.kind == "do"}
    silent = {c.name for c in scenario.callers if not c.says and not c.story and (c.name, "says") not in does}
    deaf = {s.name for s in scenario.seats if not _answers(s) and (s.name, "answers") not in does}
    for step in scenario.steps:
        if step.kind != "expect":
            continue
        voice = step.options.get("of") if step.verb == "mouth_to_ear" else step.argument
        if step.verb in _VOICES and voice in silent:
            yield step.line, f"{voice} says nothing in this scenario: give it `says`, or a step `{voice}: says …`"
        wanted = step.argument if step.verb == "lands_on" else ()
        if wanted and deaf.issuperset(wanted):
            names = " or ".join(wanted)
            yield step.line, f"{names} never answers: give it `answer_after`, or a step `{wanted[0]}: answers`"


def _answers(plan: SeatPlan | CallerPlan) -> bool:
    return plan.answer_after is not None and not plan.declines
