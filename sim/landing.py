"""Which seat a caller's call landed on, and what proves it."""

import time
from dataclasses import dataclass

from sim.handset import LegView
from sim.scenario import CallerPlan
from sim.stage import Actor, Stage

_LONG_SILENCE = 3.0
"""Seconds without any audio that are worth telling."""


@dataclass(frozen=True, slots=True)
class Landing:
    """A seat's leg that is this caller's call."""

    seat: Actor
    leg: LegView
    proof: str
    """What says so: the call's own id by header and witness, or the number shown, or that no other call was there."""


def caller_leg(actor: Actor) -> LegView | None:
    """The caller's newest leg."""
    return actor.phone.legs[-1] if actor.phone.legs else None


def linkedid_of(stage: Stage, caller: Actor) -> str | None:
    """The call's id by the witness; `None` without a witness, or when it has not seen the call."""
    leg = caller_leg(caller)
    if stage.witness is None or leg is None or not isinstance(caller.plan, CallerPlan):
        return None
    if leg.direction == "in":
        return stage.witness.linkedid_to(caller.plan.number, leg.began)
    first = caller.phone.legs[0] if leg.direction == "transfer" else leg
    return stage.witness.linkedid(caller.plan.number, first.dialled, first.began)


def call_of(stage: Stage, actor: Actor) -> str:
    """Id of the actor's call: by the witness, else as a seat was told it; empty when nobody saw it."""
    if isinstance(actor.plan, CallerPlan):
        seen = linkedid_of(stage, actor)
        return seen or next((found.leg.header(stage.profile.call_header) for found in landings(stage, actor)), "")
    leg = caller_leg(actor)
    return "" if leg is None else leg.header(stage.profile.call_header)


def landings(stage: Stage, caller: Actor, *, answered: bool = True) -> list[Landing]:
    """The legs at seats that are this caller's call, oldest first; with `answered` those a seat took."""
    leg = caller_leg(caller)
    if leg is None:
        return []
    linkedid = linkedid_of(stage, caller)
    # Who is called back rings after the seat that calls; who dials, before it.
    since = stage.began if leg.direction == "in" else leg.began - 0.05
    found = []
    for seat in (actor for actor in stage.actors.values() if actor.is_seat):
        for candidate in seat.phone.legs:
            if candidate.direction != "in" or candidate.began < since:
                continue
            if answered and "established" not in candidate.moments:
                continue
            proof = _proof(stage, caller, candidate, linkedid)
            if proof:
                found.append(Landing(seat, candidate, proof))
    return sorted(found, key=lambda landing: landing.leg.began)


def _proof(stage: Stage, caller: Actor, leg: LegView, linkedid: str | None) -> str:
    named = leg.header(stage.profile.call_header)
    if linkedid and named:
        return f"call id {named} in the seat's INVITE and at the manager interface" if named == linkedid else ""
    plan = caller.plan
    number = plan.number if isinstance(plan, CallerPlan) else ""
    if number and _same(number, leg.peer_user):
        return f"number {leg.peer_user} shown"
    others = [
        other.plan.number
        for other in stage.actors.values()
        if other is not caller and isinstance(other.plan, CallerPlan) and other.phone.legs
    ]
    if any(other and _same(other, leg.peer_user) for other in others):
        return ""
    return "" if number and others else "no other call was there"


def _same(number: str, shown: str) -> bool:
    """Shown as dialled, or with or without country and area code."""
    digits, other = number.lstrip("+0"), shown.lstrip("+0")
    return bool(other) and (digits.endswith(other) or other.endswith(digits))


def whereabouts(stage: Stage, caller: Actor) -> str:
    """What became of the caller's call, as far as anybody saw: for a report that has to say what did happen."""
    leg = caller_leg(caller)
    if leg is None:
        return f"{caller.name} has not dialled"
    parts = []
    if "established" in leg.moments:
        parts.append(f"answered after {leg.moments['established'] - leg.began:.2f} s")
    elif "ringing" in leg.moments:
        parts.append(f"ringing since {leg.moments['ringing'] - leg.began:.2f} s")
    elif not any(not message.sent for message in leg.sip) and not leg.over:
        parts.append(f"no reply at all from {stage.profile.host}:{stage.profile.port} to the INVITE")
    else:
        parts.append("not answered")
    found = landings(stage, caller, answered=False)
    for landing in found:
        took = landing.leg.moments.get("established")
        parts.append(
            f"landed on {landing.seat.name} after {took - leg.began:.1f} s"
            if took
            else f"rang {landing.seat.name}, not answered{_why(landing.leg)}"
        )
    linkedid = linkedid_of(stage, caller)
    if stage.witness is not None and linkedid:
        chain = stage.witness.chain(linkedid)
        parts += [f"{seen.at - leg.began:.1f} s {seen.text}" for seen in chain][-6:] or ["it entered no queue"]
    if not found:
        parts.append("no seat rang with it")
        parts += _sound(caller.name, leg)
    lasted = f"{time.monotonic() - leg.began:.1f} s"
    state = f"still up after {lasted}" if "established" in leg.moments else f"nothing more in {lasted}"
    parts.append(f"ended: {leg.ending or leg.end}" if leg.over else state)
    return "; ".join(parts)


def _why(leg: LegView) -> str:
    """Why a seat's leg came to nothing."""
    return f" ({leg.ending.status} {leg.ending.text})" if leg.over and leg.ending else ""


def _sound(name: str, leg: LegView) -> list[str]:
    """Where the call went nowhere, what its caller heard says most."""
    if "established" not in leg.moments:
        return []
    until = leg.moments.get("closed", time.monotonic())
    gaps = leg.recording.silences(leg.moments["established"], until, _LONG_SILENCE)
    heard = f"{leg.recording.seconds():.1f} s of audio came in to {name}"
    return [
        f"{heard}, nothing from {gaps[-1][0] - leg.began:.1f} s to {gaps[-1][1] - leg.began:.1f} s" if gaps else heard
    ]
