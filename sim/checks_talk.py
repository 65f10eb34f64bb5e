"""Expectations about a conversation: how soon the reply comes, from the end of what was said to its first sound."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from sim.checks_audio import FRAME, loud
from sim.finding import Finding, Look
from sim.handset import LegView
from sim.landing import whereabouts
from sim.rows import differences
from sim.sound import RATE, Samples
from sim.stage import Actor, Stage

_PAUSE_SECONDS = 0.2
"""Sound that goes on from before is no reply; one that begins after so much silence is."""
_SOUND_FRAMES = 3
"""A click is no reply: so many frames of 20 ms in a row are."""
_BELIEVED_SECONDS = 0.5
"""How far the end reckoned from the speech's length may lie from the moment the phone had nothing left to send."""


async def reply_within(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The first sound after the end of what the actor said last."""
    actor = stage.actors[options["who"]]
    await stage.until(lambda: said_until(stage, actor) is not None, options["within"])
    end = said_until(stage, actor)
    if end is None:
        return Finding(False, f"{actor.name} has said nothing to its end (`says`): there is no moment to count from")
    limit = max(options["within"], options["reply_within"] + 1.0)
    began = await stage.until(lambda: first_sound(_sounds(actor, end), end), limit)
    if began is None:
        return Finding(False, f"no reply within {limit:g} s after {actor.name} had spoken")
    late = began - end
    return Finding(late <= options["reply_within"], f"the reply began {late:.2f} s after {actor.name} had spoken")


def said_until(stage: Stage, actor: Actor) -> float | None:
    """The moment of the last loud sample of what the actor said last; `None` while it speaks, or never spoke."""
    last: tuple[float, LegView, dict[str, Any]] | None = None
    for leg in actor.phone.legs:
        for event in leg.events:
            if event["event"] in ("says", "said") and event.get("speech") and (last is None or event["at"] >= last[0]):
                last = (event["at"], leg, event)
    if last is None or last[2]["event"] != "said":
        return None
    at, leg, said = last
    starts = [e for e in leg.events if e["event"] == "speech_starts" and e["speech"] == said["speech"]]
    reference = next((ref for ref in stage.references(actor.name) if ref.name == said["speech"]), None)
    if not starts or reference is None:
        return at
    reckoned = float(starts[-1]["at"] + starts[-1]["lead"] + voiced_seconds(reference.samples))
    return reckoned if abs(reckoned - at) < _BELIEVED_SECONDS else at


def voiced_seconds(samples: Samples) -> float:
    """Length without the silence at the end."""
    frames = np.flatnonzero(loud(samples))
    return float((frames[-1] + 1) * FRAME / RATE) if len(frames) else len(samples) / RATE


def first_sound(moments: Sequence[float], end: float) -> float | None:
    """The first sound that begins after `end`, behind a pause. `moments` are those of loud frames, in order."""
    before = float("-inf")
    for index, moment in enumerate(moments):
        fresh = moment - before >= _PAUSE_SECONDS
        before = moment
        run = moments[index : index + _SOUND_FRAMES]
        whole = len(run) == _SOUND_FRAMES and run[-1] - moment < 2 * _SOUND_FRAMES * FRAME / RATE
        if fresh and moment >= end and whole:
            return moment
    return None


def _sounds(actor: Actor, end: float) -> list[float]:
    since, moments = end - 1.0, []
    for leg in actor.phone.legs:
        first = leg.recording.first_sample(since)
        frames = np.flatnonzero(loud(leg.recording.samples(since)))
        moments += [leg.recording.moment(first + int(index) * FRAME) for index in frames]
    return sorted(moments)


async def practice_of(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The story of a caller is told, and went so."""
    actor = stage.actors[options["practice_of"]]
    practice = await stage.until(lambda: actor.practice, options["within"])
    if practice is None:
        return Finding(False, f"the story of {actor.name} has not come to its end; {whereabouts(stage, actor)}")
    row = asdict(practice)
    wanted = {name: str(value) for name, value in options.items() if name not in ("practice_of", "within")}
    wrong = differences(row, wanted)
    waits = [f"{turn.answered_after:g} s" for turn in practice.turns if turn.answered_after is not None]
    told = (
        f"{len(practice.turns)} turns, answered after {', '.join(waits) or 'no time'}, {practice.reminders} reminders"
    )
    return Finding(not wrong, "; ".join([*wrong, told, f"ended by the {practice.ended_by}"]))


CHECKS: dict[str, Look] = {"reply_within": reply_within, "practice_of": practice_of}
