"""Expectations about calls: where they land, what is shown, how they end."""

import time
from collections.abc import Mapping
from typing import Any

from sim.finding import Finding, Look
from sim.handset import LegView
from sim.landing import Landing, caller_leg, landings, linkedid_of, whereabouts
from sim.scenario import SeatPlan
from sim.stage import Actor, Stage, number_of
from sim.words import ANY_ENDING, ENDINGS, WITHHELD


async def lands_on(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The caller's call is answered by one of these seats."""
    caller = stage.actors[options["call_of"]]
    wanted: tuple[str, ...] = options["lands_on"]
    if wanted == ("nobody",):
        await stage.until(lambda: landings(stage, caller), options["within"])
        landed = landings(stage, caller)
        return Finding(not landed, whereabouts(stage, caller))

    def there() -> bool:
        landed = landings(stage, caller)
        return bool(landed) and any(_is(landed[-1], name) for name in wanted)

    # A call goes on after a transfer: where it landed last is what counts, until the time is up.
    await stage.until(lambda: there() or _over(caller), options["within"])
    landed = landings(stage, caller)
    if not landed:
        seen = _by_witness(stage, caller, wanted)
        return Finding(seen != "", seen or whereabouts(stage, caller))
    last = landed[-1]
    leg = caller_leg(caller)
    began = leg.began if leg else last.leg.began
    told = (
        f"landed on {last.seat.name} after {last.leg.moments['established'] - began:.2f} s, "
        f"rang after {last.leg.began - began:.2f} s; proof: {last.proof}"
    )
    wrong = _shown(stage, last.leg, options)
    if not any(_is(last, name) for name in wanted):
        wrong.insert(0, f"expected {' or '.join(wanted)}")
    area = last.leg.header(stage.profile.area_header)
    if "area" in options and area != options["area"]:
        wrong.append(f"area shown {area!r} instead of {options['area']}")
    return Finding(not wrong, "; ".join([told, *wrong]) + (f"; {whereabouts(stage, caller)}" if wrong else ""))


async def rings(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """A seat rings, or (`rings: no`) has not rung by then."""
    seat = stage.actors[options["who"]]
    began = stage.marks[options["since"]] if "since" in options else stage.began

    def rung() -> LegView | None:
        return next((leg for leg in reversed(seat.phone.legs) if leg.direction == "in" and leg.began >= began), None)

    leg = await stage.until(rung, options["within"])
    if not options["rings"]:
        return Finding(leg is None, f"{seat.name} rang" if leg else f"{seat.name} did not ring")
    if leg is None:
        return Finding(False, f"{seat.name} did not ring within {options['within']:g} s; {_everybody(stage)}")
    wrong = _shown(stage, leg, options)
    told = f"{seat.name} rang and shows {leg.peer_user or 'no number'} {leg.name_shown}".rstrip()
    return Finding(not wrong, "; ".join([told, *wrong]))


async def does_not_ring(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """A seat does not ring from now on for so long."""
    seat, since = stage.actors[options["who"]], time.monotonic()
    rung = await stage.until(
        lambda: next((leg for leg in seat.phone.legs if leg.direction == "in" and leg.began > since), None),
        options["does_not_ring"],
    )
    shown = (
        f"{seat.name} rang after {rung.began - since:.1f} s and shows {rung.peer_user}" if rung else "it did not ring"
    )
    return Finding(rung is None, shown)


async def answered(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The newest leg is answered, or (`answered: no`) is not by then."""
    actor = stage.actors[options["who"]]
    leg = await stage.until(
        lambda: (leg := caller_leg(actor)) and "established" in leg.moments and leg, options["within"]
    )
    if leg:
        told = f"answered after {leg.moments['established'] - leg.began:.2f} s"
        return Finding(options["answered"], told)
    return Finding(not options["answered"], whereabouts(stage, actor))


async def ends_with(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The newest leg ends with that status, cause and side."""
    actor = stage.actors[options["who"]]
    leg = await stage.until(lambda: (leg := caller_leg(actor)) and leg.over and leg.ending and leg, options["within"])
    if not leg or leg.ending is None:
        return Finding(False, f"the call has not ended; {whereabouts(stage, actor)}")
    ending, wanted = leg.ending, options["ends_with"]
    wrong = []
    status = ENDINGS.get(wanted, wanted)
    if wanted != ANY_ENDING and str(ending.status) != str(status):
        wrong.append(f"expected {wanted}")
    if "cause" in options and ending.cause != options["cause"]:
        wrong.append(f"expected cause={options['cause']}")
    if "by" in options and ending.by != options["by"]:
        wrong.append(f"expected to be ended {'by our side' if options['by'] == 'here' else 'by the far end'}")
    return Finding(not wrong, "; ".join([str(ending), *wrong]))


async def stays_up(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The newest leg is up and stays so."""
    actor = stage.actors[options["who"]]
    gone = await stage.until(lambda: (leg := caller_leg(actor)) is None or not leg.up, options["stays_up"])
    return Finding(not gone, whereabouts(stage, actor))


async def gets_keys(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Keys arrive, all legs of the actor together."""
    actor = stage.actors[options["who"]]

    def pressed() -> str:
        return "".join(leg.keys for leg in actor.phone.legs)

    ok = await stage.until(lambda: options["gets_keys"] in pressed(), options["within"])
    return Finding(bool(ok), f"{actor.name} got {pressed() or 'no keys'}")


async def header(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """A header of the newest INVITE a seat received."""
    actor = stage.actors[options["who"]]
    await stage.until(lambda: actor.phone.legs, options["within"])
    if not actor.phone.legs:
        return Finding(False, f"{actor.name} has had no call")
    value = actor.phone.legs[-1].header(options["header"])
    ok = value == options["is"] if "is" in options else bool(value) and options.get("contains", "") in value
    return Finding(ok, f"{options['header']}: {value or '(not there)'}")


async def quality(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """MOS estimate and loss of the newest leg, once it is over."""
    actor = stage.actors[options["who"]]
    leg = await stage.until(lambda: (leg := caller_leg(actor)) and leg.over and leg, options["within"])
    if not leg or not leg.stats:
        return Finding(False, "the call has not ended yet, quality is known afterwards")
    received, lost = leg.stats.get("packets_received", 0), leg.stats.get("packets_lost", 0)
    share = lost / (received + lost) if received + lost else 0.0
    ok = leg.stats["mos"] >= options["quality"] and share <= options.get("loss", 1.0) and received > 0
    jitter = f"jitter {leg.stats['jitter_ms']:g} ms"
    return Finding(ok, f"MOS estimate {leg.stats['mos']:g}, {received} packets, {share:.1%} lost, {jitter}")


async def enters_queue(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The call has waited in that queue, by the witness."""
    caller = stage.actors[options["call_of"]]
    if stage.witness is None:
        return Finding(False, "the profile names no manager interface (ami): nobody can see queues")
    witness = stage.witness

    def queues() -> list[str]:
        linkedid = linkedid_of(stage, caller)
        return witness.queues(linkedid) if linkedid else []

    ok = await stage.until(lambda: options["enters_queue"] in queues(), options["within"])
    return Finding(bool(ok), f"queues: {', '.join(queues()) or 'none'}; {whereabouts(stage, caller)}")


async def channels_left(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """So many channels are left, of those that came up while the witness looked."""
    if stage.witness is None:
        return Finding(False, "the profile names no manager interface (ami): nobody can see channels")
    witness = stage.witness
    ok = await stage.until(lambda: len(witness.channels) == options["channels_left"], options["within"])
    return Finding(bool(ok), f"{len(witness.channels)} left: {', '.join(witness.channels.values()) or 'none'}")


def _is(landing: Landing, name: str) -> bool:
    plan = landing.seat.plan
    return landing.seat.name == name or (isinstance(plan, SeatPlan) and plan.seat == name)


def _over(caller: Actor) -> bool:
    leg = caller_leg(caller)
    return leg is not None and leg.over


def _shown(stage: Stage, leg: LegView, options: Mapping[str, Any]) -> list[str]:
    wrong = []
    if "shows_number" in options:
        number = number_of(stage, options["shows_number"])
        seen = "" if leg.peer_user in WITHHELD else leg.peer_user
        if seen != ("" if number in WITHHELD else number):
            wrong.append(f"number shown {leg.peer_user!r} instead of {number or 'none'}")
    if "shows_name" in options and leg.name_shown != options["shows_name"]:
        wrong.append(f"name shown {leg.name_shown!r} instead of {options['shows_name']}")
    return wrong


def _by_witness(stage: Stage, caller: Actor, wanted: tuple[str, ...]) -> str:
    """A seat that is no actor here has answered, by the witness; empty when none has."""
    linkedid = linkedid_of(stage, caller)
    if stage.witness is None or linkedid is None:
        return ""
    for seen in stage.witness.chain(linkedid):
        if seen.event == "AgentConnect" and any(name in seen.fields.get("interface", "") for name in wanted):
            return seen.text
    return ""


def _everybody(stage: Stage) -> str:
    return "; ".join(
        f"{actor.name}: {whereabouts(stage, actor)}" for actor in stage.actors.values() if not actor.is_seat
    )


CHECKS: dict[str, Look] = {
    "lands_on": lands_on,
    "rings": rings,
    "does_not_ring": does_not_ring,
    "answered": answered,
    "ends_with": ends_with,
    "stays_up": stays_up,
    "gets_keys": gets_keys,
    "header": header,
    "quality": quality,
    "enters_queue": enters_queue,
    "channels_left": channels_left,
}
