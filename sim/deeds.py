"""What actors do: one function a verb. None of them waits for what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from sim import commands
from sim.errors import PhoneError
from sim.handset import LegView
from sim.practice import Practice, Story, Teller, read_story, story_file, tell_story
from sim.scenario import CallerPlan, Step
from sim.stage import Actor, Stage, number_of
from sim.words import PIN

_KEY_GAP_MS = 80
_SAFE = "*+"
"""Signs of a number that stand in an address as they are; `#` must not."""
_ANSWER_SECONDS = 25.0
_CLOSED_SECONDS = 1.0
_JOINED_SECONDS = 2.0
"""At most, from the answer to the first sound of the other side."""
Deed = Callable[[Stage, Actor, Step], Awaitable[None]]


async def do(stage: Stage, step: Step) -> None:
    """Do one step of an actor's. Raises `PhoneError` when the phone cannot."""
    actor = stage.actors[step.actor]
    stage.note(actor.name, step.text.removeprefix(actor.name).strip())
    await DEEDS[step.verb](stage, actor, step)


async def _dials(stage: Stage, actor: Actor, step: Step) -> None:
    plan = actor.plan
    headers = dict(plan.headers) if isinstance(plan, CallerPlan) else {}
    if isinstance(plan, CallerPlan) and plan.withheld:
        headers.setdefault("Privacy", "id")
    headers |= step.options.get("headers") or {}
    leg = await actor.phone.dial(number_of(stage, step.argument), headers)
    if isinstance(plan, CallerPlan) and plan.story:
        story = read_story(story_file(plan.story, stage.scenario.file.parent))
        stage.background(actor, "tells a story", _tells(stage, actor, leg, story))
    else:
        stage.background(actor, "speaks", stage.greet(actor, leg))
    if isinstance(plan, CallerPlan) and plan.patience is not None:
        stage.background(actor, "loses patience", _lose_patience(stage, actor, leg, plan.patience))


async def _tells(stage: Stage, actor: Actor, leg: LegView, story: Story) -> None:
    """Tell a trainee the story, turn by turn."""

    async def say(line: str) -> float:
        stage.note(actor.name, f"says {line}")
        speech, _ = await stage.speech(actor, line)
        await stage.say(actor, leg, speech, loop=False)
        return next(reference.seconds for reference in stage.references(actor.name) if reference.name == speech)

    practice = Practice(story.title, aims=story.aims)
    await tell_story(story, Teller(stage.until, leg, say, practice, lambda told: stage.note(actor.name, told.strip())))
    actor.practice = practice


async def _lose_patience(stage: Stage, actor: Actor, leg: LegView, patience: float) -> None:
    """Hang up unless some seat's voice has been heard by then, or the line is no more."""
    await stage.until(lambda: leg.over, patience)
    seats = [other for other in stage.actors.values() if other.is_seat]
    heard = any(stage.ear(leg, reference).seconds() > 0 for seat in seats for reference in stage.references(seat.name))
    if not leg.over and not heard:
        stage.note(actor.name, f"hangs up after {patience:g} s without a seat")
        await leg.hang_up()


async def _hangs_up(stage: Stage, actor: Actor, _: Step) -> None:
    await actor.now().hang_up()


async def _presses(stage: Stage, actor: Actor, step: Step) -> None:
    keys = step.argument
    if keys == PIN:
        keys = stage.profile.pins.get(getattr(actor.plan, "seat", ""), "")
        if not keys:
            raise PhoneError(f"the profile knows no PIN of {actor.name} (pins)")
    await actor.now().do("keys", keys=keys, gap_ms=_KEY_GAP_MS)


async def _says(stage: Stage, actor: Actor, step: Step) -> None:
    leg = actor.now()
    actor.directed.add(leg.name)
    speech, _ = await stage.speech(actor, step.argument)
    await stage.say(actor, leg, speech, loop=False)


async def _falls_silent(stage: Stage, actor: Actor, _: Step) -> None:
    leg = actor.now()
    actor.directed.add(leg.name)
    await leg.do("say", speech="", pcm="", loop=False)


async def _holds(stage: Stage, actor: Actor, _: Step) -> None:
    await actor.now().do("hold")


async def _resumes(stage: Stage, actor: Actor, _: Step) -> None:
    # Who has consulted goes back to who was put aside for it.
    held = actor.held
    await (held if held is not None and held.up else actor.now()).do("resume")


async def _answers(stage: Stage, actor: Actor, _: Step) -> None:
    leg = _ringing(actor)
    if leg.up:
        raise PhoneError(f"{actor.name} has answered already")
    await leg.do("answer")
    stage.background(actor, "speaks", stage.greet(actor, leg))


async def _declines(stage: Stage, actor: Actor, _: Step) -> None:
    await _ringing(actor).do("decline")


def _ringing(actor: Actor) -> LegView:
    """Its newest call. Raises `PhoneError` that says what a tester has forgotten."""
    leg = actor.leg
    if leg is None:
        wait = f"expect: {{who: {actor.name}, rings: yes}}"
        raise PhoneError(f"{actor.name} has no call: it has not rung (steps wait for nothing; write before it {wait})")
    return leg


async def _registers(stage: Stage, actor: Actor, _: Step) -> None:
    await actor.phone.register()


async def _unregisters(stage: Stage, actor: Actor, _: Step) -> None:
    await actor.phone.unregister()


async def _loses_line(stage: Stage, actor: Actor, _: Step) -> None:
    await actor.phone.die()


async def _transfers(stage: Stage, actor: Actor, step: Step) -> None:
    if step.options.get("how") == "attended":
        stage.background(actor, f"transfers to {step.argument}", _attended(stage, actor, step))
        return
    address = f"sip:{quote(number_of(stage, step.argument), safe=_SAFE)}@{stage.profile.host}:{stage.profile.port}"
    stage.background(actor, f"transfers to {step.argument}", _passes_on(stage, actor.now(), address))


async def _passes_on(stage: Stage, leg: LegView, address: str) -> None:
    # No hand is quicker than the exchange: in the milliseconds between answer and talk no call can be passed on (400).
    await stage.until(lambda: "audio" in leg.moments or leg.over, _JOINED_SECONDS)
    try:
        await leg.do("transfer", address=address)
    except PhoneError:
        # That the far end hangs up before it tells how it went is an outcome, too.
        if not await stage.until(lambda: leg.over, _CLOSED_SECONDS):
            raise


async def _attended(stage: Stage, actor: Actor, step: Step) -> None:
    await _consults(stage, actor, step)
    consult = actor.consult
    if consult is None:
        raise PhoneError("the consultation was not begun")
    await stage.until(lambda: consult.up or consult.over, _ANSWER_SECONDS)
    if not consult.up:
        raise PhoneError(f"{step.argument} did not answer: {consult.ending or 'still ringing'}")
    # The two talk for a moment, as people do, before the caller is handed on.
    await asyncio.sleep(1.0)
    await _completes(stage, actor, step)


async def _consults(stage: Stage, actor: Actor, step: Step) -> None:
    held = actor.now()
    await held.do("hold")
    actor.held = held
    actor.consult = await actor.phone.dial(number_of(stage, step.argument), {})
    stage.background(actor, "speaks", stage.greet(actor, actor.consult))


async def _completes(stage: Stage, actor: Actor, _: Step) -> None:
    if actor.held is None or actor.consult is None:
        raise PhoneError(f"{actor.name} has consulted nobody")
    stage.background(actor, "completes the transfer", actor.held.do("attended_transfer", consult=actor.consult.name))


DEEDS: dict[str, Deed] = {
    "dials": _dials,
    "hangs_up": _hangs_up,
    "presses": _presses,
    "says": _says,
    "falls_silent": _falls_silent,
    "holds": _holds,
    "resumes": _resumes,
    "answers": _answers,
    "declines": _declines,
    "registers": _registers,
    "unregisters": _unregisters,
    "loses_line": _loses_line,
    "transfers": _transfers,
    "consults": _consults,
    "completes_transfer": _completes,
    "listens_to": commands.supervise,
    "whispers_to": commands.supervise,
    "barges_into": commands.supervise,
    "takes_over": commands.supervise,
    "stops": commands.stop,
    "ends_call_of": commands.end_call,
    "moves": commands.move,
    "pauses": commands.order_seat,
    "readies": commands.order_seat,
    "logs_out": commands.order_seat,
    "brings_in": commands.bring_in,
    "raises_hand": commands.raise_hand,
    "asks_api": commands.ask,
}
